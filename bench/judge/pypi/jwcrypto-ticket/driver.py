import sys
from pathlib import Path

from jwcrypto.common import JWException
from jwcrypto.jwe import JWE
from jwcrypto.jwk import JWK

KEY = JWK(kty="oct", k="c2l4dGVlbiBzaGlwcyBpbg")

ticket = JWE()
try:
    ticket.deserialize(Path(sys.argv[1]).read_text().strip(), key=KEY)
    print(len(ticket.payload))
except JWException as error:
    print("no ticket:", type(error).__name__)
