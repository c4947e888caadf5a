"""SARIF of real tools' shapes is read; hostile and broken documents are refused whole, clearly and cheaply."""

import gzip
import io
import json
import random
import resource
import tracemalloc
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seawall.clearinghouse.deduplication.bulk import reading, streaming
from seawall.clearinghouse.deduplication.bulk.errors import ScanTooLarge
from seawall.clearinghouse.deduplication.bulk.fingerprints import code_of, path_of, words_of
from seawall.clearinghouse.deduplication.bulk.reading import opened, runs
from seawall.clearinghouse.deduplication.bulk.types import Result, RunSummary
from seawall.clearinghouse.intake.errors import NotThisFormat, UnsupportedVersion
from seawall.clearinghouse.scanning.parsing import read_confined
from seawall.foundation.platform.errors import SeawallError
from support import scans

SPOTS = scans.project(12)


def read(data: bytes) -> list[tuple[RunSummary, list[Result]]]:
    return [(summary, list(results)) for summary, results in runs(opened(io.BufferedReader(io.BytesIO(data))))]  # type: ignore[arg-type] # BytesIO reads like a raw file


def one_run(results: Any, **more: Any) -> bytes:
    return scans.document([{"tool": {"driver": {"name": "T"}}, "results": results, **more}])


def only(result: dict[str, Any], **more: Any) -> Result:
    return read(one_run([result], **more))[0][1][0]


@pytest.mark.parametrize("tool", sorted(scans.SHAPES))
def test_every_tools_shape_is_read(tool: str) -> None:
    [(summary, results)] = read(scans.SHAPES[tool](SPOTS))
    assert (summary.tool, summary.complete, len(results)) == (tool.removesuffix(" with code"), True, len(SPOTS))
    assert [(one.path, one.line) for one in results] == [(spot.path, spot.line) for spot in SPOTS]
    assert all(one.title and one.message and one.rule for one in results)
    if tool != "ESLint":
        assert [one.weaknesses for one in results] == [(scans.RULES[spot.rule][1],) for spot in SPOTS]
    assert all(bool(one.code) == (tool not in {"CodeQL", "ESLint"}) for one in results)
    assert all(bool(one.hints) == tool.startswith(("CodeQL", "Semgrep")) for one in results)
    assert {one.level for one in results} == {"warning" if tool == "Semgrep OSS" else "error"}


@pytest.mark.parametrize("tool", sorted(scans.SHAPES))
def test_the_child_says_the_same_packed_or_not(tool: str) -> None:
    data = scans.SHAPES[tool](SPOTS)
    [(summary, results)] = read(data)
    for sent in (data, gzip.compress(data)):
        [run] = read_confined(sent)
        assert run.summary == summary
        assert [json.dumps(row) for row in run.rows()] == [
            json.dumps([getattr(one, name) for name in one.__slots__]) for one in results
        ]


DEEP = b"[" * 100_000
REFUSED: list[tuple[str, bytes, type[SeawallError], str]] = [
    ("nothing", b"", NotThisFormat, "no JSON object"),
    ("a list", b"[]", NotThisFormat, "no JSON object"),
    ("a text", b'"sarif"', NotThisFormat, "no JSON object"),
    ("no runs", b'{"version": "2.1.0"}', NotThisFormat, "no 'runs'"),
    ("runs are a text", b'{"version": "2.1.0", "runs": "x"}', NotThisFormat, "must be a list"),
    ("a run is null", b'{"version": "2.1.0", "runs": [null]}', NotThisFormat, "runs/0 is no object"),
    ("another version", b'{"version": "2.0.0", "runs": []}', UnsupportedVersion, "2.0.0"),
    ("no version", b'{"runs": []}', UnsupportedVersion, "None"),
    ("no tool", b'{"version": "2.1.0", "runs": [{"results": []}]}', NotThisFormat, "which tool"),
    ("a tool without a name", scans.document([{"tool": {"driver": {}}, "results": []}]), NotThisFormat, "which tool"),
    ("a result is a number", one_run([7]), NotThisFormat, "runs/0/results/0"),
    ("cut off", scans.codeql(SPOTS)[:-40], NotThisFormat, "cut off"),
    ("cut off in a text", b'{"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "x', NotThisFormat, "cut off"),
    ("a comma lacks", b'{"version": "2.1.0" "runs": []}', NotThisFormat, "comma"),
    ("more behind it", scans.document([]) + b"{}", NotThisFormat, "goes on"),
    ("a key twice", b'{"version": "2.1.0", "version": "2.1.0", "runs": []}', NotThisFormat, "twice"),
    ("a key twice inside", one_run([]).replace(b'"name": "T"', b'"name": "T", "x": {"a": 1, "a": 2}'), NotThisFormat, "twice"),
    ("not a number", one_run([]).replace(b"[]", b'[{"rank": NaN}]'), NotThisFormat, "NaN"),
    ("a number of 5,000 digits", one_run([]).replace(b"[]", b'[{"rank": ' + b"9" * 5000 + b"}]"), NotThisFormat, "too long"),
    ("Latin-1", one_run([{"message": {"text": "x"}}]).replace(b'"x"', b'"\xe9"'), NotThisFormat, "UTF-8"),
    ("UTF-16", scans.document([]).decode().encode("utf-16"), NotThisFormat, "UTF-8"),
    ("a bad escape in the middle", one_run([{"ruleId": "r"}] * 3000).replace(b'"r"', b'"\\q"', 1), NotThisFormat, "escape"),
    ("deep in a result", one_run([]).replace(b"[]", b'[{"x": ' + DEEP), ScanTooLarge, "nested too deeply"),
    ("deep in the document", b'{"version": "2.1.0", "x": ' + DEEP, ScanTooLarge, "nested too deeply"),
    ("deep objects", b'{"a":' * 100_000, ScanTooLarge, "nested too deeply"),
    ("damaged gzip", gzip.compress(scans.codeql(SPOTS))[:-30], NotThisFormat, "archive"),
    ("gzip of nothing known", b"\x1f\x8b" + b"x" * 50, NotThisFormat, "archive"),
    ("101 runs", scans.document([{"tool": {"driver": {"name": "T"}}}] * 101), ScanTooLarge, "100 runs"),
]  # fmt: skip


