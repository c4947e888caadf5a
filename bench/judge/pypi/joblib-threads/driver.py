import sys
from pathlib import Path

import joblib

text = Path(sys.argv[1]).read_text(encoding="utf-8").rstrip("\n")
work = joblib.Parallel(n_jobs=3, prefer="threads", pre_dispatch=text, batch_size=1)
try:
    print(sum(work(joblib.delayed(len)(name) for name in ["tern", "gull", "knot"])))
except (TypeError, ValueError) as error:
    print("no:", type(error).__name__)
