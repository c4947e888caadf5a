import asyncio
import sys
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.staticfiles import StaticFiles

text = Path(sys.argv[1]).read_text(encoding="utf-8").rstrip("\n")
# /s is served; everything else in the root is not.
app = StaticFiles(directory="/s", check_dir=False)


async def answer() -> None:
    scope = {"type": "http", "method": "GET", "path": "/", "headers": []}
    try:
        response = await app.get_response(text, scope)
    except HTTPException as error:
        print(error.status_code)
    else:
        print(Path(response.path).read_text())


asyncio.run(answer())
