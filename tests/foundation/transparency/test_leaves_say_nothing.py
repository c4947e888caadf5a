"""A leaf tells nothing about its content, and can be opened in exactly one way."""

import hashlib
import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seawall.foundation.transparency import leaves
from seawall.foundation.transparency.errors import Unloggable

ACTOR = leaves.LoggedActor("person_x", "person", None)
TIME = "2026-11-23T08:00:00.000000Z"


def content(**changes: Any) -> leaves.Content:
    members = {"kind": "case.opened", "subject": "case_x", "actor": ACTOR, "time": TIME, "payload": {"a": 1}}
    return leaves.Content(**{**members, **changes})


whole = st.integers(-(2**53) + 1, 2**53 - 1)
fractions = st.floats(-1e15, 1e15) | st.floats(min_value=1e21, allow_infinity=False)
json_values = st.recursive(
    st.none() | st.booleans() | whole | fractions | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(st.text(), json_values, max_size=4))
def test_what_is_canonical_reads_back_as_the_same_bytes(payload: dict[str, Any]) -> None:
    data = content(payload=payload).canonical()
    again = leaves.Content.parse(data)
    assert again.canonical() == data
    assert again.subject == "case_x"


def test_all_leaves_have_one_length_whatever_they_stand_for() -> None:
    small, large = content(payload={}).canonical(), content(payload={"text": "x" * 10_000}).canonical()
    assert len(leaves.seal(leaves.new_salt(), small)) == len(leaves.seal(leaves.new_salt(), large)) == 83


def test_the_same_content_twice_gives_leaves_that_share_nothing() -> None:
    data = content().canonical()
    first, second = (leaves.seal(leaves.new_salt(), data) for _ in range(2))
    assert first != second
    assert json.loads(first).keys() == {"digest", "v"}


def test_somebody_who_guesses_the_content_cannot_check_the_guess() -> None:
    data = content().canonical()
    leaf = leaves.seal(leaves.new_salt(), data)
    guesses = (hashlib.sha256(data), hashlib.sha256(bytes(leaves.SALT_BYTES) + data), hashlib.sha256(data + b"\n"))
    assert all(guess.hexdigest().encode() not in leaf for guess in guesses)


def test_no_byte_moves_between_salt_and_content() -> None:
    salt, data = leaves.new_salt(), content().canonical()
    with pytest.raises(ValueError, match="32 bytes"):
        leaves.digest(salt + data[:1], data[1:])
    with pytest.raises(ValueError, match="32 bytes"):
        leaves.digest(salt[:-1], salt[-1:] + data)


def test_digest_is_salt_then_canonical_json() -> None:
    salt = bytes(range(32))
    expected = hashlib.sha256(
        salt
        + b'{"actor":{"id":"person_x","kind":"person","organization":null},"kind":"case.opened","payload":{"a":1},'
        + b'"subject":"case_x","time":"2026-11-23T08:00:00.000000Z"}'
    )
    assert leaves.digest_of_leaf(leaves.seal(salt, content().canonical())) == expected.digest()


@pytest.mark.parametrize(
    "leaf",
    [
        b"",
        b"{}",
        b'{"digest":"00","v":1}',
        b'{"digest":"%s","v":2}' % (b"0" * 64),
        b'{"digest":"%s","v":1} ' % (b"0" * 64),
        b'{"digest":"%s","v":1}' % (b"A" * 64),
        b'{"v":1,"digest":"%s"}' % (b"0" * 64),
    ],
)
def test_only_one_spelling_is_a_leaf(leaf: bytes) -> None:
    with pytest.raises(ValueError, match="a leaf reads"):
        leaves.digest_of_leaf(leaf)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"kind": ""}, "kind"),
        ({"kind": "x" * 81}, "kind"),
        ({"subject": ""}, "subject"),
        ({"subject": "a\nb"}, "subject"),
        ({"subject": "x" * 301}, "subject"),
        ({"actor": leaves.LoggedActor("", "person", None)}, "actor"),
        ({"payload": {"x": float("nan")}}, "payload"),
        ({"payload": {"x": 2**53}}, "payload"),
        ({"payload": {"x": 2.0**53}}, "payload"),  # written as an integer that no reader takes
        ({"payload": {"x": "\ud800"}}, "payload"),
        ({"payload": {"x": object()}}, "payload"),
        ({"payload": {1: "x"}}, "payload"),
        ({"payload": {"x": datetime.now(UTC)}}, "payload"),
        ({"payload": {"x": "y" * leaves.CONTENT_MAX}}, "payload"),
    ],
)
def test_what_has_no_canonical_form_is_refused_by_name(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(Unloggable) as refused:
        content(**changes).canonical()
    assert refused.value.field == field


def test_a_payload_nested_without_end_is_refused() -> None:
    deep: dict[str, Any] = {}
    for _ in range(100_000):
        deep = {"a": deep}
    with pytest.raises(Unloggable):
        content(payload=deep).canonical()
    while deep:  # take it apart by hand: its destructor would recurse as deep
        deep = deep["a"]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b"[" * 100_000,
        b'{"a":1,"a":2}',
        content().canonical() + b"\n",
        content().canonical().replace(b'"kind":"case.opened",', b'"kind":"case.opened","kind":"case.opened",'),
        content().canonical().replace(b'{"a":1}', b"[]"),
        content().canonical().replace(b'{"a":1}', b'{"a":1.0}'),
        content().canonical().replace(b',"organization":null', b""),
        content().canonical().replace(b'"organization":null', b'"organization":1'),
        content().canonical().replace(b'"subject":"case_x"', b'"subject":7'),
        content().canonical().replace(TIME.encode(), b"2026-11-23T08:00:00+01:00"),
        b" " * (leaves.CONTENT_MAX + 1),
    ],
)
def test_content_in_any_other_spelling_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match=r"^(it|its|a) "):
        leaves.Content.parse(data)


def test_times_are_utc_to_the_microsecond() -> None:
    time = datetime(2026, 11, 23, 9, 30, 0, 5, tzinfo=timezone(timedelta(hours=1)))
    assert leaves.stamp(time) == "2026-11-23T08:30:00.000005Z"
    with pytest.raises(ValueError, match="aware"):
        leaves.stamp(datetime(2026, 11, 23))  # noqa: DTZ001 - the point of the test
