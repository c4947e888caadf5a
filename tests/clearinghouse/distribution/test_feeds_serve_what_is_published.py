import csv
import dataclasses
import io
import json
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from seawall.clearinghouse.distribution import queries
from seawall.clearinghouse.distribution.services import mark_read, notify, publish
from seawall.clearinghouse.distribution.types import Advisory
from seawall.foundation.access.types import Actor, ActorKind, OrganizationKind
from seawall.foundation.platform.errors import BadInput, Forbidden, NotFound

pytestmark = pytest.mark.django_db

ANYBODY = Actor.anonymous()
START = datetime(2026, 7, 14, 9, 30, tzinfo=UTC)


def _actor(organization: str, kind: OrganizationKind, *scopes: str) -> Actor:
    return Actor(ActorKind.TOKEN, f"token_{organization}", organization, organization, kind, scopes=frozenset(scopes))


COORDINATOR = _actor("org_clearinghouse", OrganizationKind.COORDINATOR, "cases:write")
HOSPITAL = _actor("org_hospital", OrganizationKind.OPERATOR, "notices:read", "notices:write")
BANK = _actor("org_bank", OrganizationKind.OPERATOR, "notices:read", "notices:write")


@pytest.fixture(autouse=True)
def data_dir(settings: object, tmp_path: Path) -> None:
    settings.SEAWALL = dataclasses.replace(settings.SEAWALL, data_dir=tmp_path, base_url="https://seawall.example")


@pytest.fixture
def published(make: Callable[..., Advisory]) -> list[str]:
    """Seven advisories, the last three at the very same time; newest first."""
    found = []
    for number, letter in enumerate("ABCDEFG"):
        at = START + timedelta(days=min(number, 4), microseconds=7 * (number < 4))
        advisory = make(id=f"SEAWALL-2026-{letter * 8}", published=at, modified=at, title=f"number {number}")
        publish(COORDINATOR, advisory, f"case_{number}")
        found.append(advisory.id)
    return [*found[4:], *reversed(found[:4])]


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 50])
def test_pages_join_to_the_whole_feed(published: list[str], limit: int) -> None:
    seen: list[str] = []
    cursor: str | None = None
    for _ in range(10):
        page = queries.feed(ANYBODY, after=cursor, limit=limit)
        assert len(page.items) <= limit
        seen += [item.advisory_id for item in page.items]
        cursor = page.next
        if cursor is None:
            break
    assert seen == published


def test_a_publication_between_two_pages_hides_and_repeats_nothing(
    published: list[str], make: Callable[..., Advisory]
) -> None:
    first = queries.feed(ANYBODY, limit=3)
    later = START + timedelta(days=30)
    publish(COORDINATOR, make(id="SEAWALL-2026-ZZZZZZZZ", published=later, modified=later), "case_z")
    second = queries.feed(ANYBODY, after=first.next, limit=50)
    assert [item.advisory_id for item in (*first.items, *second.items)] == published


@pytest.mark.parametrize(
    "cursor", ["", "x", "MXx4", "é", "\x00", "OTk5OTk5OTk5OTk5OTk5OTk5OTk5fFNFQVdBTEw=", "A" * 5000]
)
def test_a_cursor_that_is_none_is_refused(cursor: str) -> None:
    with pytest.raises(BadInput):
        queries.feed(ANYBODY, after=cursor)


def test_every_address_in_the_csaf_feeds_answers(published: list[str]) -> None:
    metadata = json.loads(queries.public_file(ANYBODY, ".well-known/csaf/provider-metadata.json").content)
    [feed] = metadata["distributions"][1]["rolie"]["feeds"]
    rolie = json.loads(queries.public_file(ANYBODY, _path(feed["url"])).content)["feed"]
    assert [entry["id"] for entry in rolie["entry"]] == published
    for entry in rolie["entry"]:
        document = queries.public_file(ANYBODY, _path(entry["content"]["src"]))
        assert json.loads(document.content)["document"]["tracking"]["id"] == entry["id"]
        for link in entry["link"]:
            assert queries.public_file(ANYBODY, _path(link["href"])).content
    base = _path(metadata["distributions"][0]["directory_url"])
    index = queries.public_file(ANYBODY, f"{base}index.txt").content.decode().splitlines()
    changes = list(csv.reader(io.StringIO(queries.public_file(ANYBODY, f"{base}changes.csv").content.decode())))
    assert sorted(index) == sorted(row[0] for row in changes)
    for path in index:
        assert queries.public_file(ANYBODY, base + path).media_type == "application/json"


