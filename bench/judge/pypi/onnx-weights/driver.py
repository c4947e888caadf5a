import shutil
import sys
from pathlib import Path

import onnx

# The folder of a model: the model itself, and its weights in a folder of their own.
folder = Path("/tmp/models/tides")
(folder / "weights").mkdir(parents=True)
(folder / "weights" / "depths").write_bytes(bytes([2, 4, 8, 9]))
shutil.copy(sys.argv[1], folder / "tides.textproto")
try:
    model = onnx.load(folder / "tides.textproto", format="textproto")
except onnx.checker.ValidationError as error:
    print("no model:", type(error).__name__)
else:
    for tensor in model.graph.initializer:
        print(tensor.name, tensor.raw_data)
