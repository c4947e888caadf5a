import os
import sys
from pathlib import Path

os.environ["PROTOCOL_BUFFERS_PYTHON_IMPLEMENTATION"] = "python"

from google.protobuf.message import DecodeError
from google.protobuf.timestamp_pb2 import Timestamp

try:
    time = Timestamp.FromString(Path(sys.argv[1]).read_bytes())
except DecodeError as error:
    print("no time:", error)
else:
    print(time.seconds, time.nanos)
