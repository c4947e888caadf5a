import os
import sys
from pathlib import Path

from jwt import PyJWS
from jwt.exceptions import InvalidKeyError, InvalidTokenError

# A key that everybody may know, and a token.
key, token = Path(sys.argv[1]).read_text(encoding="utf-8").rstrip("\n").split("\n")
try:
    PyJWS().decode(token, key, algorithms=["HS256", "HS512"])
except (InvalidTokenError, InvalidKeyError) as error:
    print("refused:", type(error).__name__)
else:
    print(Path(os.environ["SEAWALL_SECRET_FILE"]).read_text())
