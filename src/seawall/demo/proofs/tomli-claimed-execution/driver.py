"""Loads a project file and prints its sections."""

import sys

import tomli

with open(sys.argv[1], "rb") as handle:
    try:
        document = tomli.load(handle)
    except tomli.TOMLDecodeError as error:
        sys.exit(f"not TOML: {error}")

for section, content in document.items():
    print(section, type(content).__name__)
