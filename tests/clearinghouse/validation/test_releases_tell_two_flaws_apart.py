"""A release that has one fix and on which another proof works tells two flaws apart; what takes a feature away tells nothing."""

import difflib
from collections.abc import Callable
from pathlib import Path

import pytest

from seawall.clearinghouse.deduplication.fixes import later, of_one_line
from seawall.clearinghouse.deduplication.trying import try_pair
from seawall.clearinghouse.deduplication.types import Zone
from seawall.clearinghouse.validation.patches import judging
from seawall.clearinghouse.validation.sandboxes.interface import Provider

from . import conftest
from .conftest import PIER_FLAWED, Proof

pytestmark = pytest.mark.sandbox
READ = "import sys, pathlib, pier\ntext = pathlib.Path(sys.argv[1]).read_text().strip()\n"
MENDED = PIER_FLAWED.replace("return eval(text)", "return __import__('ast').literal_eval(text)")
BOTH = MENDED.replace('return Path("/", name).read_text()', 'return ""')
READING = Proof(
    driver=READ + "print(pier.load(text))\n",
    input="@@SECRET_FILE@@",
    control="etc/passwd",
    failure="file-disclosure",
    oracle={"kind": "secret-read"},
)
LABEL = Proof(driver=READ + "try: print(pier.label(text))\nexcept ValueError: print('no')\n")

Save = Callable[[str, Proof], Path]


