"""Whatever is changed in a log's file is found, and the report says what and where.

Two tamperers: the clumsy one edits the file; the careful one then also mends everything that needs no key
(line numbers, leaf hashes, checksums, manifest), so that only the signed root stands against it.
"""

import random
import zipfile
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from seawall.foundation.transparency import bundles, leaves, lines, merkle, notes
from seawall.foundation.transparency.verify import FINDINGS_MAX, Report, verify_bundle

Members = dict[str, list[bytes]]
Check = Callable[..., Report]


def mended(salted: list[bytes]) -> list[bytes]:
    """Lines for these leaves, as a careful tamperer writes them."""
    return [lines.leaf_line(index, leaf, merkle.leaf_hash(leaf)) for index, leaf in enumerate(salted)]


def another_leaf(leaf: bytes, chance: random.Random) -> bytes:
    """The leaf with one bit of its digest flipped."""
    digest = bytearray(leaves.digest_of_leaf(leaf))
    digest[chance.randrange(32)] ^= 1 << chance.randrange(8)
    return leaf.replace(leaves.digest_of_leaf(leaf).hex().encode(), digest.hex().encode())


def flipped(data: bytes, bit: int) -> bytes:
    changed = bytearray(data)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


def said(report: Report) -> str:
    return "\n".join(f"{finding.where}: {finding.what}" for finding in report.findings)


def test_an_honest_log_is_genuine(paper_log: Any, check: Check) -> None:
    report = check(paper_log.members(), paper_log.vkey, paper_log.history[0])
    assert report.ok, said(report)
    assert (report.size, report.openings, report.checkpoints, report.compared_with) == (200, 200, 2, 50)
    assert (report.origin, report.root) == ("log.example/seawall", paper_log.root())


def test_a_log_without_openings_or_earlier_checkpoints_is_genuine(paper_log: Any, check: Check) -> None:
    members = {**paper_log.members(), bundles.OPENINGS: [], bundles.CHECKPOINTS: []}
    assert check(members, paper_log.vkey).ok


def test_an_empty_log_is_genuine(make_log: Any, check: Check) -> None:
    log = make_log()
    log.checkpoint()
    assert check(log.members(), log.vkey).ok


def test_a_flipped_bit_in_any_leaf_is_found_where_it_is(paper_log: Any, check: Check) -> None:
    chance = random.Random(1)  # noqa: S311 - chance that repeats
    genuine = paper_log.members()
    for index, line in enumerate(genuine[bundles.LEAVES]):
        changed = flipped(line, chance.randrange(len(line) * 8))
        report = check({**genuine, bundles.LEAVES: replaced(genuine[bundles.LEAVES], index, changed)}, paper_log.vkey)
        assert not report.ok
        assert f"line {index + 1}" in said(report), said(report)


def test_a_flipped_bit_that_was_mended_is_found_between_its_checkpoints(paper_log: Any, check: Check) -> None:
    chance = random.Random(2)  # noqa: S311 - chance that repeats
    members = paper_log.members()
    for index, leaf in enumerate(paper_log.leaves):
        forged = mended(replaced(paper_log.leaves, index, another_leaf(leaf, chance)))
        report = check({**members, bundles.LEAVES: forged, bundles.OPENINGS: []}, paper_log.vkey)
        first, last = next(span for span in ((0, 49), (50, 119), (120, 199)) if index <= span[1])
        assert [finding.where for finding in report.findings] == [bundles.LEAVES]
        assert f"among entries {first} to {last}" in said(report)


def test_each_entry_that_is_taken_out_is_missed(paper_log: Any, check: Check) -> None:
    members = paper_log.members()
    for index in range(200):
        clumsy = without(members[bundles.LEAVES], index)
        report = check({**members, bundles.LEAVES: clumsy}, paper_log.vkey)
        assert index == 199 or f"Entry {index + 1} stands where entry {index} is due" in said(report)
        assert "the bundle holds 199: 1 are missing" in said(report)
        careful = mended(without(paper_log.leaves, index))
        report = check({**members, bundles.LEAVES: careful, bundles.OPENINGS: []}, paper_log.vkey)
        assert "1 are missing" in said(report)


