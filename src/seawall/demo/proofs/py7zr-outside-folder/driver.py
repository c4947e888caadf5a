"""A records office: unpacks an archive that somebody sent in into a fresh folder and lists what came."""

import sys
import tempfile
from pathlib import Path

import py7zr
from py7zr.exceptions import Bad7zFile


def main(archive):
    with tempfile.TemporaryDirectory(dir=".") as office:
        inbox = Path(office) / "case" / "inbox"
        inbox.mkdir(parents=True)
        try:
            with py7zr.SevenZipFile(archive) as received:
                received.extractall(path=inbox)
        except Bad7zFile as error:
            print("refused:", error)
            return
        for path in sorted(inbox.rglob("*")):
            print(path.relative_to(inbox))


if __name__ == "__main__":
    main(sys.argv[1])
