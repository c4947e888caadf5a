"""Reads of distribution: what is public, and an organization's notices.

``public_file`` answers every address that other people's tools fetch, so that a door only adds headers:

    .well-known/csaf/provider-metadata.json      csaf/white/index.txt, changes.csv, csaf-feed-tlp-white.json
    csaf/white/<year>/<file>.json                osv/all.zip, osv/modified_id.csv
    osv/<id>.json                                keys/advisories.pem
    and beside each document .sha256, .sha512, .sig and .dsse.json
"""

import base64
import binascii
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.db.models import Q, QuerySet

from seawall.clearinghouse.distribution import feeds
from seawall.clearinghouse.distribution.models import Document, Notice
from seawall.clearinghouse.distribution.rules import CSAF_FOLDER, file_name
from seawall.clearinghouse.distribution.types import ADVISORY_ID, Format, Publisher
from seawall.foundation.access.queries import visible_to
from seawall.foundation.access.types import Actor
from seawall.foundation.platform import limits, storage
from seawall.foundation.platform.errors import BadInput, NotFound
from seawall.foundation.platform.signing import SigningKey

NoticeRow = Notice
"""The row, for other folders' annotations: they read it, and write only through services."""

DocumentRow, NoticeRow = Document, Notice
"""The rows, for other folders' annotations: they read them, and write only through services."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_JSON = "application/json"
_TEXT = "text/plain; charset=utf-8"
_CSV = "text/csv; charset=utf-8"
_DOCUMENT_PATH = re.compile(
    r"^(?:csaf/white/(?P<year>\d{4})/(?P<csaf>seawall-(?P=year)-[a-z2-7]{8})|osv/(?P<osv>SEAWALL-\d{4}-[A-Z2-7]{8}))"
    r"\.json(?P<companion>|\.sha256|\.sha512|\.sig|\.dsse\.json)$"
)


@dataclass(frozen=True, slots=True)
class PublicFile:
    """Bytes for everybody, with what a door needs for its headers."""

    content: bytes
    media_type: str
    changed: datetime


@dataclass(frozen=True, slots=True)
class PublishedDocument:
    """One published document with everything that proves it."""

    advisory_id: str
    format: Format
    title: str
    file_name: str
    content: bytes
    envelope: bytes
    signature: bytes
    log_index: int
    published_at: datetime
    modified_at: datetime

    def companion(self, suffix: str) -> PublicFile:
        """The file that lies beside the document: ``.sha256``, ``.sha512``, ``.sig``, ``.dsse.json``; "" is itself."""
        if suffix in {".sha256", ".sha512"}:
            line = feeds.digest_line(self.content, self.file_name, suffix[1:])
            return PublicFile(line, _TEXT, self.modified_at)
        if suffix == ".sig":
            return PublicFile(self.signature, "application/octet-stream", self.modified_at)
        return PublicFile(self.envelope if suffix else self.content, _JSON, self.modified_at)


@dataclass(frozen=True, slots=True)
class Page:
    """Some advisories, newest publication first."""

    items: tuple[feeds.Listed, ...]
    next: str | None
    """Cursor of the next page; None on the last."""


def publisher() -> Publisher:
    """Who publishes, from this server's settings."""
    config = settings.SEAWALL
    return Publisher(config.publisher, config.base_url.rstrip("/"))


def advisories(actor: Actor) -> QuerySet[Document]:
    """One row per published advisory, newest publication first."""
    return _documents(actor, Format.OSV).order_by("-published_at", "advisory_id")


def feed(actor: Actor, *, after: str | None = None, limit: int = limits.PAGE_SIZE) -> Page:
    """A page of published advisories; what is published meanwhile neither repeats nor hides a row.

    Args:
        actor: Who asks; the answer is the same for everybody.
        after: ``next`` of the page before; None for the first.
        limit: Rows wanted, at most ``limits.PAGE_SIZE_MAX``.

    Raises:
        BadInput: ``after`` is no cursor.
    """
    size = max(1, min(limit, limits.PAGE_SIZE_MAX))
    rows = advisories(actor)
    if after is not None:
        published, advisory_id = _decode(after)
        rows = rows.filter(Q(published_at__lt=published) | Q(published_at=published, advisory_id__gt=advisory_id))
    found = list(rows[: size + 1])
    more = len(found) > size
    return Page(
        tuple(_listed(row) for row in found[:size]),
        _encode(found[size - 1]) if more else None,
    )


