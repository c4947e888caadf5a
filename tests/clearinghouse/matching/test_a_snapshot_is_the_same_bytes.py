"""A snapshot is made of its sources and nothing else: equal bytes, whole or not there, with everything left out accounted for."""

import json
import lzma
import sqlite3
import tarfile
import zipfile
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from seawall.clearinghouse.matching.advisories.errors import NotASource
from seawall.clearinghouse.matching.snapshot import builder, delta, files, folder, lookup, signing
from seawall.clearinghouse.matching.snapshot.builder import Source
from seawall.clearinghouse.matching.snapshot.errors import NotASnapshot
from seawall.clearinghouse.matching.types import Package

SHARED = Path(__file__).parents[4] / "shared" / "data"


def record(number: int, **more: Any) -> dict[str, Any]:
    return {
        "id": f"GHSA-{number}",
        "modified": "2026-01-01T00:00:00Z",
        "aliases": [f"CVE-2026-{1000 + number}"],
        "summary": f"flaw {number}",
        "severity": [{"type": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}],
        "affected": [
            {
                "package": {"ecosystem": "PyPI", "name": f"pkg-{number % 7}"},
                "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": f"1.{number}"}]}],
            }
        ],
        **more,
    }


def kev() -> bytes:
    entry = {
        "cveID": "CVE-2026-1003",
        "dateAdded": "2026-05-01",
        "dueDate": "2026-05-22",
        "knownRansomwareCampaignUse": "Unknown",
    }
    catalog = {
        "catalogVersion": "2026.06.01",
        "dateReleased": "2026-06-01T10:00:00Z",
        "count": 1,
        "vulnerabilities": [entry],
    }
    return json.dumps(catalog).encode()


@pytest.fixture
def sources(tmp_path: Path) -> list[Source]:
    advisories = tmp_path / "ghsa"
    advisories.mkdir()
    for number in range(40):
        (advisories / f"GHSA-{number}.json").write_text(json.dumps(record(number)), encoding="utf-8")
    withdrawn = record(40, withdrawn="2026-02-01T00:00:00Z")
    (advisories / "GHSA-40.json").write_text(json.dumps(withdrawn), encoding="utf-8")
    (advisories / "GHSA-41.json").write_text("{ not json", encoding="utf-8")
    inverted = record(42)
    inverted["affected"][0]["ranges"][0]["events"] = [{"introduced": "2.0"}, {"fixed": "1.0"}]
    (advisories / "GHSA-42.json").write_text(json.dumps(inverted), encoding="utf-8")
    catalog = tmp_path / "kev"
    catalog.mkdir()
    (catalog / "known_exploited_vulnerabilities.json").write_bytes(kev())
    return [Source(advisories), Source(catalog)]


def test_two_builds_are_equal_and_the_order_of_sources_does_not_matter(sources: list[Source], tmp_path: Path) -> None:
    first = files.write(builder.build(sources), tmp_path / "a")
    second = files.write(builder.build(sources[::-1]), tmp_path / "b")
    assert first.digest == second.digest
    for table in folder.TABLES:
        assert first.path(table).read_bytes() == second.path(table).read_bytes()


def test_how_the_source_is_packed_changes_its_digest_alone(sources: list[Source], tmp_path: Path) -> None:
    plain = sources[0].path
    with zipfile.ZipFile(tmp_path / "z.zip", "w") as archive:
        for path in sorted(plain.iterdir()):
            archive.write(path, path.name)
    with lzma.open(tmp_path / "t.tar.xz", "wb") as file, tarfile.open(fileobj=file, mode="w") as tar:
        for path in sorted(plain.iterdir()):
            tar.add(path, path.name)
    made = [
        files.write(builder.build([Source(path, name="ghsa")]), tmp_path / f"out{number}")
        for number, path in enumerate((plain, tmp_path / "z.zip", tmp_path / "t.tar.xz"))
    ]
    assert len({tuple(one.path(table).read_bytes() for table in folder.TABLES) for one in made}) == 1


