"""An upload desk: lists the top folder of an archive that a member of the public sent in."""

import sys

import zipp


def main(upload):
    for entry in sorted(zipp.Path(upload).iterdir(), key=str):
        print("dir " if entry.is_dir() else "file", entry.name)


if __name__ == "__main__":
    main(sys.argv[1])
