"""A query log keeper: says how many statements a submitted script holds and of which kind."""

import sys
from pathlib import Path

import sqlparse
from sqlparse.exceptions import SQLParseError

# Requests run on small stacks here, so the service lowers Python's limit of 1,000 calls.
CALLS = 300


def main(script):
    sys.setrecursionlimit(CALLS)
    try:
        statements = sqlparse.parse(Path(script).read_text(encoding="utf-8"))
    except SQLParseError as error:
        print("refused:", error)
        return
    for statement in statements:
        print(statement.get_type(), len(statement.tokens))


if __name__ == "__main__":
    main(sys.argv[1])
