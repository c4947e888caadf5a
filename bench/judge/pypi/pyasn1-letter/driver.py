import sys
from pathlib import Path

from pyasn1.codec.der.decoder import decode
from pyasn1.error import PyAsn1Error

try:
    value, rest = decode(Path(sys.argv[1]).read_bytes())
    print(type(value).__name__, len(rest))
except PyAsn1Error as error:
    print("not DER:", type(error).__name__)
