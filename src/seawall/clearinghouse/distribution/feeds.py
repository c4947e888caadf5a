"""The files around the documents: how other people's tools find them and see what is new. Pure.

CSAF 2.0 section 7.1: ``provider-metadata.json``, ``index.txt``, ``changes.csv`` and a ROLIE feed, with
a digest file beside each document. We are a *CSAF provider*; a trusted provider would need OpenPGP
signatures (docs/decisions/0042). OSV: ``all.zip`` and ``modified_id.csv``, as OSV's own exports.
"""

import hashlib
import io
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import IO, Any

import rfc8785

from seawall.clearinghouse.distribution import text
from seawall.clearinghouse.distribution.rules import CSAF_FOLDER, csaf_file_name
from seawall.clearinghouse.distribution.types import Publisher, stamp

Json = dict[str, Any]

_ZIP_EPOCH = (1980, 1, 1, 0, 0, 0)
FEED_ID = "seawall-csaf-feed-tlp-white"
FEED_PATH = f"{CSAF_FOLDER}/csaf-feed-tlp-white.json"


@dataclass(frozen=True, slots=True)
class Listed:
    """What feeds say about one advisory."""

    advisory_id: str
    title: str
    published: datetime
    modified: datetime

    @property
    def csaf_path(self) -> str:
        """Path below ``/csaf/white/``, such as ``2026/seawall-2026-k7q2mx4a.json``."""
        return f"{self.advisory_id.split('-')[1]}/{csaf_file_name(self.advisory_id)}"


def newest_first(listed: Iterable[Listed]) -> list[Listed]:
    """The order of every feed: last change first, then by id."""
    return sorted(sorted(listed, key=lambda one: one.advisory_id), key=lambda one: one.modified, reverse=True)


def digest_line(document: bytes, name: str, algorithm: str) -> bytes:
    """Content of ``<file>.sha256`` or ``.sha512``, as ``sha256sum`` writes and checks it."""
    return f"{hashlib.new(algorithm, document).hexdigest()}  {name}\n".encode()


def provider_metadata(publisher: Publisher, last_updated: datetime) -> bytes:
    """``/.well-known/csaf/provider-metadata.json``."""
    base = f"{publisher.base_url}/csaf"
    publisher_members: Json = {
        "category": "coordinator",
        "name": text.line(publisher.name),
        "namespace": publisher.base_url,
    }
    if publisher.contact:
        publisher_members["contact_details"] = text.line(publisher.contact)
    return rfc8785.dumps(
        {
            "canonical_url": f"{publisher.base_url}/.well-known/csaf/provider-metadata.json",
            "distributions": [
                {"directory_url": f"{base}/{CSAF_FOLDER}/"},
                {
                    "rolie": {
                        "feeds": [
                            {
                                "summary": f"All TLP:CLEAR advisories of {text.line(publisher.name)}.",
                                "tlp_label": "WHITE",
                                "url": f"{base}/{FEED_PATH}",
                            }
                        ]
                    }
                },
            ],
            "last_updated": stamp(last_updated),
            "list_on_CSAF_aggregators": True,
            "metadata_version": "2.0",
            "mirror_on_CSAF_aggregators": True,
            "publisher": publisher_members,
            "role": "csaf_provider",
        }
    )


def index_txt(listed: Iterable[Listed]) -> bytes:
    """``/csaf/white/index.txt``: every document's path, one a line."""
    return "".join(f"{one.csaf_path}\n" for one in sorted(listed, key=lambda one: one.csaf_path)).encode("ascii")


def changes_csv(listed: Iterable[Listed]) -> bytes:
    """``/csaf/white/changes.csv``: path and time of the last change, last change first."""
    lines = (f'"{one.csaf_path}","{stamp(one.modified)}"\r\n' for one in newest_first(listed))
    return "".join(lines).encode("ascii")


def rolie_feed(publisher: Publisher, listed: Sequence[Listed], updated: datetime) -> bytes:
    """The ROLIE feed (RFC 8322 in CSAF's JSON form).

    Args:
        publisher: Who publishes.
        listed: All advisories, in any order.
        updated: When the feed last changed; used while it is empty.
    """
    ordered = newest_first(listed)
    base = f"{publisher.base_url}/csaf"
    return rfc8785.dumps(
        {
            "feed": {
                "id": FEED_ID,
                "title": f"TLP:CLEAR advisories of {text.line(publisher.name)}",
                "link": [{"rel": "self", "href": f"{base}/{FEED_PATH}"}],
                "category": [{"scheme": "urn:ietf:params:rolie:category:information-type", "term": "csaf"}],
                "updated": stamp(ordered[0].modified if ordered else updated),
                "entry": [_rolie_entry(f"{base}/{CSAF_FOLDER}/{one.csaf_path}", one) for one in ordered],
            }
        }
    )


def _rolie_entry(url: str, listed: Listed) -> Json:
    return {
        "id": listed.advisory_id,
        "title": text.line(listed.title),
        "link": [
            {"rel": "self", "href": url},
            {"rel": "hash", "href": f"{url}.sha256"},
            {"rel": "hash", "href": f"{url}.sha512"},
            # Not rel "signature": CSAF's readers expect OpenPGP there.
            {"rel": "related", "href": f"{url}.dsse.json"},
        ],
        "published": stamp(listed.published),
        "updated": stamp(listed.modified),
        "content": {"type": "application/json", "src": url},
        "format": {"schema": "https://docs.oasis-open.org/csaf/csaf/v2.0/csaf_json_schema.json", "version": "2.0"},
    }


def modified_id_csv(listed: Iterable[Listed]) -> bytes:
    """``/osv/modified_id.csv``: time of the last change and id, last change first."""
    return "".join(f"{stamp(one.modified)},{one.advisory_id}\n" for one in newest_first(listed)).encode("ascii")


def osv_zip(records: Iterable[tuple[str, bytes]], out: IO[bytes]) -> None:
    """``/osv/all.zip``: every record as ``<id>.json``. The same records give the same bytes.

    Args:
        records: Advisory id and OSV record, read one at a time.
        out: Where the archive is written.
    """
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for advisory_id, record in records:
            member = zipfile.ZipInfo(f"{advisory_id}.json", _ZIP_EPOCH)
            member.compress_type = zipfile.ZIP_DEFLATED
            member.external_attr = 0o644 << 16
            archive.writestr(member, record)


def osv_zip_bytes(records: Iterable[tuple[str, bytes]]) -> bytes:
    """``osv_zip`` into memory, for feeds of a few thousand records."""
    out = io.BytesIO()
    osv_zip(records, out)
    return out.getvalue()


def feed_time(listed: Sequence[Listed]) -> datetime:
    """When the feeds last changed; the epoch while nothing is published."""
    return max((one.modified for one in listed), default=datetime.fromtimestamp(0, tz=UTC))