@pytest.mark.parametrize(("data", "kind", "word"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_what_is_no_sarif_is_refused_with_the_place(data: bytes, kind: type[SeawallError], word: str) -> None:
    with pytest.raises(kind) as refusal:
        read(data)
    assert word in refusal.value.detail
    assert type(refusal.value) is kind


def test_a_text_of_many_megabytes_is_refused_while_it_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streaming, "VALUE_MAX", 2**20)
    data = one_run([{"message": {"text": "a" * (40 * 2**20)}}])
    source = io.BytesIO(data)
    tracemalloc.start()
    with pytest.raises(ScanTooLarge, match="One value"):
        list(runs(source))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert source.tell() < 8 * 2**20
    assert peak < 32 * 2**20


@pytest.mark.parametrize(
    ("name", "most", "document"),
    [
        ("RESULTS_MAX", 5, one_run([{}] * 6)),
        ("RULES_MAX", 5, scans.document([{"tool": {"driver": {"name": "T", "rules": [{}] * 6}}}])),
        ("PARTS_MAX", 5, one_run([], logicalLocations=[{}] * 6)),
        ("UNPACKED_MAX", 100, gzip.compress(one_run([{"ruleId": "x" * 1000}]))),
    ],
)
def test_limits_hold(monkeypatch: pytest.MonkeyPatch, name: str, most: int, document: bytes) -> None:
    monkeypatch.setattr(reading, name, most)
    if name == "PARTS_MAX":
        key = ("logicalLocations", "[")
        attribute, reduce, _ = reading._GATHERED[key]
        monkeypatch.setitem(reading._GATHERED, key, (attribute, reduce, most))
    with pytest.raises(ScanTooLarge):
        read(document)


def test_a_bomb_costs_a_child_and_nothing_else() -> None:
    packed = gzip.compress(b'{"version": "2.1.0", "x": "' + b"a" * (600 * 2**20), 1)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(ScanTooLarge):
        read_confined(packed)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 64 * 1024


WRONG = [None, 7, "x", [], {}, [None], [7], ["x"], True, 1e300, -1]


@pytest.mark.parametrize("wrong", WRONG, ids=repr)
def test_a_field_of_the_wrong_kind_costs_that_field_only(wrong: Any) -> None:
    whole: dict[str, Any] = {
        "ruleId": "r",
        "ruleIndex": 0,
        "rule": {"index": 0, "toolComponent": {"index": 0}},
        "message": {"text": "m"},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": "a.py"},
                    "region": {"startLine": 3, "snippet": {"text": "c"}},
                },
                "logicalLocations": [{"fullyQualifiedName": "f"}],
            }
        ],
        "partialFingerprints": {"a": "b"},
        "taxa": [{"id": "79"}],
        "codeFlows": [{"threadFlows": [{"locations": []}]}],
        "suppressions": [{"kind": "inSource"}],
        "properties": {"tags": ["CWE-79"]},
    }
    for field in whole:
        assert read(one_run([{**whole, field: wrong}]))[0][0].results == 1
    for field in (
        "artifacts",
        "logicalLocations",
        "taxonomies",
        "originalUriBaseIds",
        "automationDetails",
        "invocations",
    ):
        assert read(one_run([whole], **{field: wrong}))[0][0].results == 1
    for rule in (
        "id",
        "name",
        "shortDescription",
        "defaultConfiguration",
        "relationships",
        "properties",
        "messageStrings",
    ):
        driver = {"name": "T", "rules": [{"id": "r", rule: wrong}], "version": wrong, "globalMessageStrings": wrong}
        assert (
            len(read(scans.document([{"tool": {"driver": driver, "extensions": wrong}, "results": [whole]}]))[0][1])
            == 1
        )