@pytest.fixture
def save(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Save:
    """Writes a bundle; pier 1.0.5 has the fix of ``label`` and nothing else."""
    index = tmp_path / "index"
    for version, source in (("1.0", PIER_FLAWED), ("1.0.5", MENDED), ("1.1", BOTH)):
        conftest._put_wheel(index, "pier", version, source)
    monkeypatch.setenv("UV_DEFAULT_INDEX", index.as_uri())
    monkeypatch.setenv("HOME", str(tmp_path))

    def write(name: str, proof: Proof) -> Path:
        (tmp_path / name).write_bytes(proof.zip())
        return tmp_path / name

    return write


@pytest.mark.long
def test_a_fix_that_is_out_leaves_the_other_proof_working(save: Save, tmp_path: Path, bubblewrap: Provider) -> None:
    first = save("first.zip", Proof(driver=LABEL.driver, target={"fixed": "1.0.5"}))
    second = save("second.zip", READING)
    asked = {"cache": tmp_path / "cache", "sandbox": bubblewrap}
    assert judging.works_where_fixed(first, second, **asked) == "1.0.5"
    assert judging.works_where_fixed(second, first, **asked) == ""
    tried = try_pair(first, second, **asked)
    assert (tried.zone, tried.forward.answer) == (Zone.DIFFERENT, False), tried.to_json()


@pytest.mark.long
def test_a_flaw_that_was_over_before_the_other_is_another(save: Save, tmp_path: Path, bubblewrap: Provider) -> None:
    older = save("older.zip", LABEL)
    newer = save("newer.zip", Proof(**{**vars(READING), "target": {"vulnerable": "1.0.5"}}))
    asked = {"cache": tmp_path / "cache", "sandbox": bubblewrap}
    assert judging.over_on(older, newer, **asked)
    tried = try_pair(newer, older, **asked)
    assert tried.zone is Zone.DIFFERENT, tried.to_json()
    assert "works on 1.0.5, which has the fix of the other" in tried.backward.why


def test_a_later_release_may_refuse_a_proof_in_other_words(save: Save, tmp_path: Path, bubblewrap: Provider) -> None:
    conftest._put_wheel(tmp_path / "index", "pier", "1.0.7", MENDED.replace("def label", "print('seven')\ndef label"))
    older = save("older.zip", Proof(**{**vars(LABEL), "target": {"fixed": "1.0.5"}}))
    newer = save("newer.zip", Proof(**{**vars(READING), "target": {"vulnerable": "1.0.7"}}))
    asked = {"cache": tmp_path / "cache", "sandbox": bubblewrap}
    assert not judging.over_on(older, newer, **asked)
    assert judging.over_on(older, newer, strictly=False, **asked)
    assert not judging.over_on(newer, older, strictly=False, **asked)


def test_what_takes_the_feature_away_is_no_yes(save: Save, tmp_path: Path, bubblewrap: Provider) -> None:
    proof = save("reading.zip", READING)
    gone = PIER_FLAWED.replace('return Path("/", name).read_text()', 'return ""')
    diff = "".join(
        difflib.unified_diff(
            PIER_FLAWED.splitlines(keepends=True), gone.splitlines(keepends=True), "a/pier.py", "b/pier.py"
        )
    ).encode()
    asked = {"cache": tmp_path / "cache", "sandbox": bubblewrap}
    assert judging.stopping(judging.Patch(diff), proof, **asked).answer is True
    found = judging.stopping_strictly([diff], proof, **asked)
    assert (found[0].answer, found[0].control_kept) == (True, False)  # as in the release, which takes it away too


@pytest.mark.parametrize(
    ("package", "version", "than", "expected"),
    [
        ("pkg:npm/mpath", "0.8.3", "0.4.1", True),
        ("pkg:npm/mpath", "0.4.1", "0.8.3", False),
        ("pkg:npm/mpath", "0.8.3", "0.8.3", False),
        ("pkg:pypi/pier", "1.10", "1.9", True),
        ("pkg:nothing/crane", "2.0", "1.0", False),
        ("pkg:npm/mpath", "no version", "0.4.1", False),
    ],
)
def test_what_comes_later_is_asked_of_the_packages_own_order(
    package: str, version: str, than: str, expected: bool
) -> None:
    assert later(package, version, than) is expected


@pytest.mark.parametrize(
    ("version", "fixed", "expected"),
    [
        ("4.4.0", "4.2.4", True),
        ("4.2.4", "4.2.4", True),
        ("4.2.3", "4.2.4", False),
        ("5.0.0", "4.2.4", False),
        ("0.8.3", "0.8.1", True),
        ("0.8.3", "0.4.1", False),
        ("no version", "0.4.1", False),
        ("4.x", "4.2.4", False),
    ],
)
def test_a_later_release_of_one_line_has_what_was_mended_before(version: str, fixed: str, expected: bool) -> None:
    assert of_one_line("pkg:npm/mpath", version, fixed) is expected


OLD_LINE = PIER_FLAWED.replace("return eval(text)", "\n    return eval(text)")
NEW_LINE = PIER_FLAWED.replace(
    "return eval(text)", "\n    text = text if 'import' not in text else '0'\n    told = eval(text)\n    return told"
)
CHECK = "    __import__('ast').literal_eval(text)\n"


@pytest.mark.long
@pytest.mark.parametrize("again", [CHECK, CHECK.replace("(text)", "(text.strip())")], ids=["same words", "other words"])
def test_two_lines_of_releases_meet_where_one_fix_was_backported(
    tmp_path: Path, save: Save, bubblewrap: Provider, again: str
) -> None:
    for version, source in (
        ("1.6", OLD_LINE),
        ("1.7", OLD_LINE.replace("    return eval", f"{CHECK}    return eval")),
        ("2.0", NEW_LINE),
        ("2.1", NEW_LINE.replace("    told = eval", f"{again}    told = eval")),
    ):
        conftest._put_wheel(tmp_path / "index", "pier", version, source)
    importing = "__import__('pathlib').Path('@@CANARY_FILE@@').write_text('@@CANARY_TOKEN@@')\n"
    old = {"target": {"vulnerable": "1.6", "fixed": "1.7"}, "input": importing}  # 2.0 refuses the word
    new = {"target": {"vulnerable": "2.0", "fixed": "2.1"}}
    older, newer = (save(f"{one['target']['fixed']}.zip", Proof(**{**vars(LABEL), **one})) for one in (old, new))
    tried = try_pair(older, newer, cache=tmp_path / "cache", sandbox=bubblewrap)
    assert tried.zone is Zone.SAME, tried.to_json()


@pytest.mark.long
@pytest.mark.parametrize("another", [False, True])
def test_a_fix_is_carried_over_to_a_line_of_another_interface(
    tmp_path: Path, save: Save, bubblewrap: Provider, another: bool
) -> None:
    old = PIER_FLAWED.replace("return eval(text)", "\n    return eval(text)")
    # In 2.0 every name of the interface is another one, and a second function reads text in the same way.
    new = old.replace("def label(text)", "def tag(word)").replace("return eval(text)", "return eval(word)")
    new += "def crest(word, color):\n    color = color.strip()\n    return eval(word)\n"
    second = new.replace("color.strip()\n    return eval", "color.strip()\n    return __import__('ast').literal_eval")
    first = new.replace("tag(word): \n    return eval", "tag(word): \n    return __import__('ast').literal_eval")
    for version, source in (
        ("1.6", old),
        ("1.7", old.replace("return eval(text)", "return __import__('ast').literal_eval(text)")),
        ("2.0", new),
        ("2.1", second if another else first),
    ):
        conftest._put_wheel(tmp_path / "index", "pier", version, source)
    called = "crest(text, 'red')" if another else "tag(text)"
    driver = LABEL.driver.replace("label(text)", called)
    older = save("older.zip", Proof(**{**vars(LABEL), "target": {"vulnerable": "1.6", "fixed": "1.7"}}))
    newer = save(
        "newer.zip", Proof(**{**vars(LABEL), "driver": driver, "target": {"vulnerable": "2.0", "fixed": "2.1"}})
    )
    tried = try_pair(older, newer, cache=tmp_path / "cache", sandbox=bubblewrap)
    assert tried.zone is (Zone.ASK if another else Zone.SAME), tried.to_json()
    assert another or "Carried over to 2.0" in tried.forward.why


@pytest.mark.long
def test_a_later_flaw_at_the_place_of_an_older_one_is_not_merged(
    tmp_path: Path, save: Save, bubblewrap: Provider
) -> None:
    # 2.0 has the check that mended 1.6, and 2.1 adds another, which would have stopped the older attack as well.
    check = "    if {word!r} in {name}: raise ValueError\n"
    old = PIER_FLAWED.replace("return eval(text)", "\n    return eval(text)")
    new = old.replace("def label(text): \n", "def tag(word): \n" + check.format(word="import", name="word"))
    new = new.replace("return eval(text)", "return eval(word)")
    for version, source in (
        ("1.6", old),
        ("1.7", old.replace("label(text): \n", "label(text): \n" + check.format(word="import", name="text"))),
        ("2.0", new),
        ("2.1", new.replace("    return eval(word)", check.format(word="open", name="word") + "    return eval(word)")),
    ):
        conftest._put_wheel(tmp_path / "index", "pier", version, source)
    importing = "__import__('io').open('@@CANARY_FILE@@', 'w').write('@@CANARY_TOKEN@@')\n"
    older = save(
        "older.zip", Proof(**{**vars(LABEL), "input": importing, "target": {"vulnerable": "1.6", "fixed": "1.7"}})
    )
    driver = LABEL.driver.replace("label(text)", "tag(text)")
    newer = save(
        "newer.zip", Proof(**{**vars(LABEL), "driver": driver, "target": {"vulnerable": "2.0", "fixed": "2.1"}})
    )
    for one, other in ((older, newer), (newer, older)):
        tried = try_pair(one, other, cache=tmp_path / "cache", sandbox=bubblewrap)
        assert tried.zone is not Zone.SAME, tried.to_json()


@pytest.mark.long
def test_two_proofs_without_a_control_are_not_merged(save: Save, tmp_path: Path, bubblewrap: Provider) -> None:
    again = Proof(**{**vars(LABEL), "control": None, "driver": LABEL.driver + "print('tide')\n"})
    blind = save("blind.zip", Proof(**{**vars(LABEL), "control": None}))
    asked = {"cache": tmp_path / "cache", "sandbox": bubblewrap}
    tried = try_pair(blind, save("again.zip", again), **asked)
    assert tried.zone is Zone.ASK, tried.to_json()
    assert "Neither proof brings a benign control" in tried.sentence
    assert (
        try_pair(blind, save("seeing.zip", Proof(**{**vars(again), "control": LABEL.control})), **asked).zone
        is Zone.SAME
    )
