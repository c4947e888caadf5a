import json
import sys
from pathlib import Path

from google.protobuf import duration_pb2
from google.protobuf.any_pb2 import Any
from google.protobuf.json_format import ParseDict, ParseError

letter = Any()
try:
    ParseDict(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")), letter)
except ParseError as error:
    print("no letter:", str(error)[:200])
else:
    print(letter.TypeName(), letter.ByteSize(), duration_pb2.DESCRIPTOR.package)
