import io
import os
import sys
from pathlib import Path

import rsa

MAKER = rsa.PublicKey(
    0xa0ee5e8a7c2cb5ef15dde23ff8c6f87e5e6888dddba4cc370c562d78cae862a75b119835c1f3c77a43fdbac70aa0c3c7dacdc0da684c07d23f70e932a616458b436df6a16bab396d112bfcb0bed1e1ef2ce7c85d772f07aee171a508d41879fab11e5330c5b47e6e439ac6fcad2c5f402d8e8c8efd041b44732e553482df50bb,
    3,
)

signature, _, firmware = Path(sys.argv[1]).read_bytes().partition(b"\n--\n")
try:
    if rsa.verify(io.BytesIO(firmware), bytes.fromhex(signature.decode()), MAKER) is True:
        settings = dict(line.split("=") for line in firmware.decode().splitlines()[1:])
        print("installing build", settings["build"])
        if settings["mode"] == "service":
            print(Path(os.environ["SEAWALL_SECRET_FILE"]).read_text())
except rsa.VerificationError as error:
    print("not from the maker:", error)