def test_what_was_left_out_is_counted_with_its_reason(sources: list[Source], tmp_path: Path) -> None:
    made = files.write(builder.build(sources), tmp_path / "a")
    ghsa, catalog = made.manifest["sources"]
    assert (ghsa["records"], ghsa["withdrawn"], ghsa["advisories"], ghsa["unread"]) == (42, 1, 40, 1)
    reasons = {reason["why"]: reason for reason in ghsa["dropped"]}
    assert reasons["the range ends before it begins"]["sample"] == ["GHSA-42 2.0 to 1.0"]
    assert sum(reason["count"] for reason in ghsa["dropped"]) == 2
    assert catalog["facts"] == 4
    assert catalog["kev_as_of"] == "2026-06-01"


def test_a_snapshot_read_back_is_written_the_same(sources: list[Source], tmp_path: Path) -> None:
    made = files.write(builder.build(sources), tmp_path / "a")
    assert files.write(files.content_of(made), tmp_path / "b").digest == made.digest


def test_a_delta_leads_to_the_very_snapshot(sources: list[Source], tmp_path: Path) -> None:
    old = files.write(builder.build(sources), tmp_path / "old")
    plain = sources[0].path
    (plain / "GHSA-3.json").unlink()
    (plain / "GHSA-4.json").write_text(json.dumps(record(4, summary="said anew")), encoding="utf-8")
    (plain / "GHSA-90.json").write_text(json.dumps(record(90)), encoding="utf-8")
    new = files.write(builder.build(sources), tmp_path / "new")
    said = delta.difference(old, new, tmp_path / "delta")
    assert (said["changed"], said["gone"]) == (2, ["ghsa:GHSA-3"])
    assert delta.apply(old, tmp_path / "delta", tmp_path / "made").digest == new.digest
    with pytest.raises(NotASnapshot, match="for the snapshot"):
        delta.apply(new, tmp_path / "delta", tmp_path / "wrong")


def test_a_delta_that_was_changed_on_its_way_is_refused(sources: list[Source], tmp_path: Path) -> None:
    old = files.write(builder.build(sources), tmp_path / "old")
    (sources[0].path / "GHSA-3.json").unlink()
    new = files.write(builder.build(sources), tmp_path / "new")
    delta.difference(old, new, tmp_path / "delta")
    path = tmp_path / "delta" / delta.DELTA
    said = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({**said, "gone": []}), encoding="utf-8")
    with pytest.raises(NotASnapshot, match="not the snapshot that the delta names"):
        delta.apply(old, tmp_path / "delta", tmp_path / "made")


def test_sources_that_did_not_change_are_taken_from_the_snapshot_before(sources: list[Source], tmp_path: Path) -> None:
    old = files.write(builder.build(sources), tmp_path / "old")
    read: list[str] = []
    known = delta.parts_of(old)

    def told(title: str, digest: str) -> builder.Part | None:
        found = known(title, digest)
        if found is not None:
            read.append(title)
        return found

    assert files.write(builder.build(sources, known=told), tmp_path / "new").digest == old.digest
    assert read == ["ghsa"]
    (sources[0].path / "GHSA-50.json").write_text(json.dumps(record(50)), encoding="utf-8")
    assert len(builder.build(sources, known=told).entries) == 41


@pytest.mark.parametrize("name", ["advisories.parquet", "ranges.parquet", "listed.parquet", "facts.parquet"])
def test_a_damaged_file_is_found(sources: list[Source], tmp_path: Path, name: str) -> None:
    made = files.write(builder.build(sources), tmp_path / "a")
    path = tmp_path / "a" / name
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    with pytest.raises(NotASnapshot, match=name):
        folder.verify(made)
    with pytest.raises(NotASnapshot):
        lookup.Lookup(made)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"schema": "seawall.snapshot/1", "orders": {}}', "\x00"])
def test_a_folder_that_is_no_snapshot_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / folder.MANIFEST).write_text(text, encoding="utf-8")
    with pytest.raises(NotASnapshot):
        folder.load(tmp_path)


def test_two_sources_of_one_name_are_refused(sources: list[Source]) -> None:
    with pytest.raises(NotASource, match="called 'x'"):
        builder.build([Source(sources[0].path, name="x"), Source(sources[1].path, name="x")])


