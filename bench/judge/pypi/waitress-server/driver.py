import socket
import sys
import threading
from pathlib import Path

from waitress.server import create_server


def harbor(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [environ["PATH_INFO"].encode()]


server = create_server(harbor, host="127.0.0.1", port=0, threads=1)
threading.Thread(target=server.run, daemon=True).start()
for line in Path(sys.argv[1]).read_bytes().splitlines():
    # A proxy hands on the user agent as it is.
    with socket.create_connection(("127.0.0.1", server.effective_port), timeout=60) as client:
        client.sendall(b"GET /boats HTTP/1.0\r\nUser-Agent:" + line + b"\r\nHost: harbor\r\n\r\n")
        print(client.recv(65536).split(b"\r\n")[0])