def test_each_entry_that_is_exchanged_for_a_filler_is_noticed(paper_log: Any, check: Check) -> None:
    """Taking one out and adding one at the end keeps the count."""
    members = paper_log.members()
    filler = leaves.seal(bytes(32), b"filler")
    for index in range(200):
        careful = mended([*without(paper_log.leaves, index), filler])
        report = check({**members, bundles.LEAVES: careful, bundles.OPENINGS: []}, paper_log.vkey)
        assert "do not give the root that is signed" in said(report)


def test_each_two_neighbors_that_change_places_are_noticed(paper_log: Any, check: Check) -> None:
    members = paper_log.members()
    for index in range(199):
        clumsy = swapped(members[bundles.LEAVES], index)
        report = check({**members, bundles.LEAVES: clumsy}, paper_log.vkey)
        assert f"Entry {index + 1} stands where entry {index} is due" in said(report)
        careful = mended(swapped(paper_log.leaves, index))
        report = check({**members, bundles.LEAVES: careful, bundles.OPENINGS: []}, paper_log.vkey)
        assert "do not give the root that is signed" in said(report)


def test_each_truncation_is_noticed(paper_log: Any, check: Check) -> None:
    members = paper_log.members()
    for size in range(200):
        report = check({**members, bundles.LEAVES: members[bundles.LEAVES][:size]}, paper_log.vkey)
        assert f"the bundle holds {size}: {200 - size} are missing" in said(report)


def test_entries_that_nobody_signed_are_noticed(paper_log: Any, check: Check) -> None:
    members = paper_log.members()
    paper_log.grow(1)
    report = check({**members, bundles.LEAVES: paper_log.leaf_lines()}, paper_log.vkey)
    assert "signed by nobody" in said(report)


def test_an_entry_that_is_there_twice_is_noticed(paper_log: Any, check: Check) -> None:
    members = paper_log.members()
    given = members[bundles.LEAVES]
    report = check({**members, bundles.LEAVES: [*given[:5], *given[4:199]]}, paper_log.vkey)
    assert "leaves.txt, line 6: Entry 4 stands where entry 5 is due: it was moved or doubled" in said(report)


PARTS = [bundles.CHECKPOINT, bundles.VKEY, bundles.CHECKPOINTS, bundles.OPENINGS, bundles.LEAVES]


@pytest.mark.parametrize("part", PARTS)
def test_a_flipped_bit_in_any_byte_of_every_part_is_found(part: str, make_log: Any, check: Check) -> None:
    flip_part(part, make_log(), check, bits=lambda chance: [chance.randrange(8)])


@pytest.mark.long
@pytest.mark.parametrize("part", PARTS)
def test_every_bit_of_every_part_counts(part: str, make_log: Any, check: Check) -> None:
    flip_part(part, make_log(), check, bits=lambda _: list(range(8)))


def flip_part(part: str, log: Any, check: Check, *, bits: Callable[[random.Random], list[int]]) -> None:
    chance = random.Random(5)  # noqa: S311 - chance that repeats
    for _ in range(2):
        log.grow(2).checkpoint()
    members = {**log.members(), bundles.OPENINGS: log.opening_lines()[-1:]}
    genuine = b"".join(members[part])
    assert check(members, log.vkey).ok
    for place in range(len(genuine)):
        for bit in bits(chance):
            report = check({**members, part: [flipped(genuine, place * 8 + bit)]}, log.vkey)
            assert not report.ok, f"bit {bit} of byte {place} of {part}"


