import sys

from jwcrypto import jwe, jwk


def read_mail(text: str) -> int:
    """Opens a mail that was sealed for the harbor office and tells its length."""
    mail = jwe.JWE()
    mail.deserialize(text)
    mail.decrypt(jwk.JWK.from_json('{"kty": "oct", "k": "c2l4dGVlbiBzaGlwcyBpbg"}'))
    return len(mail.payload)


with open(sys.argv[1], encoding="ascii") as file:
    try:
        print(read_mail(file.read()))
    except (jwe.InvalidJWEData, jwe.InvalidJWEOperation):
        print("cannot be opened")
