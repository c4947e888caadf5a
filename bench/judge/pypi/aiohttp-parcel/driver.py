import asyncio
import logging
import sys
from pathlib import Path

from aiohttp import web

logging.basicConfig(level=logging.ERROR)


async def take(request):
    sizes = {}
    async for part in await request.multipart():
        sizes[part.name] = len(await part.read(decode=True))
    return web.json_response(sizes)


async def main():
    app = web.Application()
    app.router.add_post("/parcels", take)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    reader, writer = await asyncio.open_connection(*runner.addresses[0])
    body = Path(sys.argv[1]).read_bytes()
    writer.write(
        b"POST /parcels HTTP/1.1\r\nHost: harbor.example\r\nConnection: close\r\n"
        b"Content-Type: multipart/form-data; boundary=hemp\r\nContent-Length: %d\r\n\r\n" % len(body) + body
    )
    print((await reader.read()).decode())
    writer.close()
    await runner.cleanup()


asyncio.run(main())
