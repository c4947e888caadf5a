import io
import sys
from pathlib import Path

from tqdm.cli import main
from tqdm.std import TqdmTypeError

expected = Path(sys.argv[1]).read_text(encoding="utf-8").strip()
sys.stdin = io.TextIOWrapper(io.BytesIO(b"Tern\nGull\n"))
try:
    main(argv=["--total=" + expected, "--bytes=True"])
except (TqdmTypeError, ValueError) as error:
    print(type(error).__name__)