def test_every_opening_fits_only_its_own_leaf(paper_log: Any, check: Check) -> None:
    members = paper_log.members()
    for index in range(199):
        moved = lines.opening_line(index + 1, paper_log.salts[index], paper_log.contents[index])
        report = check({**members, bundles.OPENINGS: [moved]}, paper_log.vkey)
        assert f"do not give the digest in the leaf of entry {index + 1}" in said(report)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ([b"no json\n"], "it is no JSON"),
        ([b"[]\n"], "no JSON object"),
        ([b'{"content":"","index":0}\n'], "content, index and salt"),
        ([b'{"content":"","index":true,"salt":"' + b"0" * 64 + b'"}\n'], "no number"),
        ([b'{"content":"","index":-1,"salt":"' + b"0" * 64 + b'"}\n'], "negative"),
        ([b'{"content":"","index":9007199254740993,"salt":"' + b"0" * 64 + b'"}\n'], "cannot be read"),
        ([b'{"content":"","index":200,"salt":"' + b"0" * 64 + b'"}\n'], "which the bundle does not hold"),
        ([b'{"content":"\\ud800","index":0,"salt":"' + b"0" * 64 + b'"}\n'], "cannot be read"),
        ([b"[" * 100_000 + b"\n"], "it is no JSON"),
        ([b"x" * (bundles.LINE_MAX + 1)], "more than"),
    ],
)
def test_openings_that_are_none_are_named(given: list[bytes], words: str, paper_log: Any, check: Check) -> None:
    report = check({**paper_log.members(), bundles.OPENINGS: given}, paper_log.vkey)
    assert f"{bundles.OPENINGS}, line 1" in said(report)
    assert words in said(report)


def test_openings_out_of_order_or_doubled_are_named(paper_log: Any, check: Check) -> None:
    members = paper_log.members()
    given = members[bundles.OPENINGS]
    for changed in ([given[1], given[0]], [given[0], given[0]]):
        report = check({**members, bundles.OPENINGS: changed}, paper_log.vkey)
        assert "openings.jsonl, line 2" in said(report)


def test_content_that_two_readers_could_read_in_two_ways_is_refused(make_log: Any, check: Check) -> None:
    """An operator who logs ambiguous JSON on purpose is found out at the opening."""
    log = make_log().grow(1)
    log.contents[0] = log.contents[0].replace(b'"subject"', b'"subject":"case_other","subject"')
    log.leaves[0] = leaves.seal(log.salts[0], log.contents[0])
    log.checkpoint()
    assert "canonical form" in said(check(log.members(), log.vkey))


def test_a_report_ends_after_fifty_findings(paper_log: Any, check: Check) -> None:
    report = check({**paper_log.members(), bundles.OPENINGS: [b"no json\n"] * 1000}, paper_log.vkey)
    assert len(report.findings) == FINDINGS_MAX


def test_another_key_is_refused_even_if_the_bundle_names_it(make_log: Any, make_signer: Any, check: Check) -> None:
    impostor = make_log(make_signer(b"impostor")).grow(3)
    impostor.checkpoint()
    real = str(make_signer().verifier)
    report = check(impostor.members(), real)
    assert {finding.where for finding in report.findings} >= {bundles.VKEY, bundles.CHECKPOINT}
    report = check({**impostor.members(), bundles.VKEY: [f"{real}\n".encode()]}, real)
    assert [finding.where for finding in report.findings] == [bundles.CHECKPOINT]


# The frame: the file itself, byte by byte.


@pytest.fixture
def small(make_log: Any, tmp_path: Path) -> tuple[Path, str]:
    log = make_log()
    for _ in range(2):
        log.grow(2).checkpoint()
    path = tmp_path / "small.zip"
    with path.open("wb") as file:
        bundles.pack(file, log.members())
    return path, log.vkey


def test_a_flipped_bit_in_any_byte_of_the_file_is_found(small: tuple[Path, str]) -> None:
    flip_bits(*small, bits=lambda chance: [chance.randrange(8)])


@pytest.mark.long
def test_every_flipped_bit_of_the_file_is_found(small: tuple[Path, str]) -> None:
    flip_bits(*small, bits=lambda _: list(range(8)))


def flip_bits(path: Path, vkey: str, bits: Callable[[random.Random], list[int]]) -> None:
    chance = random.Random(3)  # noqa: S311 - chance that repeats
    genuine = path.read_bytes()
    assert verify_bundle(path, vkey=vkey).ok
    for place in range(len(genuine)):
        for bit in bits(chance):
            path.write_bytes(flipped(genuine, place * 8 + bit))
            assert not verify_bundle(path, vkey=vkey).ok, f"bit {bit} of byte {place}"


def test_a_file_that_was_cut_anywhere_is_found(small: tuple[Path, str]) -> None:
    path, vkey = small
    genuine = path.read_bytes()
    for size in range(len(genuine)):
        path.write_bytes(genuine[:size])
        report = verify_bundle(path, vkey=vkey)
        assert len(report.findings) == 1
        assert report.findings[0].what.endswith(".")


