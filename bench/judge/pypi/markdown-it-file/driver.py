import sys

from markdown_it.cli import parse

sys.exit(parse.main([sys.argv[1]]))
