"""Small tables that ship with this folder, read once. Constants to whoever calls: no file is named by anybody outside.

``rules`` does no input and output; these tables are as much part of the code as a dictionary in a module would be, and
stand in files so that a person can read them and a script can write them.
"""

import pkgutil
import tomllib
from functools import cache
from typing import Any


@cache
def lines(name: str) -> tuple[str, ...]:
    """The lines of a table.

    Raises:
        FileNotFoundError: The installation is incomplete.
    """
    return tuple(_bytes(name).decode("utf-8").splitlines())


@cache
def toml(name: str) -> dict[str, Any]:
    """A table in TOML.

    Raises:
        FileNotFoundError: The installation is incomplete.
    """
    return tomllib.loads(_bytes(name).decode("utf-8"))


def _bytes(name: str) -> bytes:
    found = pkgutil.get_data(__package__, f"data/{name}")
    if found is None:
        raise FileNotFoundError(f"seawall/clearinghouse/deduplication/data/{name} is missing; install seawall again")
    return found