@pytest.mark.parametrize(("before", "after"), [(b"", b"\0"), (b"\0", b""), (b"", b"PK\5\6" + bytes(18))])
def test_bytes_around_the_bundle_are_found(small: tuple[Path, str], before: bytes, after: bytes) -> None:
    path, vkey = small
    path.write_bytes(before + path.read_bytes() + after)
    assert not verify_bundle(path, vkey=vkey).ok


def repacked(path: Path, compression: int, names: list[str]) -> bytes:
    made = BytesIO()
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(made, "w", compression) as new:
        for name in names:
            new.writestr(name, old.read(name))
    return made.getvalue()


@pytest.mark.parametrize("compression", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_a_bundle_packed_by_something_else_is_refused(small: tuple[Path, str], compression: int) -> None:
    path, vkey = small
    path.write_bytes(repacked(path, compression, list(bundles.NAMES)))
    assert "byte 0: There is no header of README.txt" in said(verify_bundle(path, vkey=vkey))


@pytest.mark.parametrize("data", [b"", b"PK", b"not a zip file at all" * 10, bytes(5000)])
def test_what_is_no_bundle_is_refused_at_its_first_byte(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "x.zip"
    path.write_bytes(data)
    key = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
    assert said(verify_bundle(path, vkey=key)).startswith("byte 0: ")


def test_a_text_too_large_to_be_one_is_refused(make_log: Any, check: Check) -> None:
    log = make_log()
    log.checkpoint()
    report = check({**log.members(), bundles.VKEY: [b"x" * (bundles.TEXT_MAX + 1)]}, log.vkey)
    assert "262145 bytes" in said(report)


def test_bytes_that_are_no_text_are_refused(make_log: Any, check: Check) -> None:
    log = make_log()
    log.checkpoint()
    assert "Byte 1 is no UTF-8" in said(check({**log.members(), bundles.CHECKPOINT: [b"a\xff"]}, log.vkey))


# The same in the size that the list of adversarial tests asks for.


@pytest.mark.long
def test_tampering_with_each_of_10000_entries_is_found(make_log: Any, check: Check) -> None:
    """All 10,000 entries flipped, taken out, exchanged with the next, and cut off before, by the careful tamperer.

    What stands against that tamperer is the root alone, so roots are compared; one in a hundred also goes through
    a file and the whole verifier.
    """
    log = make_log().grow(10_000)
    note = log.checkpoint()
    signed = notes.open_checkpoint(note, log.signer.verifier).root
    members = {**log.members(), bundles.OPENINGS: []}
    assert check(members, log.vkey).ok
    chance = random.Random(4)  # noqa: S311 - chance that repeats
    hashes = [merkle.leaf_hash(leaf) for leaf in log.leaves]
    prefix = merkle.Frontier()
    for index in range(10_000):
        forged = another_leaf(log.leaves[index], chance)
        for tail in tampered(hashes, index, merkle.leaf_hash(forged)):
            frontier = merkle.Frontier.from_bytes(index, prefix.to_bytes())
            for value in tail:
                frontier.append(value)
            assert frontier.root() != signed, index
        if index % 100 == 0:
            for changed in tampered(log.leaves, index, forged):
                given = mended([*log.leaves[:index], *changed])
                assert not check({**members, bundles.LEAVES: given}, log.vkey).ok
        prefix.append(hashes[index])
    assert prefix.root() == signed


def tampered(items: list[bytes], index: int, forged: bytes) -> Iterator[list[bytes]]:
    """What follows the first ``index`` items, in four wrong versions."""
    rest = items[index:]
    yield [forged, *rest[1:]]
    yield rest[1:]
    if len(rest) > 1:
        yield [rest[1], rest[0], *rest[2:]]
    yield []


def replaced(items: list[bytes], index: int, item: bytes) -> list[bytes]:
    return [*items[:index], item, *items[index + 1 :]]


def without(items: list[bytes], index: int) -> list[bytes]:
    return [*items[:index], *items[index + 1 :]]


def swapped(items: list[bytes], index: int) -> list[bytes]:
    return [*items[:index], items[index + 1], items[index], *items[index + 2 :]]
