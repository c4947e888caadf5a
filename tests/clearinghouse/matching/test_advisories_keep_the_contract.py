"""What every advisory format keeps: it knows its own documents, and a stranger's bytes cost only themselves."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from seawall.clearinghouse.matching.advisories import documents
from seawall.clearinghouse.matching.advisories.errors import NotAnAdvisory, NotASource
from seawall.clearinghouse.matching.advisories.formats.interface import FORMATS, bytes_max, parser
from seawall.clearinghouse.matching.advisories.sources import read, told
from seawall.clearinghouse.matching.advisories.types import Record
from seawall.clearinghouse.matching.ecosystems import registry
from seawall.clearinghouse.matching.ranges import ranges_of_events
from support import advisories as made

SAMPLES = [(name, path, data) for name, files in made.SAMPLES.items() for path, data in files]
IDS = [f"{name}-{number}" for number, (name, _, _) in enumerate(SAMPLES)]
LIMIT_S = 20
"""Of processor time; each of the inputs takes under two seconds alone."""

DEEP = 100_000
HOSTILE: dict[str, bytes] = {
    "nothing": b"",
    "zeros": bytes(5000),
    "no UTF-8": b'{"id": "\xff\xfe", "modified": "2026"}',
    "a list of nothing": b"[null, [], {}, 1]",
    "brackets without end": b"[" * DEEP,
    "objects without end": b'{"a":' * DEEP,
    "dashes without end": b"- " * DEEP,
    "a ladder": b"\n".join(b" " * step + b"a:" for step in range(3000)),
    "closed brackets": b"[" * DEEP + b"]" * DEEP,
    "a number of 100,000 digits": b'{"id": ' + b"9" * DEEP + b"}",
    "a lone surrogate": b'{"id": "\\ud800", "modified": "\\ud800", "affected": [{"package": {"name": "\\udfff"}}]}',
    "twice the same key": b'{"id": "A", "id": "B", "modified": "1", "modified": null}',
    "not a number": b'{"id": NaN, "modified": Infinity}',
    "laughs": b"a: &a [x,x,x,x,x,x,x,x,x]\n"
    + b"".join(b"%c: &%c [%s]\n" % (98 + i, 98 + i, b",".join([b"*%c" % (97 + i)] * 9)) for i in range(12)),
    "a name for itself": b"a: &a [*a]\n",
    "a key that is a list": b"? [1, 2]\n: 3\n",
    "two documents": b"id: 1\n---\nid: 2\n",
    "a tag of Python": b"!!python/object/apply:os.system ['true']\n",
    "a date that is none": b"id: !!timestamp 2026-99-99\n",
}


def tried(name: str, path: str, data: bytes) -> list[Record]:
    """The records, or none where the format refuses; whatever else is raised fails the test."""
    try:
        return list(parser(name).parse(path, data))
    except NotAnAdvisory:
        return []


def test_every_format_has_a_sample() -> None:
    assert set(made.SAMPLES) == set(FORMATS) - {"cve5"}, "cve5 has its own tests"


@pytest.mark.parametrize(("name", "path", "data"), SAMPLES, ids=IDS)
def test_a_document_fits_its_own_format_alone(name: str, path: str, data: bytes, tmp_path: Path) -> None:
    document = documents.load(path, data)
    assert [other for other in FORMATS if parser(other).claims(path) and parser(other).fits(document)] == [name]
    (tmp_path / path.rpartition("/")[2]).write_bytes(data)
    assert told(tmp_path) == name
    assert told(tmp_path / path.rpartition("/")[2]) == name


@pytest.mark.parametrize(("name", "path", "data"), SAMPLES, ids=IDS)
def test_records_are_whole_and_can_be_shown(name: str, path: str, data: bytes) -> None:
    records = tried(name, path, data)
    assert records
    assert len({record.id for record in records}) == len(records)
    for record in records:
        texts = [record.id, record.title, record.severity, record.rating, *record.aliases, *record.references]
        texts += [text for affected in record.affected for text in (affected.ecosystem, affected.name, affected.flag)]
        assert all(text.isprintable() for text in texts)


@pytest.mark.parametrize("what", HOSTILE)
@pytest.mark.parametrize("name", FORMATS)
def test_hostile_bytes_are_refused_or_read_and_nothing_else(name: str, what: str) -> None:
    began = time.process_time()
    for path in ("gems/a/x.yml", "npm/1.json", "x.yaml", "x.json", "json"):
        tried(name, path, HOSTILE[what])
    assert time.process_time() - began < LIMIT_S


@pytest.mark.parametrize(("name", "path", "data"), SAMPLES, ids=IDS)
def test_a_document_cut_anywhere_is_refused_or_read(name: str, path: str, data: bytes) -> None:
    for end in range(0, len(data), max(1, len(data) // 97)):
        tried(name, path, data[:end])


ODD: tuple[Any, ...] = (
    None,
    0,
    -1,
    1.5,
    True,
    "",
    "x",
    "\ud800",
    " " * 500,
    "0" * 400,
    [],
    [[]],
    [None],
    {},
    {"": None},
)


def variants(document: Any) -> Iterator[Any]:
    """The document with each of its values, one at a time, replaced by each of the odd ones."""

    def places(value: Any, way: tuple[Any, ...]) -> Iterator[tuple[Any, ...]]:
        yield way
        items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
        for key, inner in items:
            yield from places(inner, (*way, key))

    text = json.dumps(document)
    for way in places(document, ()):
        for odd in ODD:
            copy = json.loads(text)
            if not way:
                yield odd
                continue
            parent = copy
            for step in way[:-1]:
                parent = parent[step]
            parent[way[-1]] = odd
            yield copy


@pytest.mark.parametrize(("name", "path", "data"), SAMPLES, ids=IDS)
def test_a_value_of_another_kind_costs_only_its_record(name: str, path: str, data: bytes) -> None:
    as_json = path.rpartition(".")[0] + ".json"
    count = 0
    for variant in variants(documents.load(path, data)):
        text = json.dumps(variant).encode()
        # YAML is a superset of JSON, so the formats in YAML are given the same.
        for record in tried(name, path if path.endswith("l") else as_json, text):
            json.dumps([record.id, record.title]).encode()
            for affected in record.affected:
                order = registry.of_name(affected.ecosystem)
                for events in affected.ranges:
                    assert all(isinstance(text, str) and text for _, text in events)
                    if order is not None:
                        ranges_of_events(order, [{kind: text} for kind, text in events])
        count += 1
    assert count > 100


LARGE = 100_000


def large() -> dict[str, bytes]:
    numbers = range(LARGE)
    osv = {
        **made.OSV,
        "affected": [
            {
                "package": {"ecosystem": "PyPI", "name": "a"},
                "ranges": [{"events": [{"introduced": f"{n}.0"}, {"fixed": f"{n}.5"}]} for n in numbers],
            }
        ],
    }
    csaf = json.dumps(made.CSAF).replace(
        "vers:npm/>=1.0.0|<1.4.2|>2.0.0|<=2.1.0", "vers:npm/" + "|".join(f">={n}.0.0|<{n}.5.0" for n in numbers)
    )
    node = {
        **made.NODEJS,
        "patched_versions": None,
        "vulnerable_versions": " || ".join(f">={n}.0.0 <{n}.5.0" for n in range(LARGE // 3)),
    }
    ruby = "gem: a\ncve: 1-1\ntitle: x\npatched_versions:\n" + "".join(f"- '>= {n}.0, < {n}.5'\n" for n in numbers)
    php = "reference: composer://a/b\nbranches:\n" + "".join(
        f" b{n}: {{versions: ['>={n}.0', '<{n}.5']}}\n" for n in range(LARGE // 2)
    )
    debian = {
        "a": {f"CVE-{n}": {"releases": {"sid": {"status": "resolved", "fixed_version": str(n)}}} for n in numbers}
    }
    alpine = {
        **made.ALPINE,
        "packages": [{"pkg": {"name": "a", "secfixes": {f"{n}-r0": [f"CVE-{n}"] for n in numbers}}}],
    }
    return {
        "osv": json.dumps(osv).encode(),
        "csaf": csaf.encode(),
        "nodejs": json.dumps(node).encode(),
        "rubysec": ruby.encode(),
        "friendsofphp": php.encode(),
        "debian": json.dumps(debian).encode(),
        "alpine": json.dumps(alpine).encode(),
    }


@pytest.mark.long
@pytest.mark.parametrize("name", sorted(made.SAMPLES))
def test_a_hundred_thousand_ranges_are_read_in_seconds(name: str) -> None:
    path = made.SAMPLES[name][0][0]
    data = large()[name]
    began = time.process_time()
    records = list(parser(name).parse(path, data))
    assert time.process_time() - began < LIMIT_S
    assert sum(len(affected.ranges) for record in records for affected in record.affected) > LARGE // 4


def test_a_file_over_the_limit_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("seawall.clearinghouse.matching.advisories.sources.bytes_max", lambda _name: 3000)
    (tmp_path / "a.json").write_bytes(json.dumps(made.OSV).encode())
    (tmp_path / "b.json").write_bytes(json.dumps({**made.OSV, "id": "B", "details": "x" * 3000}).encode())
    unread: list[Any] = []
    assert [record.id for record in read(tmp_path, report=unread.append)] == [made.OSV["id"]]
    assert [(item.where, item.why[:11]) for item in unread] == [("b.json", "It has over")]
    for name in FORMATS:
        assert 2**20 < bytes_max(name) <= 2**28


def test_a_format_by_a_name_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NotAnAdvisory, match="Choose from"):
        list(read(tmp_path, format_name="xml", report=lambda _unread: None))
    (tmp_path / "a.json").write_text("{}")
    with pytest.raises(NotASource, match="holds no file of"):
        told(tmp_path)
