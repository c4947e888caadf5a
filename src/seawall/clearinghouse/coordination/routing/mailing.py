"""Mail to a maintainer: encrypted where a key is known, else a notice with a link and not a word of the case.

- OpenPGP as PGP/MIME (RFC 3156), by Sequoia; age as an attachment ``report.txt.age``. The subject says nothing.
- With a key there is no other form: a key that cannot be used is refused, and nothing falls back to plain text.
"""

from dataclasses import dataclass
from datetime import datetime
from email.encoders import encode_7or8bit
from email.message import EmailMessage
from email.mime.application import MIMEApplication
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.utils import format_datetime, parseaddr
from typing import Any

from seawall.foundation.platform.errors import BadInput

KEY_MAX = 200_000
"""Characters of an OpenPGP certificate; with many certifications they grow, with more they are not usual."""
SUBJECT = "A security report waits for you"


@dataclass(frozen=True)
class Recipient:
    """Where a mail goes, and how it is protected; both keys empty: not at all."""

    email: str
    openpgp_key: str = ""
    age_recipient: str = ""

    @property
    def protection(self) -> str:
        """``openpgp``, ``age`` or ``none``."""
        return "openpgp" if self.openpgp_key else "age" if self.age_recipient else "none"


@dataclass(frozen=True)
class Mail:
    """A mail that is ready to be sent."""

    message_id: str
    data: bytes
    protection: str


def checked(recipient: Recipient, now: datetime) -> Recipient:
    """The recipient, if mail can reach and its key can encrypt.

    Raises:
        BadInput: Not one address; or a key that is none, is private, revoked, expired, or cannot encrypt.
    """
    name, address = parseaddr(recipient.email)
    if name or address != recipient.email or address.count("@") != 1 or not address.isascii() or len(address) > 254:  # noqa: PLR2004 - RFC 5321
        raise BadInput("That is not one mail address.", "Write it as name@example.org.", field="email")
    if any(character.isspace() or not character.isprintable() for character in address):
        raise BadInput("That is not one mail address.", "Write it as name@example.org.", field="email")
    if recipient.openpgp_key:
        _certificate(recipient.openpgp_key, now)
        _openpgp(b"test", recipient.openpgp_key, now)
    if recipient.age_recipient:
        _age(b"test", recipient.age_recipient)
    return recipient


def compose(
    recipient: Recipient, *, content: str, link: str, sender: str, publisher: str, message_id: str, now: datetime
) -> Mail:
    """Write the mail.

    Args:
        recipient: Checked.
        content: What the case says; goes into the encrypted part and nowhere else.
        link: Address of a one-time link.
        sender: Mail address.
        publisher: Who writes.
        message_id: With angle brackets.
        now: Time of the ``Date`` line.

    Raises:
        BadInput: The key cannot be used (any more).
    """
    answer = f"\nRead it and answer without an account; this link opens once, in one browser:\n\n    {link}\n"
    if recipient.protection == "none":
        said = (
            f"{publisher} holds a proved security report for software that you maintain.\n{answer}\n"
            "This mail says no more because it is not encrypted. If you have an OpenPGP or age key, tell us.\n"
        )
        message: MIMEMultipart | EmailMessage = _plain(said)
    else:
        inner = _readable(f"{content}{answer}")
        if recipient.openpgp_key:
            message = _pgp_mime(_openpgp(inner, recipient.openpgp_key, now))
        else:
            message = _age_attachment(_age(f"{content}{answer}".encode(), recipient.age_recipient))
    message["From"] = sender
    message["To"] = recipient.email
    message["Subject"] = SUBJECT
    message["Date"] = format_datetime(now)
    message["Message-ID"] = message_id
    message["Auto-Submitted"] = "auto-generated"
    return Mail(message_id=message_id, data=message.as_bytes(), protection=recipient.protection)


def _plain(text: str) -> EmailMessage:
    message = EmailMessage()
    message.set_content(text)
    return message


def _readable(text: str) -> bytes:
    """A message that its reader can read with the bare tool too: nothing is recoded inside of what is encrypted."""
    message = EmailMessage()
    message.set_content(text, charset="utf-8", cte="8bit")
    return message.as_bytes()


def _pgp_mime(encrypted: bytes) -> MIMEMultipart:
    message = MIMEMultipart("encrypted", protocol="application/pgp-encrypted")
    control = MIMEApplication(b"Version: 1\n", "pgp-encrypted", encode_7or8bit)
    body = MIMEApplication(encrypted, "octet-stream", encode_7or8bit, name="encrypted.asc")
    body["Content-Disposition"] = 'inline; filename="encrypted.asc"'
    message.attach(control)
    message.attach(body)
    return message


def _age_attachment(encrypted: bytes) -> MIMEMultipart:
    message = MIMEMultipart("mixed")
    message.attach(MIMEText("The report is attached, encrypted with age to your key.\n", "plain", "utf-8"))
    body = MIMEApplication(encrypted, "octet-stream", encode_7or8bit, name="report.txt.age")
    body["Content-Disposition"] = 'attachment; filename="report.txt.age"'
    message.attach(body)
    return message


def _certificate(key: str, now: datetime) -> Any:
    from pysequoia import Cert  # noqa: PLC0415 - a native library, for those who send mail

    if len(key) > KEY_MAX:
        raise BadInput("The OpenPGP key is too large.", "Export it minimal.", field="openpgp_key")
    if "PRIVATE KEY BLOCK" in key:
        raise BadInput("That is a private key.", "Ask for the public one, and warn its owner.", field="openpgp_key")
    try:
        certificate = Cert.from_bytes(key.encode())
    except RuntimeError as error:
        raise BadInput("That is no OpenPGP key.", "Paste the armored public key.", field="openpgp_key") from error
    if certificate.is_revoked:
        raise BadInput("The OpenPGP key is revoked.", "Ask for a new one.", field="openpgp_key")
    if certificate.expiration is not None and certificate.expiration <= now:
        raise BadInput("The OpenPGP key has expired.", "Ask for a new one.", field="openpgp_key")
    return certificate


def _openpgp(data: bytes, key: str, now: datetime) -> bytes:
    import pysequoia  # noqa: PLC0415 - as above

    certificate = _certificate(key, now)
    try:
        return pysequoia.encrypt(data, recipients=[certificate], armor=True)
    except RuntimeError as error:
        raise BadInput(
            "The OpenPGP key cannot encrypt.", "Ask for one with an encryption subkey.", field="openpgp_key"
        ) from error


def _age(data: bytes, recipient: str) -> bytes:
    import pyrage  # noqa: PLC0415 - as above

    try:
        key = pyrage.x25519.Recipient.from_str(recipient)
    except pyrage.RecipientError as error:
        raise BadInput("That is no age recipient.", "It begins with age1.", field="age_recipient") from error
    return bytes(pyrage.encrypt(data, [key], armored=True))
