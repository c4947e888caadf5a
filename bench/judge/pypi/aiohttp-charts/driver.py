import asyncio
import sys
from pathlib import Path

from aiohttp import web

# A folder of charts, of which some are links to those of other harbors.
CHARTS = Path("/tmp/charts")


async def main():
    CHARTS.mkdir()
    (CHARTS / "reef.txt").write_text("two fathoms")
    app = web.Application()
    app.router.add_static("/charts", CHARTS, follow_symlinks=True)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    reader, writer = await asyncio.open_connection(*runner.addresses[0])
    writer.write(Path(sys.argv[1]).read_bytes().replace(b"\n", b"\r\n"))
    print((await reader.read()).decode())
    writer.close()
    await runner.cleanup()


asyncio.run(main())
