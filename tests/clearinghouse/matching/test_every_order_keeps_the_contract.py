import random
import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seawall.clearinghouse.matching.ecosystems import registry
from seawall.clearinghouse.matching.ecosystems.contract import Samples, load_samples, violations
from seawall.clearinghouse.matching.ecosystems.interface import Ecosystem, Malformed, Unparsable

every_folder = pytest.mark.parametrize("folder", registry.FOLDERS)

FRAGMENTS = [*"0019.--_~^+!:", "10", "00", ".0", "-1", "a", "b", "rc", "alpha", "beta", "dev", "post", "pre", "p", "x"]
FRAGMENTS += ["SNAPSHOT", "Final", "sp", "jre", "_p1", "_rc2", "-r1", "v", "1:", ".dev1", "+local.1", "go", "-rc.1"]
texts = st.one_of(
    st.lists(st.sampled_from(FRAGMENTS), max_size=6).map("".join),
    st.tuples(
        st.lists(st.integers(0, 12).map(str), min_size=1, max_size=4).map(".".join),
        st.lists(st.sampled_from(FRAGMENTS), max_size=3).map("".join),
    ).map("".join),
)


@every_folder
def test_the_written_facts_hold(folder: str) -> None:
    assert list(violations(registry.ecosystem_of_folder(folder), load_samples(folder))) == []


@every_folder
@settings(max_examples=150, deadline=None)
@given(text=st.text(max_size=400) | texts)
def test_any_text_gives_a_key_or_a_reason_and_never_an_error(folder: str, text: str) -> None:
    key = registry.ecosystem_of_folder(folder).key(text)
    if isinstance(key, Unparsable):
        assert key.why
        assert len(key.version) <= 256
    else:
        assert b"" < key < b"\xff"


@every_folder
@settings(max_examples=150, deadline=None)
@given(text=texts, name=st.text(string.ascii_letters + string.digits + "-_./@", max_size=30))
def test_a_name_and_a_version_are_normalized_once(folder: str, text: str, name: str) -> None:
    ecosystem = registry.ecosystem_of_folder(folder)
    once = ecosystem.normalize_name(name)
    assert ecosystem.normalize_name(once) == once
    assert ecosystem.key(f"\t{text} ") == ecosystem.key(text) or isinstance(ecosystem.key(text), Unparsable)


@every_folder
def test_the_longest_version_still_has_a_key_below_the_end(folder: str) -> None:
    ecosystem = registry.ecosystem_of_folder(folder)
    for text in ("9" * 256, "1" + ".0" * 127 + ".1", "1." * 100 + "1", "1.0.0-" + "a" * 250, "9" * 18):
        key = ecosystem.key(text)
        assert isinstance(key, Unparsable) or key < b"\xff"


def test_the_contract_finds_what_is_broken() -> None:
    def backwards(text: str) -> bytes:
        if not text.isdigit():
            raise Malformed("not a number")
        return bytes([0xFE - int(text) % 10])

    broken = Ecosystem("broken", "broken/1", frozenset(), backwards)
    samples = Samples(ascending=(("1",), ("2", "3"), ("x",)), malformed=("7",), names=(("A", "a"),))
    said = " ".join(violations(broken, samples))
    for part in (
        "'1' should stand before '2'",
        "should be equal",
        "'x' has no key",
        "'7' should have no key",
        "one name",
    ):
        assert part in said


def test_sorting_by_key_does_not_depend_on_where_it_began() -> None:
    order = registry.ecosystem_of_folder("pypi")
    versions = [version for group in load_samples("pypi").ascending for version in group[:1]]
    shuffled = random.Random(4).sample(versions, len(versions))  # noqa: S311 - a fixed order to begin with
    assert sorted(shuffled, key=lambda version: str_or_bytes(order.key(version))) == versions


def str_or_bytes(key: bytes | Unparsable) -> bytes:
    assert isinstance(key, bytes)
    return key
