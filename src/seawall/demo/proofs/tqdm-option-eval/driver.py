"""A nightly import: passes the source's own label to tqdm's command line and counts the records."""

import io
import sys
from pathlib import Path

from tqdm import cli

RECORDS = b"gate,level\n1,3.2\n2,2.9\n"


def main(label_file):
    label = Path(label_file).read_text(encoding="utf-8").strip()
    sys.stdin = io.TextIOWrapper(io.BytesIO(RECORDS))
    cli.main(argv=["--desc", label, "--unit", "records"])


if __name__ == "__main__":
    main(sys.argv[1])
