import os
import sys
from pathlib import Path

from jose import JOSEError, jwt

# The ferry's key is public, that of the gate is a shared secret.
KEYS = {
    "ferry": "ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBBRGcVehOfqmv6jC6bWqspC3AWRaWOW7j59imCi/84I2kijG9bwgFCOL1OLMy0E/fYnQlDBgAl+E1D482xSAFNw=",
    "gate": "seven gulls on a mooring",
}

for line in Path(sys.argv[1]).read_text(encoding="utf-8").splitlines():
    try:
        issuer = jwt.get_unverified_header(line)["kid"]
        claims = jwt.decode(line, KEYS[issuer], algorithms=["HS256", "ES256"])
    except (JOSEError, KeyError) as error:
        print(type(error).__name__, error)
        continue
    print(issuer, "says", claims)
    if claims.get("admit") == "all":
        print(Path(os.environ["SEAWALL_SECRET_FILE"]).read_text())