def test_texts_are_fit_for_every_database() -> None:
    found = only({"ruleId": "a\x00b", "message": {"text": "x\ud800\x00y" + "z" * 5000}, "locations": [
        {"physicalLocation": {"artifactLocation": {"uri": "a%00b/\ud800%ff.py"}}}]})  # fmt: skip
    for text in (found.rule, found.message, found.path):
        assert text.encode()
        assert "\x00" not in text
    assert len(found.message) == 2000


def test_rules_are_found_by_index_name_component_and_the_name_wins() -> None:
    rules = [{"id": "a", "shortDescription": {"text": "A"}}, {"id": "b", "shortDescription": {"text": "B"}}]
    other = [{"id": "c", "shortDescription": {"text": "C"}, "messageStrings": {"m": {"text": "said {0} and {9}"}}}]
    results = [
        {"ruleIndex": 1},
        {"ruleId": "a"},
        {"ruleId": "b", "ruleIndex": 0},
        {"ruleId": "a/deep"},
        {"rule": {"index": 0, "toolComponent": {"index": 0}}, "message": {"id": "m", "arguments": ["this"]}},
        {"ruleId": "c", "ruleIndex": 10**12},
        {"ruleId": "unheard of"},
        {},
    ]
    run = {
        "results": results,
        "tool": {"extensions": [{"name": "e", "rules": other}], "driver": {"rules": rules, "name": "T"}},
    }
    found = read(scans.document([run]))[0][1]
    assert [(one.rule, one.title) for one in found] == [
        ("b", "B"), ("a", "A"), ("b", "B"), ("a/deep", "A"), ("c", "C"), ("c", "C"), ("unheard of", ""), ("", ""),
    ]  # fmt: skip
    assert found[4].message == "said this and {9}"


@pytest.mark.parametrize(
    ("result", "level"),
    [
        ({"level": "note"}, "note"),
        ({}, "warning"),
        ({"level": "catastrophic"}, "warning"),
        ({"kind": "review"}, "none"),
        ({"kind": "fail"}, "warning"),
    ],
)
def test_levels_follow_the_standard(result: dict[str, Any], level: str) -> None:
    assert only(result).level == level


def test_what_is_no_finding_is_counted_and_left_out() -> None:
    kinds = [{"kind": "pass"}, {"kind": "notApplicable"}, {"baselineState": "absent"}, {"baselineState": "new"}, {}]
    summary, results = read(one_run(kinds))[0]
    assert len(results) == 2
    assert summary.notes == (
        "1 left out: they are gone since the tool's own baseline.",
        "2 left out: checks that held.",
    )


@pytest.mark.parametrize(
    ("suppressions", "told"),
    [
        ([], ""),
        ([{"kind": "inSource", "justification": "why"}], "inSource: why"),
        ([{"kind": "external", "status": "underReview"}], ""),
        ([{"kind": "external", "status": "rejected"}, {"kind": "external", "status": "accepted"}], "external"),
    ],
)
def test_only_suppressions_in_force_count(suppressions: list[Any], told: str) -> None:
    assert only({"suppressions": suppressions}).suppressed == told


@pytest.mark.parametrize(
    ("run", "why"),
    [
        ({"invocations": [{"executionSuccessful": True}]}, ""),
        ({}, ""),
        (
            {"invocations": [{"executionSuccessful": True}, {"executionSuccessful": False, "exitCode": 2}]},
            "exit code 2",
        ),
        ({"results": None}, "no list of results"),
        ({"externalPropertyFileReferences": {"results": [{"location": {"uri": "x"}}]}}, "other files"),
    ],
)
def test_only_a_whole_run_is_complete(run: dict[str, Any], why: str) -> None:
    [(summary, _)] = read(
        one_run([], **run) if "results" not in run else scans.document([{"tool": {"driver": {"name": "T"}}, **run}])
    )
    assert why in summary.why
    assert summary.complete == (not why)


