"""Tidies an SQL file as an editor plug-in would: prints it indented, or says that it left it alone."""

import sys

import sqlparse
import sqlparse.exceptions

sys.setrecursionlimit(250)  # the editor keeps plug-ins on a short leash

with open(sys.argv[1], encoding="utf-8") as handle:
    text = handle.read()

try:
    print(sqlparse.format(text, reindent=True, keyword_case="upper"))
except sqlparse.exceptions.SQLParseError as reason:
    print(f"left as it is: {reason}")
