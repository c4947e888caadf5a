import os
import sys
from pathlib import Path

os.environ["PROTOCOL_BUFFERS_PYTHON_IMPLEMENTATION"] = "python"

from google.protobuf.message import DecodeError
from google.protobuf.struct_pb2 import Struct

chart = Struct()
try:
    chart.ParseFromString(Path(sys.argv[1]).read_bytes())
except DecodeError as error:
    print("no chart:", error)
else:
    print(sorted(chart.fields))
