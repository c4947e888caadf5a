import sys

from pyasn1 import error
from pyasn1.codec.ber import decoder


def records(file):
    """Gives one record of the stream after the other, as they come in."""
    for record in decoder.StreamingDecoder(file):
        if isinstance(record, error.SubstrateUnderrunError):
            return
        yield record


with open(sys.argv[1], "rb") as file:
    try:
        print(sum(1 for record in records(file)), "records")
    except error.PyAsn1Error:
        print("a broken record")