@pytest.mark.parametrize(
    ("uri", "roots", "prefix", "path"),
    [
        ("src/a.py", [], "", "src/a.py"),
        ("./src//b/../a.py", [], "", "src/a.py"),
        ("src\\win\\a.py", [], "", "src/win/a.py"),
        ("src/with%20blank.py", [], "", "src/with blank.py"),
        ("file:///home/ci/p/src/a.py", ["/home/ci/p"], "", "src/a.py"),
        ("file:///home/ci/p/src/a.py", ["/home/ci", "/home/ci/p"], "", "src/a.py"),
        ("file:///home/ci/pp/src/a.py", ["/home/ci/p"], "", "/home/ci/pp/src/a.py"),
        ("file:///C:/work/src/a.cs", ["/C:/work"], "", "src/a.cs"),
        ("C:\\work\\src\\a.cs", ["/C:/work"], "", "src/a.cs"),
        ("a.py", [], "sub/", "sub/a.py"),
        ("/abs/../../../x", [], "", "/x"),
        ("../outside.py", [], "", "../outside.py"),
        ("https://example.org/a?b#c", [], "", "https://example.org/a"),
        ("x/" * 1000 + "end.py", [], "", ("x/" * 1000 + "end.py")[-500:]),
    ],
)
def test_paths_have_one_spelling(uri: str, roots: list[str], prefix: str, path: str) -> None:
    assert path_of(uri, roots, prefix) == path


def test_bases_are_followed_and_end() -> None:
    bases = {
        "ROOT": {"uri": "file:///ci/build-77/"},
        "SUB": {"uri": "sub/", "uriBaseId": "ROOT"},
        "LOOP": {"uri": "l/", "uriBaseId": "LOOP"},
    }

    def path(location: dict[str, Any], **more: Any) -> str:
        return only(
            {"locations": [{"physicalLocation": {"artifactLocation": location}}]}, originalUriBaseIds=bases, **more
        ).path

    assert path({"uri": "a.py", "uriBaseId": "SUB"}) == "sub/a.py"
    assert path({"uri": "a.py", "uriBaseId": "ROOT"}) == "a.py"
    assert path({"uri": "file:///ci/build-77/a.py"}) == "a.py"
    assert path({"uri": "a.py", "uriBaseId": "LOOP"}).endswith("l/a.py")
    assert path({"index": 0}, artifacts=[{"location": {"uri": "listed.py"}}]) == "listed.py"


def test_blanks_and_numbered_lines_make_no_difference() -> None:
    assert code_of("  if (x)\n\t return;") == code_of("if (x) return;") != code_of("if (y) return;")
    assert code_of("12: open(p)\n13: close(p)") == code_of("40: open(p)\n41: close(p)")
    assert words_of("used at [line 3](1)  here") == words_of("used at [line 99](77) here") != words_of("used here")
    assert code_of(" \n ") == ""


def test_taxa_name_weaknesses_by_name_and_by_place() -> None:
    taxonomies = [{"name": "OWASP", "taxa": [{"id": "79"}]}, {"name": "CWE", "taxa": [{"id": "22"}, {"id": "CWE-89"}]}]
    result = {
        "taxa": [
            {"id": "79", "toolComponent": {"name": "CWE"}},
            {"id": "3", "toolComponent": {"name": "OWASP"}},
            {"index": 1, "toolComponent": {"index": 1}},
            {"index": 0, "toolComponent": {"index": 0}},
            {"index": 9**9, "toolComponent": {"index": 9**9}},
        ],
        "properties": {"tags": ["external/cwe/cwe-094", "CWE-1333: slow"]},
    }
    assert only(result, taxonomies=taxonomies).weaknesses == ("CWE-79", "CWE-94", "CWE-1333", "CWE-89")


@settings(max_examples=100, deadline=None)
@given(st.randoms(use_true_random=False))
def test_damage_anywhere_is_read_or_refused(chance: random.Random) -> None:
    data = bytearray(scans.gosec(SPOTS[:3]))
    for _ in range(chance.randrange(1, 6)):
        at = chance.randrange(len(data))
        data[at : at + chance.randrange(3)] = chance.choice(
            [b"", b'"', b"{", b"]", b"\\", b"\xff", b"0", b"null", b",", b":"]
        )
    try:
        read(bytes(data))
    except SeawallError as refusal:
        assert refusal.detail  # noqa: PT017 - most damage is refused, some is not


@settings(max_examples=30, deadline=None)
@given(st.randoms(use_true_random=False), st.integers(1, 200))
def test_the_order_of_keys_and_the_size_of_pieces_make_no_difference(chance: random.Random, piece: int) -> None:
    def shuffled(value: Any) -> Any:
        if isinstance(value, dict):
            pairs = list(value.items())
            chance.shuffle(pairs)
            return {key: shuffled(item) for key, item in pairs}
        return [shuffled(item) for item in value] if isinstance(value, list) else value

    class Slow(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:  # noqa: ARG002 - it gives what it wants
            return super().read(piece)

    plain = json.loads(scans.codeql(SPOTS[:4], snippets=True))
    wanted = read(json.dumps(plain).encode())
    mixed = json.dumps(shuffled(plain), ensure_ascii=chance.random() < 0.5).encode()
    assert [(summary, list(results)) for summary, results in runs(Slow(mixed))] == wanted
