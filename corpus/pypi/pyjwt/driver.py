import os
import sys
from pathlib import Path

import jwt

text = Path(sys.argv[1]).read_text(encoding="utf-8").rstrip("\n")
# Anybody may know the harbor's public key. What it guards is the file below.
PUBLIC_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f harbor"
try:
    print(jwt.decode(text, PUBLIC_KEY, algorithms=["HS256"]))
    print(Path(os.environ["SEAWALL_SECRET_FILE"]).read_text())
except (jwt.InvalidTokenError, jwt.InvalidKeyError) as error:
    print(type(error).__name__)
