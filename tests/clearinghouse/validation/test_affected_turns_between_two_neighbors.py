"""Between which two releases a proof stops working, on a registry of this test's own; and what that tells of two proofs."""

from collections.abc import Callable
from pathlib import Path

import pytest

from seawall.clearinghouse.deduplication import fixes
from seawall.clearinghouse.deduplication.trying import try_pair
from seawall.clearinghouse.deduplication.types import Zone
from seawall.clearinghouse.validation.affected.turning import turn
from seawall.clearinghouse.validation.sandboxes.interface import Provider

from .conftest import PIER_FLAWED, Proof, _put_wheel

pytestmark = pytest.mark.sandbox
LABEL_MENDED = PIER_FLAWED.replace("return eval(text)", "return __import__('ast').literal_eval(text)")
BOTH_MENDED = LABEL_MENDED.replace('return Path("/", name).read_text()', 'return "the harbor\'s own"')
NEW = "\n".join(f"def crane_{number}(load):\n    return load * {number}\n" for number in range(30))
RELEASES = {
    "0.8": BOTH_MENDED,
    "1.0": PIER_FLAWED,
    "1.1": PIER_FLAWED.replace("count += 1", "count = count + 1"),
    "1.2": "import gangway_that_is_not_there\n",
    "1.3": LABEL_MENDED,
    "1.4": LABEL_MENDED,
    "2.0rc1": PIER_FLAWED,
    "2.0": BOTH_MENDED,
    "3.0": BOTH_MENDED.replace("def let_in", f"{NEW}\ndef let_in"),
}
"""Of pier: 1.3 mends ``label`` (1.2 cannot be loaded), 2.0 ``load``."""
READ = "import sys, pathlib, pier\ntext = pathlib.Path(sys.argv[1]).read_text().strip()\n"
LABEL = Proof(driver=READ + "try: print(pier.label(text))\nexcept ValueError: print('no')\n", target={"fixed": "3.0"})
LOAD = Proof(
    driver=READ + "print(pier.load(text))\n",
    input="@@SECRET_FILE@@",
    control="etc/passwd",
    failure="file-disclosure",
    oracle={"kind": "secret-read"},
    target={"fixed": "3.0"},
)

Save = Callable[[str, Proof], Path]


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Installed versions and answers of this module."""
    return tmp_path_factory.mktemp("turns")


@pytest.fixture
def save(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Save:
    """Writes a bundle; the installer knows nothing but the releases above."""
    for version, source in RELEASES.items():
        _put_wheel(tmp_path / "index", "pier", version, source)
    monkeypatch.setenv("UV_DEFAULT_INDEX", (tmp_path / "index").as_uri())
    monkeypatch.setenv("HOME", str(tmp_path))

    def write(name: str, proof: Proof) -> Path:
        (tmp_path / name).write_bytes(proof.zip())
        return tmp_path / name

    return write


def _with(proof: Proof, **target: str) -> Proof:
    return Proof(**{**vars(proof), "target": target})


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ({"fixed": "3.0"}, ("1.1", "1.3")),  # what cannot be loaded in between says nothing
        ({"fixed": "0.8"}, ("1.1", "1.3")),  # mended in an older line: newer ones are looked at
        ({"vulnerable": "1.1", "fixed": "1.3"}, None),  # they name it themselves
    ],
)
def test_the_two_neighbors_are_found(
    target: dict[str, str], expected: object, save: Save, shared: Path, bubblewrap: Provider
) -> None:
    proof = save("label.zip", _with(LABEL, **target))
    assert turn(proof, cache=shared, key=_order(), sandbox=bubblewrap) == expected


def test_few_tries_tell_what_they_can(save: Save, shared: Path, bubblewrap: Provider) -> None:
    proof = save("load.zip", LOAD)
    assert turn(proof, cache=shared, key=_order(), sandbox=bubblewrap) == ("1.4", "2.0")
    assert turn(proof, cache=shared, key=_order(), sandbox=bubblewrap, tries=1) == ("1.3", "3.0")


@pytest.mark.long
def test_two_flaws_mended_one_after_the_other_are_two(save: Save, shared: Path, bubblewrap: Provider) -> None:
    tried = try_pair(save("label.zip", LABEL), save("load.zip", LOAD), cache=shared, sandbox=bubblewrap)
    assert tried.zone is Zone.DIFFERENT, tried.to_json()
    assert "works on 1.3, which has the fix of the other" in tried.forward.why


@pytest.mark.long
def test_one_flaw_is_one_however_far_apart_the_versions_are(save: Save, shared: Path, bubblewrap: Provider) -> None:
    again = Proof(
        driver=READ + "try: print([pier.label(text)])\nexcept ValueError: print('none')\n", target=LABEL.target
    )
    tried = try_pair(save("label.zip", LABEL), save("again.zip", again), cache=shared, sandbox=bubblewrap)
    assert tried.zone is Zone.SAME, tried.to_json()
    assert "crane" not in tried.forward.diff


def _order() -> Callable[[str], bytes | None]:
    order = fixes.order("pkg:pypi/pier")
    assert order is not None
    return order
