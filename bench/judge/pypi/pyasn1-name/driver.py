import sys
from pathlib import Path

from pyasn1.codec.ber import decoder
from pyasn1.error import PyAsn1Error
from pyasn1.type.univ import ObjectIdentifier

data = Path(sys.argv[1]).read_bytes()
try:
    name, _ = decoder.decode(data, asn1Spec=ObjectIdentifier())
    print(len(name), "arcs")
except PyAsn1Error:
    print("no identifier")
