"""``seawall affected`` on a registry of this test's own: flaws that come and go, and versions that cannot be tried."""

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from seawall.clearinghouse.matching.ecosystems.registry import of_name
from seawall.clearinghouse.validation.affected.errors import NothingToScan
from seawall.clearinghouse.validation.affected.running import Wishes, affected
from seawall.clearinghouse.validation.affected.types import Affected, Budget, State
from seawall.clearinghouse.validation.errors import Infrastructure, SandboxUnavailable
from seawall.clearinghouse.validation.sandboxes.interface import Provider
from seawall.doors.cli import affected as door
from seawall.foundation.platform.errors import Unavailable

from .conftest import PIER_FIXED, PIER_FLAWED, Proof, _put_wheel

WITHOUT_LABEL = PIER_FLAWED.replace("def label(text)", "def caption(text)")
RELEASES = {
    "0.9": WITHOUT_LABEL,
    "1.0": PIER_FLAWED,
    "1.1": PIER_FLAWED,
    "1.2": PIER_FIXED,
    "1.3": PIER_FIXED,
    "2.0rc1": PIER_FLAWED,
    "2.0": PIER_FLAWED,
    "2.1": "import gangway_that_is_not_there\n",
    "2.2": PIER_FIXED,
}
"""Of pier: fixed in 1.2 and again in 2.2, because 2.0 was made before; 1.4 has files for another Python only."""


