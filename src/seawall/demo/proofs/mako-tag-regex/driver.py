"""A translator's helper: counts the texts and tags of a Mako template without running it."""

import sys
from collections import Counter
from pathlib import Path

from mako.exceptions import MakoException
from mako.lexer import Lexer


def main(template):
    try:
        tree = Lexer(Path(template).read_text(encoding="utf-8")).parse()
    except MakoException as error:
        print("not a template:", type(error).__name__)
        return
    for kind, count in sorted(Counter(type(node).__name__ for node in tree.nodes).items()):
        print(kind, count)


if __name__ == "__main__":
    main(sys.argv[1])
