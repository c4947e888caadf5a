import pickle
import sys
from pathlib import Path

from deepdiff import Delta

depths = {"quay": b"4", "reef": b"2"}
try:
    depths += Delta(delta_path=sys.argv[1], raise_errors=True)
except (pickle.UnpicklingError, MemoryError) as error:
    print("refused:", type(error).__name__)
print(max(len(depth.decode()) for depth in depths.values()))
