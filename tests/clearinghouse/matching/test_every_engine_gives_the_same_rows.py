"""Engines are ways to one answer: the contract that ships with them, on made-up and on published advisories."""

import json
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from seawall.clearinghouse.matching.ecosystems import registry
from seawall.clearinghouse.matching.engines.bisecting import Bisecting
from seawall.clearinghouse.matching.engines.columnar import Columnar
from seawall.clearinghouse.matching.engines.contract import defined, violations
from seawall.clearinghouse.matching.engines.interface import Asked, Engine
from seawall.clearinghouse.matching.engines.postgresql import PostgreSQL
from seawall.clearinghouse.matching.snapshot import builder, files
from seawall.clearinghouse.matching.snapshot.files import listed_of, ranges_of
from seawall.clearinghouse.matching.snapshot.folder import Snapshot
from seawall.clearinghouse.matching.types import Package

SHARED = Path(__file__).parents[4] / "shared" / "data"

ADVISORIES = [
    {
        "id": "T-1",
        "modified": "2026-01-01T00:00:00Z",
        "affected": [
            {
                "package": {"ecosystem": "PyPI", "name": "Mixed.Case"},
                "ranges": [
                    {
                        "type": "ECOSYSTEM",
                        "events": [{"introduced": "1.10"}, {"fixed": "2.0"}, {"introduced": "0"}, {"fixed": "1.2"}],
                    }
                ],
                "versions": ["1.0", "2.5", "weird version"],
            }
        ],
    },
    {
        "id": "T-2",
        "modified": "2026-01-01T00:00:00Z",
        "affected": [
            {
                "package": {"ecosystem": "Maven", "name": "org.example:a"},
                "ranges": [
                    {"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "2.0"}]},
                    {
                        "type": "ECOSYSTEM",
                        "events": [{"introduced": "2.0.redhat-1"}, {"last_affected": "2.1.1.redhat-00003"}],
                    },
                ],
            },
            {
                "package": {"ecosystem": "npm", "name": "b"},
                "ranges": [{"type": "SEMVER", "events": [{"introduced": "1.0.0"}, {"last_affected": "1.2.3"}]}],
            },
        ],
    },
    {
        "id": "T-3",
        "modified": "2026-01-01T00:00:00Z",
        "affected": [
            {
                "package": {"ecosystem": "npm", "name": "b"},
                "ranges": [{"type": "SEMVER", "events": [{"introduced": "0"}]}],
            },
            {"package": {"ecosystem": "Unheard Of", "name": "c"}, "versions": ["r1", 'quoted "r2"\n']},
        ],
    },
]

VERSIONS = {
    Package("PyPI", "mixed-case"): ["0", "1.0", "1.1.9", "1.2", "1.9", "1.10", "1.99", "2.0", "2.0.dev1", "2.5", "weird version", " weird version ", "odd"],
    Package("Maven", "org.example:a"): ["1.0", "2.0-alpha", "2.0", "2.0.redhat-1", "2.0.redhat-2", "2.1.1.redhat-00003", "2.1.1.redhat-00004", "3", ""],
    Package("npm", "b"): ["0.0.0", "1.0.0-rc.1", "1.0.0", "1.2.3", "1.2.4", "9007199254740991.0.0", "not"],
    Package("Unheard Of", "c"): ["r1", "r2", 'quoted "r2"', ""],
    Package("npm", "nobody-names-it"): ["1.0.0"],
}  # fmt: skip


def asked(package: Package, version: str) -> Asked:
    order = registry.of_name(package.ecosystem)
    key = None if order is None else order.key(version)
    return Asked(package, version, key if isinstance(key, bytes) else None)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    folder = tmp_path_factory.mktemp("made")
    for advisory in ADVISORIES:
        (folder / f"{advisory['id']}.json").write_text(json.dumps(advisory), encoding="utf-8")
    return files.write(builder.build([builder.Source(folder)]), folder / "snapshot")


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    sources = [SHARED / f"{name}.tar.xz" for name in ("pypa", "go-vulndb", "rustsec")]
    if not all(path.exists() for path in sources):
        pytest.skip("../shared/data is absent: engines are compared on made-up advisories alone")
    return files.write(builder.build([builder.Source(path) for path in sources]), tmp_path_factory.mktemp("published"))


@pytest.fixture(params=["bisecting", "columnar", "postgresql"])
def engine_of(request: pytest.FixtureRequest) -> Iterator[object]:
    closing: list[Columnar] = []

    def make(snapshot: Snapshot) -> Engine:
        if request.param == "bisecting":
            return Bisecting(snapshot)
        if request.param == "columnar":
            closing.append(Columnar(snapshot))
            return closing[-1]
        return PostgreSQL(snapshot, connection)

    if request.param == "postgresql":
        request.getfixturevalue("db")
        from django.db import connection as django_connection  # noqa: PLC0415 - once settings are there

        if django_connection.vendor != "postgresql":
            pytest.skip("this run is on SQLite; the run on PostgreSQL asks it")
        django_connection.ensure_connection()
        connection = django_connection.connection
    yield make
    for engine in closing:
        engine.close()


def test_on_what_is_hard(made: Snapshot, engine_of: object) -> None:
    every = [asked(package, version) for package, versions in VERSIONS.items() for version in versions]
    assert len(list(defined(made, every))) > 20
    assert list(violations(engine_of(made), made, every)) == []  # type: ignore[operator] # a fixture's function


def test_on_published_advisories_and_the_neighbors_of_their_bounds(published: Snapshot, engine_of: object) -> None:
    chance = random.Random(3)  # noqa: S311 - the same in every run
    near: list[tuple[Package, str]] = []
    for _, package, _, bound in ranges_of(published):
        for text in filter(None, (bound.introduced, bound.fixed, bound.last_affected)):
            near += [(package, text), (package, f"{text}.1"), (package, f"{text}-1")]
    near += [(package, version) for package, version, _ in listed_of(published)]
    every = [asked(package, version) for package, version in chance.sample(sorted(set(near), key=str), 4_000)]
    assert len(list(defined(published, every))) > 2_000
    assert list(violations(engine_of(published), published, every)) == []  # type: ignore[operator] # a fixture's function


def test_the_contract_finds_an_engine_that_is_wrong(made: Snapshot) -> None:
    class Careless(Bisecting):
        def candidates(self, asked: object) -> Iterator[object]:  # type: ignore[override] # wrong on purpose
            rows = list(super().candidates(asked))  # type: ignore[arg-type] # wrong on purpose
            yield from rows[1:]
            yield rows[2]
            yield rows[1]._replace(asked=len(every) - 1)

    every = [asked(package, version) for package, versions in VERSIONS.items() for version in versions]
    said = " ".join(violations(Careless(made), made, every))  # type: ignore[arg-type] # wrong on purpose
    assert "misses" in said
    assert "twice" in said
    assert "is not covered" in said


def test_a_sweep_over_components_gives_the_pairs_that_the_definition_gives(made: Snapshot) -> None:
    every = [asked(package, version) for package, versions in VERSIONS.items() for version in versions]
    components = [one for one in every for _ in range(3)]
    with Columnar(made) as engine:
        parquet = write_components(engine, components)
        swept = engine.sweep(parquet, engine.scratch / "findings.parquet")
        rows = engine.read(engine.scratch / "findings.parquet")
    expected = {(place * 3 + copy, advisory) for place, advisory, _ in defined(made, every) for copy in range(3)}
    assert set(rows) == expected
    assert len(rows) == len(expected) == swept.findings
    assert swept.components == len(components)


def write_components(engine: Columnar, components: list[Asked]) -> Path:
    rows = [(number, one.package.ecosystem, one.package.name, one.version) for number, one in enumerate(components)]
    path = engine.scratch / "components.parquet"
    engine.write(rows, path)
    return path
