import os
import sys
from base64 import b64decode
from pathlib import Path

import rsa

HARBOR = rsa.PublicKey(
    int(
        "c8435a25d1097ccc572eca3bd7c45e56de1c6a227fd76cfe7b8fbfbf6ae57646a4329566cbd8594e863b9fe095b88563f482841b965b71604fcd5660227af10fa7de5c2ff29413333d24d1b004f2b106c96a2cab1b3b8a0f5ebabb4df35da3d7ab9b4e59adde5d491b21634e81f41e1449600d947d8d8a630e5272be53de5d81"
        "607e5a678003ea48b21f1583afcc78abb8792f5bbc9306dd3982ec656878be610996ad0e90fe5b9edb7111ba32f027ddd989e2383fcd374102d0115fcc87b70644167f1f73298ef5aef7f9f0e33bd0feb0a4802339f7e84dd548875638dfb6f8bb9b65712792a1e382129a49c3b6c48d090fa75618c4f4bd99fb5dde3583d9e9",
        16,
    ),
    3,
)

for line in Path(sys.argv[1]).read_text(encoding="utf-8").splitlines():
    signature, _, order = line.partition(" ")
    try:
        genuine = rsa.verify(order.encode(), b64decode(signature), HARBOR) is True
    except rsa.VerificationError:
        genuine = False
    print(genuine, order)
    if genuine and order.startswith("raise the barrier"):
        print(Path(os.environ["SEAWALL_SECRET_FILE"]).read_text())
