import sys
from pathlib import Path

from joblib import Parallel, delayed

text = Path(sys.argv[1]).read_text(encoding="utf-8").rstrip("\n")
try:
    print(Parallel(n_jobs=2, backend="threading", pre_dispatch=text)(delayed(abs)(number) for number in (-1, 2)))
except (TypeError, ValueError, SyntaxError) as error:
    print(type(error).__name__)
