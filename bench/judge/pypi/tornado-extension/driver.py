import asyncio
import sys
from pathlib import Path

from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application
from tornado.websocket import WebSocketHandler


class Tides(WebSocketHandler):
    def get_compression_options(self):
        return {}

    def open(self):
        self.write_message("high at seven")
        self.close()


async def main():
    [socket] = bind_sockets(0, "127.0.0.1")
    server = HTTPServer(Application([("/tides", Tides)]))
    server.add_sockets([socket])
    reader, writer = await asyncio.open_connection(*socket.getsockname())
    writer.write(Path(sys.argv[1]).read_bytes().replace(b"\n", b"\r\n"))
    print(await reader.readline())
    writer.close()
    server.stop()


asyncio.run(main())
