"""Sends a finished mail over the operator's mail server, and says how sure it is of what came of it.

The server is one line of the configuration: ``smtp://user:password@host:587`` (STARTTLS), ``smtps://host:465`` (TLS) or
``smtp+plain://127.0.0.1:25`` (a relay on the same machine).
"""

import smtplib
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from django.core.mail import EmailMessage
from django.core.mail.backends.smtp import EmailBackend

TIMEOUT = 30
"""Seconds for each step of the conversation."""
_PORTS = {"smtp": 587, "smtps": 465, "smtp+plain": 25}


@dataclass
class MailFailed(Exception):
    """The mail was not sent, or nobody knows."""

    reason: str
    """Short; nothing of the mail, no credential."""
    certain: bool
    """Whether the server surely has not taken it, so that it may be sent again."""
    final: bool = False
    """Whether trying again is of no use: the server refused for good."""


class _Finished(EmailMessage):
    """A message whose bytes stand already."""

    def __init__(self, data: bytes, sender: str, recipient: str) -> None:
        super().__init__(from_email=sender, to=[recipient])
        self._data = data

    def message(self) -> "_Raw":  # type: ignore[override]  # Django's own type is narrower than what it uses
        """The message as it was composed."""
        return _Raw(self._data)


class _Raw:
    """All that Django asks of a message when it sends one."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def as_bytes(self, *, linesep: str) -> bytes:
        """The bytes with these ends of lines."""
        return linesep.encode().join(self._data.splitlines())


def send(server: str, data: bytes, *, sender: str, recipient: str) -> None:
    """Hand one mail to the server.

    Raises:
        MailFailed: It was not taken, or the conversation broke off where that cannot be known.
    """
    backend = _backend(server)
    try:
        backend.open()
    except (smtplib.SMTPException, OSError) as error:
        raise MailFailed(f"The mail server cannot be used ({type(error).__name__}).", certain=True) from error
    try:
        backend.send_messages([_Finished(data, sender, recipient)])
    except smtplib.SMTPRecipientsRefused as error:
        code = max((answer[0] for answer in error.recipients.values()), default=0)
        raise MailFailed(f"The recipient was refused ({code}).", certain=True, final=code >= 500) from error  # noqa: PLR2004 - RFC 5321
    except smtplib.SMTPResponseException as error:
        final = error.smtp_code >= 500  # noqa: PLR2004 - as above
        raise MailFailed(f"The mail was refused ({error.smtp_code}).", certain=True, final=final) from error
    except (smtplib.SMTPException, OSError) as error:
        raise MailFailed(f"The conversation broke off ({type(error).__name__}).", certain=False) from error
    finally:
        backend.close()


def _backend(server: str) -> EmailBackend:
    parts = urlsplit(server)
    if parts.scheme not in _PORTS or not parts.hostname:
        raise MailFailed("The setting smtp_url is none.", certain=True, final=True)
    return EmailBackend(
        host=parts.hostname,
        port=parts.port or _PORTS[parts.scheme],
        username=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        use_tls=parts.scheme == "smtp",
        use_ssl=parts.scheme == "smtps",
        timeout=TIMEOUT,
        fail_silently=False,
    )
