"""A stranger's diff is read and put in exactly, or refused with its reason; nothing hostile in it is believed or waited for."""

import difflib
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from seawall.clearinghouse.validation.patches import applying, placing, reading
from seawall.clearinghouse.validation.patches.errors import PatchRefused
from seawall.clearinghouse.validation.patches.placing import Layout

HEAD = b"--- a/pier.py\n+++ b/pier.py\n"
ONE = HEAD + b"@@ -1 +1 @@\n-x\n+y\n"

REFUSED: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", "changes nothing"),
    "words": (b"please delete line 3\n", "changes nothing"),
    "a hunk without a file": (b"@@ -1 +1 @@\n-x\n+y\n", "cannot be read"),
    "a hunk that is shorter than it says": (HEAD + b"@@ -1,9 +1,9 @@\n-x\n+y\n", "cannot be read"),
    "numbers beyond counting": (HEAD + b"@@ -" + b"9" * 900 + b" +1 @@\n-x\n+y\n", "beyond line"),
    "numbers that Python does not read": (HEAD + b"@@ -1," + b"9" * 5000 + b" +1 @@\n-x\n+y\n", "names files"),
    "an absolute path": (b"--- /etc/passwd\n+++ /etc/passwd\n@@ -1 +1 @@\n-x\n+y\n", "does not stay inside"),
    "a path that climbs": (ONE.replace(b"pier.py", b"../../pier.py"), "does not stay inside"),
    "a path that climbs later": (ONE.replace(b"b/pier.py", b"b/x/../../../pier.py"), "does not stay inside"),
    "a path of Windows": (ONE.replace(b"pier.py", b"C:\\pier.py"), "does not stay inside"),
    "a home": (ONE.replace(b"a/pier.py", b"~/pier.py"), "does not stay inside"),
    "git's own folder": (ONE.replace(b"pier.py", b".git/hooks/pre-commit"), "does not stay inside"),
    "a name that reads backwards": (ONE.replace(b"pier.py", "pi\u202eer.py".encode()), "does not stay inside"),
    "a quoted name": (ONE.replace(b"a/pier.py", b'"a/pi\\303\\251r.py"'), "needs quoting"),
    "a link": (
        b"diff --git a/x b/x\nnew file mode 120000\n--- /dev/null\n+++ b/x\n@@ -0,0 +1 @@\n+/etc\n\\ No newline at end of file\n",
        "a link",
    ),
    "a submodule": (
        b"diff --git a/x b/x\nindex 1..2 160000\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n-Subproject commit 1\n+Subproject commit 2\n",
        "submodule",
    ),
    "a program that becomes another": (b"diff --git a/x b/x\nold mode 100644\nnew mode 104755\n", "odd"),
    "only a mode": (b"diff --git a/x b/x\nold mode 100644\nnew mode 100755\n", "changes nothing"),
    "a copy": (b"diff --git a/x b/y\nsimilarity index 100%\ncopy from x\ncopy to y\n", "copies"),
    "a binary file": (b"diff --git a/x.png b/x.png\nBinary files a/x.png and b/x.png differ\n", "binary"),
    "a binary patch": (b"diff --git a/x b/x\nGIT binary patch\nliteral 1\nIcmZPo000310RR91\n", "binary"),
    "bytes": (ONE.replace(b"+y", b"+\0"), "no text"),
    "a merge": (b"diff --cc x\n--- a/x\n+++ b/x\n@@@ -1,1 -1,1 +1,1 @@@\n- x\n -y\n++z\n", "combined"),
    "one file twice": (ONE + ONE, "twice"),
    "too many bytes": (ONE + b"\n" * reading.PATCH_MAX, "MiB"),
    "too many lines": (ONE + b"\n" * reading.LINES_MAX, "lines"),
    "too many files": (b"".join(ONE.replace(b"pier", b"p%d" % n) for n in range(reading.FILES_MAX + 1)), "files"),
    "a long header": (b"diff --git " + b"a://b " * 40_000 + b"\n" + ONE, "names files"),
}


