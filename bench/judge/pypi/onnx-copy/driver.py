import sys
from pathlib import Path

import onnx

# An uploaded model gets a label and is stored.
store = Path("/tmp/store/tides")
store.mkdir(parents=True)
model = onnx.load(sys.argv[1], load_external_data=False)
model.doc_string = "checked by the harbor"
try:
    onnx.save(model, str(store / "model.onnx"))
except onnx.checker.ValidationError as error:
    print("not stored:", type(error).__name__)
print(sorted(found.name for found in store.iterdir()))