@pytest.fixture(scope="module")
def harbor(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The index."""
    folder = tmp_path_factory.mktemp("harbor")
    for version, source in RELEASES.items():
        _put_wheel(folder, "pier", version, source)
    wheels = folder / "pier"
    (wheels / "pier-1.4-cp27-cp27m-win32.whl").write_bytes((wheels / "pier-1.3-py3-none-any.whl").read_bytes())
    links = "".join(
        f'<a href="{path.name}"{" data-yanked" if "-1.3-" in path.name else ""}>{path.name}</a>'
        for path in sorted(wheels.glob("*.whl"))
    )
    (wheels / "index.html").write_text(f"<!DOCTYPE html><html><body>{links}</body></html>", encoding="ascii")
    return folder


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Installed versions and answers, shared by the tests of this module."""
    return tmp_path_factory.mktemp("versions")


@dataclass
class Scan:
    """``scan(proof, ...)`` runs it over the versions on the index."""

    cache: Path
    sandbox: Provider
    place: Path

    def bundle(self, proof: Proof | Path) -> Path:
        if isinstance(proof, Path):
            return proof
        (self.place / "proof.zip").write_bytes(proof.zip())
        return self.place / "proof.zip"

    def __call__(self, proof: Proof | Path, wishes: Wishes | None = None, **more: Any) -> Affected:
        order = of_name("PyPI")
        assert order is not None
        return affected(
            self.bundle(proof),
            cache=self.cache,
            key=door.key_of(order),
            ecosystem="PyPI",
            wishes=wishes,
            sandbox=self.sandbox,
            **more,
        )


@pytest.fixture
def scan(
    harbor: Path,
    cache: Path,
    bubblewrap: Provider,
    tmp_path: Path,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Scan]:
    monkeypatch.setenv("UV_DEFAULT_INDEX", harbor.as_uri())
    monkeypatch.setenv("HOME", str(tmp_path_factory.getbasetemp()))
    yield Scan(cache, bubblewrap, tmp_path)
    assert {path.name for path in tmp_path.iterdir()} <= {"proof.zip", "data", "advisory.json"}


def states(found: Affected) -> dict[str, str]:
    return {outcome.release.version: outcome.state.value for outcome in found.outcomes}


EXPECTED = {
    "0.9": "untestable",
    "1.0": "affected",
    "1.1": "affected",
    "1.2": "not-triggered",
    "1.3": "not-triggered",
    "1.4": "untestable",
    "2.0rc1": "affected",
    "2.0": "affected",
    "2.1": "untestable",
    "2.2": "not-triggered",
}


@pytest.mark.sandbox
def test_a_flaw_that_comes_back_is_found_with_all_that_cannot_be_tried(scan: Scan) -> None:
    found = scan(Proof(), Wishes(jobs=2))
    assert states(found) == EXPECTED
    assert found.complete
    assert found.events == (
        ("introduced", "0"),
        ("fixed", "1.2"),
        ("introduced", "1.4"),
        ("fixed", "2.2"),
    )
    assert found.seen == (
        ("introduced", "1.0"),
        ("fixed", "1.2"),
        ("introduced", "2.0rc1"),
        ("last_affected", "2.0"),
    )
    assert found.versions == ("1.0", "1.1", "2.0rc1", "2.0")
    assert found.signature == "effect/1:code-execution@pier.label"
    by_version = {outcome.release.version: outcome for outcome in found.outcomes}
    assert "no attribute 'label'" in by_version["0.9"].evidence
    assert "cannot be installed" in by_version["1.4"].evidence
    assert "gangway_that_is_not_there" in by_version["2.1"].evidence
    assert by_version["1.3"].release.withdrawn == "yanked"
    assert by_version["2.0rc1"].release.prerelease
    for version in ("1.0", "1.1", "1.2", "2.0", "2.2"):
        trial = by_version[version].trial
        assert trial is None or trial.runs in {1, 5}
    beside = [by_version[version].trial for version in ("1.1", "1.2")]
    assert [trial.runs for trial in beside if trial] == [5, 5]


@pytest.mark.sandbox
def test_what_was_run_is_kept_and_a_scan_goes_on_where_it_was(scan: Scan) -> None:
    proof = replace(Proof(), control="'another label'\n")  # a bundle of its own, so that nothing of it is known
    told: list[str] = []
    part = scan(proof, Wishes(budget=Budget(sandbox_runs=12)), progress=lambda *said: told.append(said[2]))
    assert not part.complete
    assert State.NOT_RUN in {outcome.state for outcome in part.outcomes}
    assert told[0] == "1.0, which the proof names"
    whole = scan(proof)
    assert states(whole) == EXPECTED
    told.clear()
    again = scan(proof, Wishes(budget=Budget(sandbox_runs=1)), progress=lambda *said: told.append(said[2]))
    assert again.complete  # nothing had to be run
    assert states(again) == EXPECTED
    assert again.sandbox_runs == whole.sandbox_runs
    every = scan(proof, Wishes(everything=True))
    assert states(every) == EXPECTED
    assert not [outcome for outcome in every.outcomes if outcome.between]


@pytest.mark.sandbox
def test_versions_can_be_named_and_prereleases_left_out(scan: Scan) -> None:
    assert states(scan(Proof(), Wishes(only=("1.2", "2.0")))) == {
        "1.0": "affected",
        "1.2": "not-triggered",
        "2.0": "affected",
    }
    assert "2.0rc1" not in states(scan(Proof(), Wishes(prereleases=False)))
    missing = scan(Proof(), Wishes(only=("7.0",)))
    assert states(missing)["7.0"] == "untestable"


@pytest.mark.sandbox
@pytest.mark.parametrize(
    ("proof", "why"),
    [
        (replace(Proof(), input="'benign'"), "does nothing on pier 1.0"),
        (replace(Proof(), target={"vulnerable": "0.9"}), "cannot be run on pier 0.9.*no attribute 'label'"),
        (replace(Proof(), target={"vulnerable": "3.0"}), "cannot be run on pier 3.0.*cannot be installed"),
    ],
    ids=["silent", "control fails", "no such version"],
)
def test_a_proof_that_does_not_work_where_it_says_says_nothing_anywhere(scan: Scan, proof: Proof, why: str) -> None:
    with pytest.raises(NothingToScan, match=f"(?s){why}"):
        scan(proof)


@pytest.mark.sandbox
def test_a_driver_that_hides_what_is_missing_is_given_away(scan: Scan) -> None:
    hiding = (
        "import sys, pathlib, pier\ntry: print(pier.label(pathlib.Path(sys.argv[1]).read_text().strip()))\n"
        "except AttributeError as error: print('failed', error)\n"
    )
    found = scan(replace(Proof(), driver=hiding), Wishes(only=("0.9", "1.2")))
    by_version = {outcome.release.version: outcome for outcome in found.outcomes}
    assert by_version["0.9"].state is State.NOT_TRIGGERED
    assert "printed something else than on 1.0: \"failed module 'pier'" in by_version["0.9"].evidence
    assert "something else" not in by_version["1.2"].evidence


@pytest.mark.sandbox
def test_a_script_alone_needs_a_package_that_loads(scan: Scan) -> None:
    script = (
        "import os, pier\npier.label(\"open(os.environ['SEAWALL_CANARY_FILE'], 'w')"
        ".write(os.environ['SEAWALL_CANARY_TOKEN'])\".replace('os.', '__import__(\\'os\\').'))\n"
    )
    files = {
        "driver.py": script,
        "proof.toml": Proof(control=None).files()["proof.toml"].replace('input = "input.txt"', ""),
    }
    place = scan.place / "data"
    place.mkdir()
    for name, text in files.items():
        (place / name).write_text(text)
    found = scan(place, Wishes(only=("1.2", "2.1")))
    assert states(found) == {"1.0": "affected", "1.2": "not-triggered", "2.1": "untestable"}
    assert "does not load" in next(one.evidence for one in found.outcomes if one.release.version == "2.1")


Command = Callable[..., Result]


@pytest.fixture
def command(scan: Scan, monkeypatch: pytest.MonkeyPatch) -> Command:
    """``command(proof, *options)`` runs it as a person would."""
    monkeypatch.setattr("seawall.clearinghouse.validation.affected.running.choose", lambda _: scan.sandbox)

    def run(proof: Proof, *options: str) -> Result:
        return CliRunner().invoke(door.affected, [str(scan.bundle(proof)), "--cache", str(scan.cache), *options])

    return run


def advisory(place: Path, *events: tuple[str, str], versions: tuple[str, ...] = ()) -> str:
    ranges = [{"type": "ECOSYSTEM", "events": [{kind: version} for kind, version in events]}]
    package = {"ecosystem": "PyPI", "name": "Pier"}
    affected_part = [{"package": package, "ranges": ranges, "versions": list(versions)}]
    document = {"id": "ADV-1", "modified": "2026-01-01T00:00:00Z", "affected": affected_part}
    path = place / "advisory.json"
    path.write_text(json.dumps(document))
    return str(path)


@pytest.mark.sandbox
def test_a_person_sees_each_branch_and_the_difference_to_a_publication(command: Command, tmp_path: Path) -> None:
    wrong = advisory(tmp_path, ("introduced", "0"), ("fixed", "1.2.1"))
    shown = command(Proof(), "--compare", wrong)
    assert shown.exit_code == 1, shown.output
    for line in (
        "pier (PyPI): 4 affected, 3 not triggered, 3 untestable",
        "0.x  ?      0.9",
        "1.x  ■■□□?  1.0 … 1.4",
        "2.x  ■■?□   2.0rc1 … 2.2",
        "affected  introduced 0, fixed 1.2; introduced 1.4, fixed 2.2",
        "seen      introduced 1.0, fixed 1.2; introduced 2.0rc1, last_affected 2.0",
        "ADV-1 differs: 4 versions agree, 3 differ, 3 not testable.",
        "It names versions that are not released: 1.2.1.",
    ):
        assert line in shown.stdout.replace("▪", "■").replace("▫", "□"), shown.stdout
    right = advisory(tmp_path, ("introduced", "0"), ("fixed", "1.2"), ("introduced", "2.0rc1"), ("fixed", "2.2"))
    agreed = command(Proof(), "--compare", right)
    assert agreed.exit_code == 0
    assert "ADV-1 agrees: 7 versions agree, 0 differ, 3 not testable." in agreed.stdout
    (tmp_path / "advisory.json").write_text(Path(right).read_text().replace("Pier", "quay"))
    other = command(Proof(), "--compare", right)
    assert other.exit_code == 1
    assert "No advisory" in other.stderr


@pytest.mark.sandbox
def test_a_program_gets_json_or_the_affected_part_of_an_osv_record(command: Command, tmp_path: Path) -> None:
    listed = advisory(tmp_path, versions=("1.0", "1.1", "2.0rc1", "2.0", "0.1"))
    answer = json.loads(command(Proof(), "--format", "json", "--compare", listed).stdout)
    assert {one["release"]["version"]: one["state"] for one in answer["outcomes"]} == EXPECTED
    assert all(one["evidence"] for one in answer["outcomes"])
    assert answer["comparisons"][0]["equal"]
    assert answer["comparisons"][0]["not_released"] == ["0.1"]
    part = json.loads(command(Proof(), "--format", "osv").stdout)["affected"][0]
    assert part["package"] == {"ecosystem": "PyPI", "name": "pier", "purl": "pkg:pypi/pier"}
    assert part["ranges"][0]["type"] == "ECOSYSTEM"
    assert part["ranges"][0]["events"][:2] == [{"introduced": "0"}, {"fixed": "1.2"}]
    assert part["versions"] == ["1.0", "1.1", "2.0rc1", "2.0"]
    assert part["database_specific"]["untestable"] == ["0.9", "1.4", "2.1"]


@pytest.mark.sandbox
def test_exit_codes_tell_what_is_wrong(command: Command) -> None:
    assert command(replace(Proof(), input="'benign'")).exit_code == 2
    assert command(replace(Proof(), failure="bad-luck")).exit_code == 2
    cut = command(replace(Proof(), control="'a third'\n"), "--budget", "3", "--budget", "1h")
    assert cut.exit_code == 1
    assert "goes on where it was" in cut.stdout
    assert command(Proof(), "--budget", "soon").exit_code == 2


@pytest.mark.sandbox
def test_text_of_strangers_does_not_reach_the_terminal_raw(command: Command) -> None:
    noisy = "print('\\x1b[2J\\u202e')\n" + Proof().driver
    shown = command(replace(Proof(), driver=noisy), "--version", "0.9")
    assert "untestable" in shown.stdout
    assert "\x1b" not in shown.stdout
    assert "\u202e" not in shown.stdout


@pytest.mark.registry
@pytest.mark.sandbox
@pytest.mark.skipif(shutil.which("npm") is None, reason="node and npm are not installed")
def test_a_published_range_is_found_again(cache: Path, bubblewrap: Provider) -> None:
    bundle = Path(__file__).parents[3] / "corpus" / "npm" / "whereis"
    order = door.order_of(bundle)
    try:
        found = affected(bundle, cache=cache, key=door.key_of(order), ecosystem="npm", sandbox=bubblewrap)
    except Infrastructure as error:
        pytest.skip(f"no package registry is reached: {error}")
    assert found.events == (("introduced", "0"), ("fixed", "0.4.1"))  # CVE-2018-3772


def test_a_machine_without_a_sandbox_says_which_command_helps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise SandboxUnavailable("No sandbox works here, so no proof is run.", "apt-get install bubblewrap")

    monkeypatch.setattr("seawall.clearinghouse.validation.affected.running.choose", refuse)
    (tmp_path / "proof.zip").write_bytes(Proof().zip())
    found = CliRunner().invoke(door.affected, [str(tmp_path / "proof.zip"), "--cache", str(tmp_path / "cache")])
    assert isinstance(found.exception, Unavailable)
    assert "apt-get install bubblewrap" in str(found.exception)
