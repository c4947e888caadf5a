import pickle
import sys
from pathlib import Path

from fickling import is_likely_safe

upload = Path(sys.argv[1])
if is_likely_safe(str(upload)):
    print(pickle.loads(upload.read_bytes()))
else:
    print("refused")
