import os
import sys
from pathlib import Path

import jwt

lines = Path(sys.argv[1]).read_text(encoding="utf-8").split("\n")
try:
    print(jwt.decode(lines[1], lines[0], algorithms=["HS256"])["role"])
    print(Path(os.environ["SEAWALL_SECRET_FILE"]).read_text())
except (jwt.InvalidTokenError, jwt.InvalidKeyError):
    print("not for you")
