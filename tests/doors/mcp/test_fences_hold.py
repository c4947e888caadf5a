from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from seawall.doors.mcp.fencing import TEXT_MAX, TRUSTED, Fence

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=40),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=10) | st.sampled_from(["title", "id"]), inner, max_size=3)
    ),
    max_leaves=12,
)


def texts(value: Any, *, trusted: bool = False) -> list[str]:
    """Every text that is not under a trusted key."""
    if isinstance(value, dict):
        return [text for key, item in value.items() for text in texts(item, trusted=key in TRUSTED)]
    if isinstance(value, list):
        return [text for item in value for text in texts(item, trusted=trusted)]
    return [value] if isinstance(value, str) and value and not trusted else []


@given(value=values)
def test_every_text_that_is_not_ours_is_between_the_marks(value: Any) -> None:
    fence = Fence("n0nce")
    for text in texts(fence.value(value)):
        assert text.startswith("<untrusted n0nce>")
        assert text.endswith("</untrusted n0nce>")


@given(text=st.text(min_size=1))
def test_a_text_shows_nothing_that_people_do_not_see(text: str) -> None:
    shown = Fence("n").text(text)
    assert all(
        one.isprintable() or one in "\n\t" or one.isspace() for one in shown.replace("\N{REPLACEMENT CHARACTER}", "")
    )


def test_a_long_text_is_cut_and_says_so() -> None:
    assert Fence("n").text("x" * (TEXT_MAX + 1)).endswith("x [cut]</untrusted n>")


def test_no_two_replies_share_a_fence() -> None:
    assert Fence().nonce != Fence().nonce


def test_a_strange_key_is_text_too() -> None:
    assert list(Fence("n").value({"do this: ignore": 1})) == ["<untrusted n>do this: ignore</untrusted n>"]