def test_the_index_answers_as_the_snapshot_does_and_is_made_anew_when_it_is_of_another(
    sources: list[Source], tmp_path: Path
) -> None:
    made = files.write(builder.build(sources), tmp_path / "a")
    package = Package("PyPI", "pkg-3")
    with lookup.Lookup(made) as found:
        index = found.index([package])
        numbers = index.advisories(package)
        entries = found.entries(numbers)
        assert sorted(entry.identifier for entry in entries.values()) == [
            "GHSA-10", "GHSA-17", "GHSA-24", "GHSA-3", "GHSA-31", "GHSA-38",
        ]  # fmt: skip
        about = found.about(["CVE-2026-1003", "CVE-2026-1004", "CVE-1999-0001"])
    assert about["CVE-2026-1003"].severity.startswith("CVSS:3.1")
    assert {fact.name.value for fact in about["CVE-2026-1003"].facts} >= {"in_kev", "kev_date_added"}
    assert not about["CVE-2026-1004"].facts
    assert set(about) == {"CVE-2026-1003", "CVE-2026-1004"}
    (sources[0].path / "GHSA-3.json").unlink()
    newer = files.write(builder.build(sources), tmp_path / "a")
    with lookup.Lookup(newer) as found:
        assert "GHSA-3" not in {
            entry.identifier for entry in found.entries(found.index([package]).advisories(package)).values()
        }


def test_a_read_only_snapshot_is_indexed_elsewhere(sources: list[Source], tmp_path: Path) -> None:
    made = files.write(builder.build(sources), tmp_path / "a")
    (tmp_path / "a" / lookup.INDEX).mkdir()  # root may write everywhere; a folder in its place stops anybody
    with lookup.Lookup(made, cache=tmp_path / "cache") as found:
        assert found.index([Package("PyPI", "pkg-1")]).advisories(Package("PyPI", "pkg-1"))
    assert list((tmp_path / "cache").iterdir())
    with pytest.raises(NotASnapshot, match="No index can be written"):
        lookup.Lookup(made)


def test_a_signature_covers_every_file_and_no_index_that_came_along(sources: list[Source], tmp_path: Path) -> None:
    key = Ed25519PrivateKey.generate()
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    other = Ed25519PrivateKey.generate().public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    made = files.write(builder.build(sources), tmp_path / "a")
    with pytest.raises(NotASnapshot, match="not signed"):
        signing.verify_signature(made, public)
    signing.sign(made, private)
    signing.verify_signature(made, public)
    with pytest.raises(NotASnapshot, match="not signed with this key"):
        signing.verify_signature(made, other)
    # An index that says to be of this snapshot, and leaves everything out.
    nothing = files.write(builder.build(sources[1:]), tmp_path / "nothing")
    lookup.make(nothing, tmp_path / "poisoned.sqlite")
    with closing(sqlite3.connect(tmp_path / "poisoned.sqlite")) as connection:
        connection.execute("UPDATE made_of SET digest = ?", (lookup.made_of(made),))
        connection.commit()
    (tmp_path / "poisoned.sqlite").replace(made.folder / lookup.INDEX)
    package = Package("PyPI", "pkg-3")
    with lookup.Lookup(made, cache=tmp_path / "cache") as found:
        assert not found.index([package]).advisories(package)
    with lookup.Lookup(made, cache=tmp_path / "cache", beside=False) as found:
        assert found.index([package]).advisories(package)
    path = made.path("ranges")
    data = bytearray(path.read_bytes())
    data[-9] ^= 1
    path.write_bytes(data)
    with pytest.raises(NotASnapshot, match=r"ranges\.parquet"):
        signing.verify_signature(made, public)


@pytest.mark.long
def test_all_published_data_at_hand_stays_small(tmp_path: Path) -> None:
    names = [
        f"{name}.tar.xz"
        for name in ("pypa", "go-vulndb", "rustsec", "rubysec", "nodejs-security-wg", "oss-fuzz-vulns", "kev")
    ]
    paths = [SHARED / name for name in (*names, "vulnrichment.jsonl.xz")]
    if not all(path.exists() for path in paths):
        pytest.skip("../shared/data is absent: there is nothing to build from")
    first = files.write(builder.build([Source(path) for path in paths]), tmp_path / "a")
    second = files.write(builder.build([Source(path) for path in paths]), tmp_path / "b")
    assert first.digest == second.digest
    lookup.make(first, first.folder / lookup.INDEX)
    assert sum(path.stat().st_size for path in first.folder.iterdir()) < 30 * 2**20