def _path(url: str) -> str:
    return url.removeprefix("https://seawall.example/")


def test_the_document_s_own_address_is_where_it_lies(published: list[str]) -> None:
    listed = queries.public_file(ANYBODY, "csaf/white/index.txt").content.decode().splitlines()
    document = json.loads(queries.public_file(ANYBODY, f"csaf/white/{listed[0]}").content)
    assert document["document"]["references"][0]["url"] == f"https://seawall.example/csaf/white/{listed[0]}"
    assert len(published) == len(listed)


def test_the_osv_archive_holds_each_record_as_served(published: list[str]) -> None:
    archive = zipfile.ZipFile(io.BytesIO(queries.public_file(ANYBODY, "osv/all.zip").content))
    assert sorted(archive.namelist()) == sorted(f"{identifier}.json" for identifier in published)
    for name in archive.namelist():
        assert archive.read(name) == queries.public_file(ANYBODY, f"osv/{name}").content
    modified = queries.public_file(ANYBODY, "osv/modified_id.csv").content.decode().splitlines()
    assert [line.split(",")[1] for line in modified] == published


NO_FILES = [
    "",
    "osv/",
    "osv/SEAWALL-2026-ZZZZZZZZ.json",
    "osv/SEAWALL-2026-AAAAAAAA.json\n",
    "osv/seawall-2026-aaaaaaaa.json",
    "osv/SEAWALL-2026-AAAAAAAA.json.exe",
    "csaf/white/2025/seawall-2026-aaaaaaaa.json",
    "csaf/white/2026/SEAWALL-2026-AAAAAAAA.json",
    "csaf/../keys/advisories.pem",
    "keys/../keys/advisories.pem",
    "keys/log.pem",
    "osv/SEAWALL-2026-AAAAAAA\x00.json",
]


@pytest.mark.parametrize("path", NO_FILES)
def test_other_addresses_are_not_found(published: list[str], path: str) -> None:
    assert published
    with pytest.raises(NotFound):
        queries.public_file(ANYBODY, path)


def test_feeds_of_an_empty_clearinghouse_answer() -> None:
    assert queries.feed(ANYBODY) == queries.Page((), None)
    for path in ("csaf/white/index.txt", "csaf/white/csaf-feed-tlp-white.json", "osv/all.zip", "osv/modified_id.csv"):
        assert queries.public_file(ANYBODY, path).changed.year == 1970


def test_the_private_key_is_not_served() -> None:
    assert b"PRIVATE" not in queries.public_file(ANYBODY, "keys/advisories.pem").content


def test_notices_reach_their_organization_and_no_other() -> None:
    mine = notify("org_hospital", kind="publication", subject="case_1", title="First", reference="/cases/case_1")
    notify("org_bank", kind="publication", subject="case_1", title="Other")
    assert [notice.id for notice in queries.notices_of(HOSPITAL)] == [mine]
    assert list(queries.notices_of(ANYBODY)) == []
    assert list(queries.notices_of(dataclasses.replace(HOSPITAL, scopes=frozenset()))) == []
    with pytest.raises(NotFound) as foreign:
        mark_read(BANK, mine)
    with pytest.raises(NotFound) as absent:
        mark_read(BANK, "notice_absent")
    assert str(foreign.value) == str(absent.value)


def test_marking_twice_keeps_the_first_time() -> None:
    notice_id = notify("org_hospital", kind="publication", subject="case_1", title="First")
    first = mark_read(HOSPITAL, notice_id).read_at
    assert first is not None
    assert mark_read(HOSPITAL, notice_id).read_at == first
    assert list(queries.notices_of(HOSPITAL, unread_only=True)) == []


def test_reading_does_not_let_one_mark() -> None:
    notice_id = notify("org_hospital", kind="publication", subject="case_1", title="First")
    with pytest.raises(Forbidden, match="notices:write"):
        mark_read(dataclasses.replace(HOSPITAL, scopes=frozenset({"notices:read"})), notice_id)


def test_a_notice_s_free_text_is_cleaned() -> None:
    notify("org_hospital", kind="x", subject="y", title="a\x1b[2J\nb" + "c" * 999, body="\ud800\u202e" + "d" * 99_999)
    [notice] = queries.notices_of(HOSPITAL)
    assert notice.title.startswith("a\ufffd[2J b")
    assert len(notice.title) <= 300
    assert notice.body.startswith("\ufffd\ufffd")
    assert len(notice.body) < 5000
