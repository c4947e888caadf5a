"""Who is in an audience, who is mentioned, when somebody is told, what a file is. Pure.

Somebody sees a message if, and only if,

1. it may see the case's content now (``case.read``), and
2. it is in the thread's audience now, and
3. it could see the thread when the message was posted, or the thread shares its history.

The first two are asked anew by each query, so that they end with the consent or the participation; the third is kept
with each message (``Delivery``). Coordinators are exempt from the third: they answer for the case.
"""

import codecs
import re
from datetime import datetime, timedelta

from seawall.clearinghouse.coordination.conversations.types import Audience, AudiencePart, Cadence
from seawall.clearinghouse.coordination.tiers import VISIBLE, Part
from seawall.clearinghouse.coordination.types import ParticipantRole, Tier

TEXT_MAX = 20_000
"""Characters of a message; longer evidence is a file."""
MENTIONS_MAX = 50
"""Handles looked at in one message."""
HANDLE_MAX = 80
NAMED_MAX = 200
"""Organizations that an audience names."""
THREADS_MAX = 100
"""Threads that one organization opens in one case. Counted by opener, so that the limit tells nobody of others' threads."""
MESSAGES_MAX = 10_000
"""Entries of a thread."""
VERSIONS_MAX = 100
"""Edits of a message."""
FILE_MAX = 10 * 2**20
"""Bytes of a file."""
FILES_MAX = 500
"""Files in a thread."""
FILE_NAME_MAX = 200

COORDINATORS = "coordinators"
"""The handle of all coordinators together."""

VENDORS = frozenset({ParticipantRole.VENDOR})
FINDERS = frozenset({ParticipantRole.FINDER, ParticipantRole.REPORTER})
COORDINATING = frozenset({ParticipantRole.COORDINATOR})

_MENTION = re.compile(rf"(?<![\w@.])@([a-z0-9](?:[a-z0-9-]{{0,{HANDLE_MAX - 2}}}[a-z0-9])?)(?![\w@])", re.IGNORECASE)
_NOT_IN_HANDLES = re.compile(r"[^a-z0-9]+")


def admits(audience: Audience, organization_id: str, roles: frozenset[ParticipantRole], tier: Tier) -> bool:
    """Whether a participant is in an audience; its right to the case's content is another question.

    A tier that may not know who else takes part is in no audience but by name: each thread shows who writes in it.
    """
    if organization_id in audience.organizations:
        return True
    if Part.PEOPLE not in VISIBLE[tier]:
        return False
    return (
        bool(roles & COORDINATING)
        or AudiencePart.EVERYBODY in audience.parts
        or (AudiencePart.VENDORS in audience.parts and bool(roles & VENDORS))
        or (AudiencePart.FINDERS in audience.parts and bool(roles & FINDERS))
    )


def handle(name: str) -> str:
    """How an organization is mentioned: ``Pallets Maintainers`` is ``@pallets-maintainers``."""
    return _NOT_IN_HANDLES.sub("-", name.lower()).strip("-")[:HANDLE_MAX].strip("-")


def mentioned(text: str) -> frozenset[str]:
    """The handles in a text, in lower case, the first ``MENTIONS_MAX``."""
    found = dict.fromkeys(match[1].lower() for match in _MENTION.finditer(text))
    return frozenset(list(found)[:MENTIONS_MAX])


def due(cadence: Cadence, *, is_mentioned: bool, now: datetime) -> datetime | None:
    """When an organization is told of a message that is posted now; None for never."""
    if is_mentioned or cadence is Cadence.EVERY:
        return now
    hour = now.replace(minute=0, second=0, microsecond=0)
    match cadence:
        case Cadence.HOURLY:
            return hour + timedelta(hours=1)
        case Cadence.DAILY:
            return hour.replace(hour=0) + timedelta(days=1)
        case _:
            return None


def after(last: datetime | None, now: datetime) -> datetime:
    """The time of a thread's next entry: now, or just after the one before where the clock says otherwise."""
    return now if last is None or now > last else last + timedelta(microseconds=1)


_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"%PDF-", "application/pdf"),
    (b"PK\x03\x04", "application/zip"),
    (b"\x1f\x8b", "application/gzip"),
    (b"BZh", "application/x-bzip2"),
    (b"\xfd7zXZ\x00", "application/x-xz"),
    (b"\x28\xb5\x2f\xfd", "application/zstd"),
    (b"\x7fELF", "application/x-elf"),
)
UNKNOWN_TYPE = "application/octet-stream"
TEXT_TYPE = "text/plain"
SNIFFED = 4096
"""Bytes of a file that are looked at."""


def media_type(head: bytes, *, whole: bool) -> str:
    """What a file is by its first bytes, never by its name: a known format, text, or just bytes.

    Markup and scripts are text: nothing that a browser would run has a name here.

    Args:
        head: The first ``SNIFFED`` bytes.
        whole: Whether that is all of it.
    """
    for magic, kind in _MAGIC:
        if head.startswith(magic):
            return kind
    try:
        text = codecs.getincrementaldecoder("utf-8")().decode(head, final=whole)
    except UnicodeDecodeError:
        return UNKNOWN_TYPE
    return TEXT_TYPE if all(one.isprintable() or one in "\t\n\r\f" for one in text) else UNKNOWN_TYPE


def file_name(said: str) -> str:
    """A name that is safe to show and to save: the last part of a path, printable, without quotes; "file" for none."""
    last = re.split(r"[/\\]", said)[-1]
    kept = "".join(one for one in last if one.isprintable() and one not in '"<>|:*?;%')
    return kept.strip(" .")[:FILE_NAME_MAX].strip(" .") or "file"
