import os
import sys
from pathlib import Path

from authlib.jose import JsonWebSignature
from authlib.jose.errors import JoseError

KEYS = {"lighthouse": "ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBCuNcFk3j8QCh9Iqb8dL68oVmnSMmqRcq+vb1pBCxXZaSvcaDZDsgCQvnJKhJktf0FWTYBg+hMOdyvTz3vYdI4U= lighthouse"}

signatures = JsonWebSignature()
for line in Path(sys.argv[1]).read_text(encoding="utf-8").splitlines():
    sender, _, order = line.partition(" ")
    try:
        payload = signatures.deserialize_compact(order.encode(), KEYS[sender])["payload"]
    except (JoseError, ValueError, KeyError) as error:
        print("no order:", type(error).__name__)
        continue
    print(sender, "orders:", payload.decode())
    if payload == b"open the gate":
        print(Path(os.environ["SEAWALL_SECRET_FILE"]).read_text())
