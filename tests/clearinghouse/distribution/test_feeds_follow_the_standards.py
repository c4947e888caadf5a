import io
import json
import re
import zipfile
from datetime import UTC, datetime, timedelta

import pytest

from seawall.clearinghouse.distribution import feeds
from seawall.clearinghouse.distribution.types import Publisher

START = datetime(2026, 7, 14, 9, 30, tzinfo=UTC)
LISTED = [
    feeds.Listed("SEAWALL-2026-AAAAAAAA", "first", START, START + timedelta(days=3)),
    feeds.Listed("SEAWALL-2026-CCCCCCCC", "second", START, START),
    feeds.Listed("SEAWALL-2026-BBBBBBBB", "third\x1b[2J", START, START),
    feeds.Listed("SEAWALL-2027-AAAAAAAA", "fourth", START + timedelta(days=200), START + timedelta(days=200)),
]
NEWEST = ["SEAWALL-2027-AAAAAAAA", "SEAWALL-2026-AAAAAAAA", "SEAWALL-2026-BBBBBBBB", "SEAWALL-2026-CCCCCCCC"]
SHUFFLED = [LISTED[index] for index in (2, 0, 3, 1)]


def test_provider_metadata_has_what_csaf_section_7_1_7_asks_for(publisher: Publisher) -> None:
    metadata = json.loads(feeds.provider_metadata(publisher, START))
    # Members and patterns of the OASIS provider_json_schema.json of CSAF 2.0.
    assert set(metadata) == {
        "canonical_url",
        "distributions",
        "last_updated",
        "list_on_CSAF_aggregators",
        "metadata_version",
        "mirror_on_CSAF_aggregators",
        "publisher",
        "role",
    }
    assert metadata["canonical_url"] == "https://seawall.example/.well-known/csaf/provider-metadata.json"
    assert metadata["metadata_version"] == "2.0"
    assert metadata["role"] == "csaf_provider"
    directory, rolie = metadata["distributions"]
    assert directory == {"directory_url": "https://seawall.example/csaf/white/"}
    [feed] = rolie["rolie"]["feeds"]
    assert feed["tlp_label"] == "WHITE"
    assert re.fullmatch(r"https://.+\.json", feed["url"])
    assert metadata["publisher"]["category"] == "coordinator"


def test_the_rolie_feed_has_what_csaf_section_7_1_15_asks_for(publisher: Publisher) -> None:
    feed = json.loads(feeds.rolie_feed(publisher, SHUFFLED, START))["feed"]
    assert set(feed) == {"id", "title", "link", "category", "updated", "entry"}
    assert re.fullmatch(r"[a-zA-Z0-9+\-_.]+", feed["id"])
    assert feed["link"][0]["rel"] == "self"
    assert feed["link"][0]["href"].endswith("/csaf/white/csaf-feed-tlp-white.json")
    assert feed["category"][0] == {"scheme": "urn:ietf:params:rolie:category:information-type", "term": "csaf"}
    assert feed["updated"] == "2027-01-30T09:30:00Z"
    assert [entry["id"] for entry in feed["entry"]] == NEWEST
    for entry in feed["entry"]:
        assert {"id", "title", "link", "published", "updated", "content", "format"} <= set(entry)
        url = entry["content"]["src"]
        assert entry["link"][0] == {"rel": "self", "href": url}
        assert re.fullmatch(r"https://seawall\.example/csaf/white/202\d/seawall-202\d-[a-z2-7]{8}\.json", url)
        assert {link["href"] for link in entry["link"] if link["rel"] == "hash"} == {f"{url}.sha256", f"{url}.sha512"}
        assert "\x1b" not in entry["title"]


def test_changes_and_index_list_every_document_newest_first() -> None:
    changes = feeds.changes_csv(SHUFFLED).decode()
    assert changes.splitlines()[0] == '"2027/seawall-2027-aaaaaaaa.json","2027-01-30T09:30:00Z"'
    assert len(changes.splitlines()) == 4
    assert feeds.index_txt(SHUFFLED).decode().splitlines()[0] == "2026/seawall-2026-aaaaaaaa.json"
    modified = feeds.modified_id_csv(SHUFFLED).decode().splitlines()
    assert [line.split(",")[1] for line in modified] == NEWEST


@pytest.mark.parametrize("build", [feeds.changes_csv, feeds.index_txt, feeds.modified_id_csv])
def test_order_of_input_does_not_show(build: object) -> None:
    assert build(LISTED) == build(SHUFFLED)


def test_the_archive_is_the_same_each_time_and_holds_each_record() -> None:
    records = [(identifier, b'{"id":"' + identifier.encode() + b'"}') for identifier in NEWEST]
    archive = feeds.osv_zip_bytes(records)
    assert archive == feeds.osv_zip_bytes(records)
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        assert opened.testzip() is None
        assert opened.namelist() == [f"{identifier}.json" for identifier in NEWEST]
        assert opened.read(f"{NEWEST[0]}.json") == records[0][1]


def test_feeds_of_nothing_are_valid(publisher: Publisher) -> None:
    assert json.loads(feeds.rolie_feed(publisher, [], feeds.feed_time([])))["feed"]["entry"] == []
    assert feeds.changes_csv([]) == feeds.index_txt([]) == feeds.modified_id_csv([]) == b""
    assert zipfile.ZipFile(io.BytesIO(feeds.osv_zip_bytes([]))).namelist() == []
