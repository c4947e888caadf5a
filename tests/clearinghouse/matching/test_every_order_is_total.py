"""Laws of the orders: any text has a key or a reason, keys keep between the ends, and blanks do not count.

That keys are ordered totally needs no test: they are bytes. What can go wrong is that a text breaks an order, or that a
comparison in pairs breaks its own promises.
"""

import random
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seawall.clearinghouse.matching.ecosystems import registry
from seawall.clearinghouse.matching.ecosystems.contract import load_samples
from seawall.clearinghouse.matching.ecosystems.interface import VERSION_MAX, Malformed, Unparsable
from support.orders.versions import FRAGMENTS, neighbor

every_folder = pytest.mark.parametrize("folder", registry.FOLDERS)

TEXTS = 20_000
SECONDS_A_KEY = 2e-4
"""Of processor time, with the test around it, also for texts of 256 characters; a typical version takes a fiftieth."""
ODD = "\x00\x1f\x7f\x85\xa0\u00b2\u0130\u0661\u200b\u2028\ud800\uff11\U0001d7d9\U0010ffff\n\t\r\x0b\x0c "


def texts(folder: str) -> list[str]:
    """Samples, neighbors of them, and noise, short and as long as a version may be."""
    chance = random.Random(f"laws {folder}")  # noqa: S311 - the same texts in every run
    samples = load_samples(folder)
    known = [version for group in samples.ascending for version in group] + list(samples.malformed)
    fragments = FRAGMENTS.get(folder, []) + FRAGMENTS["every"]
    found = list(known)
    while len(found) < TEXTS:
        text = neighbor(chance, chance.choice(found[-500:] if chance.random() < 0.5 else known), known, fragments)
        kind = chance.randrange(20)
        if kind == 0:
            text = "".join(chr(chance.choice([chance.randrange(0x80), chance.randrange(0x110000)])) for _ in range(9))
        elif kind == 1:
            at = chance.randrange(len(text) + 1)
            text = text[:at] + chance.choice(ODD) + text[at:]
        elif kind == 2:
            text = (text + chance.choice(fragments)) * chance.choice([1, 2, 64, 300])
        elif kind == 3:
            text = chance.choice([*fragments, "9", "(", "a.", "0.", "-"]) * chance.choice([64, 250, 256, 257])
        found.append(text[: VERSION_MAX + 2])  # long ones are repeated again
    return found


@every_folder
def test_any_of_twenty_thousand_texts_gives_a_key_or_a_reason(folder: str) -> None:
    ecosystem = registry.ecosystem_of_folder(folder)
    asked = texts(folder)
    keyed = 0
    began = time.process_time()
    for text in asked:
        key = ecosystem.key(text)
        if isinstance(key, Unparsable):
            assert key.why
            assert len(key.version) <= VERSION_MAX
            assert key == ecosystem.key(f" {text}\n") or len(text.strip()) > VERSION_MAX
        else:
            keyed += 1
            assert b"" < key < b"\xff"
            assert text.strip(" \t\r\n\f\v").isascii()
            assert key == ecosystem.key(f"\t{text} \r\n")
            assert key == ecosystem.key(text), "a key is the same each time"
    assert time.process_time() - began < TEXTS * SECONDS_A_KEY
    assert keyed > 500


@every_folder
@settings(max_examples=60, deadline=None)
@given(text=st.text(max_size=300))
def test_hypothesis_finds_no_text_that_breaks_an_order(folder: str, text: str) -> None:
    ecosystem = registry.ecosystem_of_folder(folder)
    key = ecosystem.key(text)
    assert isinstance(key, Unparsable) or b"" < key < b"\xff"
    assert (
        ecosystem.normalize_name(ecosystem.normalize_name(text)) == ecosystem.normalize_name(text) or not text.isascii()
    )


@pytest.mark.parametrize(
    "folder", [name for name in registry.FOLDERS if registry.ecosystem_of_folder(name).compare is not None]
)
def test_a_comparison_in_pairs_is_sound_and_agrees_with_the_keys(folder: str) -> None:
    ecosystem = registry.ecosystem_of_folder(folder)
    compare = ecosystem.compare
    assert compare is not None
    chance = random.Random(7)  # noqa: S311 - the same pairs in every run
    asked = texts(folder)
    pairs = [(chance.choice(asked), chance.choice(asked)) for _ in range(TEXTS)]
    pairs += [(text, chance.choice(asked[max(at - 30, 0) : at + 1])) for at, text in enumerate(asked)]
    answered = 0
    for first, second in pairs:
        keys = (ecosystem.key(first), ecosystem.key(second))
        try:
            order = compare(first, second)
        except Malformed:
            assert Unparsable in map(type, keys)
            continue
        answered += 1
        assert compare(first, first) == 0
        assert (compare(second, first) > 0) == (order < 0)
        assert (compare(second, first) == 0) == (order == 0)
        assert compare(f" {first}\n", second) == order
        if isinstance(keys[0], bytes) and isinstance(keys[1], bytes):
            assert (order > 0) - (order < 0) == (keys[0] > keys[1]) - (keys[0] < keys[1])
    assert answered > TEXTS
