import asyncio
import json
import sys
from pathlib import Path

from aiohttp import ClientSession, web
from yarl import URL

FOLDER = Path("/tmp/harbor/public/pictures")
routes = web.RouteTableDef()
FOLDER.mkdir(parents=True)
(FOLDER / "tern.svg").write_text("<svg/>")
routes.static("/", FOLDER, show_index=True, follow_symlinks=True)


async def main(links):
    app = web.Application()
    app.add_routes(routes)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    port = runner.addresses[0][1]
    async with ClientSession() as session:
        for link in links:
            async with session.get(URL(f"http://127.0.0.1:{port}/{link}", encoded=True)) as response:
                print(response.status, await response.text())
    await runner.cleanup()


asyncio.run(main(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))))