def document(actor: Actor, advisory_id: str, document_format: Format) -> PublishedDocument:
    """One document.

    Raises:
        NotFound: Not published.
    """
    # The shape first: a NUL or a page of text never reaches the database.
    named = ADVISORY_ID.fullmatch(advisory_id) is not None
    row = _documents(actor, document_format).filter(advisory_id=advisory_id).first() if named else None
    if row is None:
        raise NotFound("There is no such published advisory.", "Look for it in the feed.")
    return PublishedDocument(
        advisory_id=row.advisory_id,
        format=document_format,
        title=row.title,
        file_name=file_name(row.advisory_id, document_format),
        content=storage.read(row.digest),
        envelope=bytes(row.envelope),
        signature=bytes(row.signature),
        log_index=row.log_index,
        published_at=row.published_at,
        modified_at=row.modified_at,
    )


def public_file(actor: Actor, path: str) -> PublicFile:
    """The file at a public address, by its path without the leading slash.

    Raises:
        NotFound: There is none.
    """
    match = _DOCUMENT_PATH.fullmatch(path)
    if match is not None:
        document_format = Format.CSAF if match["csaf"] else Format.OSV
        advisory_id = (match["csaf"] or match["osv"]).upper()
        return document(actor, advisory_id, document_format).companion(match["companion"])
    build = _FILES.get(path)
    if build is None:
        raise NotFound("There is no such public file.", "Start at .well-known/csaf/provider-metadata.json.")
    return build(actor)


def notices_of(actor: Actor, *, unread_only: bool = False) -> QuerySet[Notice]:
    """The notices that the actor may see, newest first."""
    rows = visible_to(actor, "notice.read", Notice.objects.order_by("-created_at", "id"))
    return rows.filter(read_at=None) if unread_only else rows


def _documents(actor: Actor, document_format: Format) -> QuerySet[Document]:
    return visible_to(actor, "advisory.read", Document.objects.filter(format=document_format.value))


def _listed(row: Document) -> feeds.Listed:
    return feeds.Listed(row.advisory_id, row.title, row.published_at, row.modified_at)


def _all(actor: Actor) -> list[feeds.Listed]:
    return [_listed(row) for row in advisories(actor).defer("envelope", "signature")]


def _provider_metadata(actor: Actor) -> PublicFile:
    changed = feeds.feed_time(_all(actor))
    return PublicFile(feeds.provider_metadata(publisher(), changed), _JSON, changed)


def _rolie(actor: Actor) -> PublicFile:
    listed = _all(actor)
    changed = feeds.feed_time(listed)
    return PublicFile(feeds.rolie_feed(publisher(), listed, changed), _JSON, changed)


def _index(actor: Actor) -> PublicFile:
    listed = _all(actor)
    return PublicFile(feeds.index_txt(listed), _TEXT, feeds.feed_time(listed))


def _changes(actor: Actor) -> PublicFile:
    listed = _all(actor)
    return PublicFile(feeds.changes_csv(listed), _CSV, feeds.feed_time(listed))


def _modified_ids(actor: Actor) -> PublicFile:
    listed = _all(actor)
    return PublicFile(feeds.modified_id_csv(listed), _CSV, feeds.feed_time(listed))


def _archive(actor: Actor) -> PublicFile:
    rows = list(advisories(actor).defer("envelope", "signature").order_by("advisory_id"))
    content = feeds.osv_zip_bytes((row.advisory_id, storage.read(row.digest)) for row in rows)
    return PublicFile(content, "application/zip", feeds.feed_time([_listed(row) for row in rows]))


def _public_key(_: Actor) -> PublicFile:
    pem = SigningKey.load_or_create(settings.SEAWALL.data_dir).public_pem
    return PublicFile(pem, "application/x-pem-file", _EPOCH)


_FILES: dict[str, Callable[[Actor], PublicFile]] = {
    ".well-known/csaf/provider-metadata.json": _provider_metadata,
    f"csaf/{CSAF_FOLDER}/index.txt": _index,
    f"csaf/{CSAF_FOLDER}/changes.csv": _changes,
    f"csaf/{feeds.FEED_PATH}": _rolie,
    "osv/modified_id.csv": _modified_ids,
    "osv/all.zip": _archive,
    "keys/advisories.pem": _public_key,
}


def _encode(row: Document) -> str:
    # Microseconds since 1970, because the database keeps them.
    microseconds = (row.published_at - _EPOCH) // timedelta(microseconds=1)
    return base64.urlsafe_b64encode(f"{microseconds}|{row.advisory_id}".encode("ascii")).decode("ascii")


def _decode(cursor: str) -> tuple[datetime, str]:
    try:
        microseconds, advisory_id = base64.urlsafe_b64decode(cursor).decode("ascii").split("|")
        if not ADVISORY_ID.fullmatch(advisory_id):
            raise ValueError(advisory_id)  # noqa: TRY301 - one answer for every damage
        return _EPOCH + timedelta(microseconds=int(microseconds)), advisory_id
    except (ValueError, binascii.Error, OverflowError) as error:
        raise BadInput("This is no cursor of the feed.", "Use 'next' of the page before.", field="after") from error