@pytest.mark.parametrize(("data", "why"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_taken_is_refused_in_no_time(data: bytes, why: str) -> None:
    started = time.process_time()
    with pytest.raises(PatchRefused, match=why):
        _apply(data, b"x\n")
    assert time.process_time() - started < 2


def _apply(data: bytes, content: bytes) -> tuple[bytes, tuple[str, ...]]:
    [change] = reading.read(data)
    after, _, notes = applying.apply(content, change.hunks, "pier.py")
    return after, notes


@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    for whole in (data, HEAD + data, HEAD + b"@@ -1,2 +1,2 @@\n" + data):
        try:
            reading.read(whole)
        except PatchRefused as error:
            assert str(error)  # noqa: PT017 - it is an answer, not a failure


TEXT = st.lists(
    st.sampled_from(["a", "b", "c", "", " a", "\x0c", "\u2028x", "--- q", "+++ q", "@@ -1 +1 @@"]), max_size=12
)


@settings(max_examples=400, deadline=None)
@given(TEXT, TEXT, st.booleans(), st.booleans(), st.sampled_from([0, 1, 3]))
def test_a_diff_of_two_texts_makes_the_one_of_the_other(
    old: list[str], new: list[str], old_ends: bool, new_ends: bool, around: int
) -> None:
    before = "".join(f"{line}\n" for line in old).removesuffix("" if old_ends else "\n")
    after = "".join(f"{line}\n" for line in new).removesuffix("" if new_ends else "\n")
    lines = [list(difflib.unified_diff(_kept(before), _kept(after), "a/pier.py", "b/pier.py", n=around))]
    text = "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines[0])
    if not text or not before:
        return  # the same, or a new file
    assert _apply(text.encode(), before.encode())[0] == after.encode()


def _kept(text: str) -> list[str]:
    return [f"{line}\n" for line in text.split("\n")[:-1]] + (
        [text.rpartition("\n")[2]] if text.rpartition("\n")[2] else []
    )


def test_a_hunk_that_lies_elsewhere_is_found_and_said() -> None:
    patch = HEAD + b"@@ -1,3 +1,3 @@\n a\n-b\n+B\n c\n"
    after, notes = _apply(patch, b"new\nnew\na\nb\nc\n")
    assert after == b"new\nnew\na\nB\nc\n"
    assert notes == ("hunk 1 lies 2 lines further down",)
    after, notes = _apply(patch, b"other\nb\nc\n")
    assert (after, notes) == (b"other\nB\nc\n", ("hunk 1 fits with 1 lines of context that differ",))
    after, notes = _apply(patch, b"a\r\nb\r\nc\r\n")
    assert (after, notes) == (b"a\r\nB\r\nc\r\n", ())
    assert _apply(patch.replace(b"\n", b"\r\n"), b"a\nb\nc\n")[0] == b"a\nB\nc\n"


@pytest.mark.parametrize(
    ("content", "why"),
    [(b"a\nx\nc\n", "has no such place"), (b"a\nB\nc\n", "in the target already"), (b"", "has no such place")],
)
def test_a_hunk_that_fits_nowhere_is_refused(content: bytes, why: str) -> None:
    with pytest.raises(PatchRefused, match=why):
        _apply(HEAD + b"@@ -1,3 +1,3 @@\n a\n-b\n+B\n c\n", content)


def test_a_file_of_equal_lines_does_not_take_hours() -> None:
    hunk = b"@@ -1,30 +1,30 @@\n" + b" a\n" * 29 + b"-b\n+c\n"
    started = time.process_time()
    with pytest.raises(PatchRefused, match=r"Too many places|has no such place"):
        _apply(HEAD + hunk, b"a\n" * 500_000)
    assert time.process_time() - started < 10


@pytest.fixture
def where(tmp_path: Path) -> Layout:
    files = {"pier/core.py": "x\n", "pier/sub/deep.py": "x\n", "pier/tests/test_core.py": "x\n", "single.py": "x\n"}
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return Layout(tmp_path, frozenset(files), flat=False, proof=frozenset({"proof.toml", "driver.py", "input.txt"}))


def _placed(where: Layout, *parts: bytes) -> placing.Applied:
    return placing.apply(reading.read(b"".join(parts)), where)


def _edit(path: str) -> bytes:
    return f"--- a/{path}\n+++ b/{path}\n@@ -1 +1 @@\n-x\n+y\n".encode()


def _new(path: str) -> bytes:
    return f"--- /dev/null\n+++ b/{path}\n@@ -0,0 +1 @@\n+y\n".encode()


@pytest.mark.parametrize(
    ("path", "means"),
    [
        ("pier/core.py", "pier/core.py"),
        ("src/pier/core.py", "pier/core.py"),
        ("python/lib/src/pier/sub/deep.py", "pier/sub/deep.py"),
        ("single.py", "single.py"),
    ],
)
def test_leading_folders_are_left_off_until_a_file_is_found(where: Layout, path: str, means: str) -> None:
    assert [file.path for file in _placed(where, _edit(path)).files] == [means]


def test_two_folders_that_were_compared_name_one_file(where: Layout) -> None:
    patch = b"--- pier-1.0/pier/core.py\t2026-11-26\n+++ pier-1.1/pier/core.py\t2026-11-26\n@@ -1 +1 @@\n-x\n+y\n"
    assert [(file.path, file.after) for file in _placed(where, patch).files] == [("pier/core.py", b"y\n")]


def test_what_is_none_of_the_targets_code_is_left_out_and_named(where: Layout) -> None:
    applied = _placed(
        where,
        _edit("src/pier/core.py"),
        _edit("CHANGES.rst"),
        _edit("docs/conf.py"),
        _edit("pier/tests/test_core.py"),
        _new("tests/test_new.py"),
        _edit("src/other/thing.py"),
        _new("src/pier/sub/added.py"),
        _new("sitecustomize.py"),
    )
    assert [file.path for file in applied.files] == ["pier/core.py", "pier/sub/added.py"]
    assert applied.left_out == ("CHANGES.rst", "docs/conf.py")
    assert applied.tests == ("pier/tests/test_core.py", "tests/test_new.py")
    assert applied.old_tests == ("pier/tests/test_core.py",)
    assert applied.code_left_out == ("src/other/thing.py", "sitecustomize.py")


@pytest.mark.parametrize(
    ("parts", "why"),
    [
        ([_edit("driver.py")], "the proof's or the harness's"),
        ([_edit("pier/core.py"), _edit("input.txt")], "the proof's or the harness's"),
        ([_edit("pier/core.py"), _new("seawall/launch.py")], "the proof's or the harness's"),
        ([_edit("pier/core.py"), _edit("src/pier/core.py")], "the same file"),
        ([_edit("pier/tests/test_core.py")], "no file of the target"),
        ([_edit("pier/core.py"), _new("pier/sub/deep.py")], "in the target already"),
        ([_new("json.py")], "no file of the target"),
        ([b"--- a/pier/core.py\n+++ /dev/null\n@@ -1 +0,0 @@\n-z\n"], "does not fit"),
        ([b"diff --git a/pier/core.py b/json.py\nrename from pier/core.py\nrename to json.py\n"], "cannot be renamed"),
    ],
)
def test_what_a_patch_may_not_touch_refuses_it_whole(where: Layout, parts: list[bytes], why: str) -> None:
    with pytest.raises(PatchRefused, match=why):
        _placed(where, *parts)


def test_a_link_in_the_target_is_no_file_of_it(tmp_path: Path) -> None:
    (tmp_path / "real.py").write_text("x\n")
    (tmp_path / "link.py").symlink_to("real.py")
    assert placing._below(tmp_path, "") == ["real.py"]
