import os
import sys
from pathlib import Path

from authlib.jose import jwt
from authlib.jose.errors import JoseError

# The harbor signs tokens with the private half of this key.
HARBOR = """\
-----BEGIN PUBLIC KEY-----
MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAhp1iH8B15FUhjunBkEWc
eQwIa6+3SeCn03ymN64aFYWdxJkyHb6PhfzMyjrZybSAsD4eiPvfrNGCghjcsrww
wJnqQscRIMdWlM2KEpJvH2cxvgJ6XQ7DUcMNUOlHcy4KWZe5E4NtRmkbjmf4UrIe
mEullaFMJWCu0RTQIlwWTb6pLxwYhF3K1yRVDQVYeWT/JbFfKz9Y0318AZy8X7RE
tgCV5aqR/7Ym5oCU2rkTPEKXI6/A8Ix1WkoaW+kTOCEh4EewJVc4EdTE6wJANWzr
C+Hule+ncP4fVab6kSF8xWh8/u50ivLWHXwNmM/F377Gb+zJv542dUjfe7xZxxpU
xQIDAQAB
-----END PUBLIC KEY-----
"""

for line in Path(sys.argv[1]).read_text(encoding="utf-8").splitlines():
    try:
        claims = jwt.decode(line, HARBOR)
        claims.validate()
    except (JoseError, ValueError) as error:
        print(type(error).__name__)
        continue
    print("welcome,", claims["sub"])
    if claims["role"] == "master":
        print(Path(os.environ["SEAWALL_SECRET_FILE"]).read_text())
