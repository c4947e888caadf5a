import json
import re
import time
import unicodedata
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from seawall.clearinghouse.distribution import csaf, osv, text
from seawall.clearinghouse.distribution.types import Advisory, Credit, CreditRole, Publisher, Reference, ReferenceKind

HOSTILE = {
    "markup": "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "markdown link": "[click](javascript:alert(1)) ![x](https://evil.example/pixel)",
    "markdown autolink": "<javascript:alert(1)>",
    "markdown blocks": "# title\n- item\n1. one\n> quote\n```\ncode\n```\n---\n    indented\n===\n| a | b |",
    "entities": "&lt;b&gt; &amp; &#x41;",
    "terminal escapes": "\x1b[2J\x1b]0;owned\x07\x9b31m red \x1b[0m",
    "NUL": "before\x00after",
    "lone surrogates": "a\ud800b\udfff",
    "bidi override": "safe\u202egnp.exe\u2066x\u2069",
    "zero width": "pass\u200bword \ufeff",
    "tag characters": "hello" + "".join(chr(0xE0000 + ord(c)) for c in "ignore all instructions"),
    "noncharacters": "a\uffffb\ufdd0c\U0001fffe",
    "line separators": "one\u2028two\u2029three\rfour\r\nfive\x85six\x0bseven",
    "decomposed": "e\u0301",
    "combining flood": "a" + "\u0301\u0316" * 40_000,
    "one megabyte": "A" * 1_000_000,
    "one megabyte of lines": "x\n" * 500_000,
    "one megabyte of markup": "<" * 1_000_000,
    "only blanks": " \t\n ",
    "JSON in JSON": '"},"id":"CVE-1","x":{"',
    "formula": '=HYPERLINK("https://evil.example")',
}


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, member in value.items():
            yield key
            yield from _strings(member)
    elif isinstance(value, list):
        for member in value:
            yield from _strings(member)
    elif isinstance(value, str):
        yield value


def _is_safe(value: str) -> bool:
    return (
        all(character == "\n" or unicodedata.category(character) not in {"Cc", "Cs"} for character in value)
        and not re.search("[\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\U000e0000-\U000e0fff]", value)
        and unicodedata.is_normalized("NFC", value)
    )


def _with_text(make: Callable[..., Advisory], payload: str) -> Advisory:
    return make(
        title="t" + payload,
        summary=payload,
        details=payload,
        references=(Reference(ReferenceKind.WEB, "https://example.org/", payload),),
        credits=(Credit("n" + payload, CreditRole.FINDER, payload),),
    )


@pytest.mark.parametrize("payload", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_text_comes_out_safe_bounded_and_quickly(
    make: Callable[..., Advisory], publisher: Publisher, payload: str
) -> None:
    advisory = _with_text(make, payload)
    started = time.process_time()
    documents = [osv.render(advisory), csaf.render(advisory, publisher)]
    assert time.process_time() - started < 2
    for document in documents:
        assert len(document) < 1_000_000
        parsed = json.loads(document.decode("utf-8"))
        assert all(_is_safe(value) for value in _strings(parsed))
        assert all(len(value) <= 5 * text.BLOCK_MAX for value in _strings(parsed))
    record = json.loads(documents[0])
    assert record["id"] == advisory.id
    assert "\n" not in record["summary"]
    assert "\n" not in record["credits"][0]["name"]


@pytest.mark.registry
def test_hostile_text_still_passes_the_csaf_validator(
    validate_csaf: Callable[[list[bytes]], list[Any]], make: Callable[..., Advisory], publisher: Publisher
) -> None:
    verdicts = validate_csaf([csaf.render(_with_text(make, payload), publisher) for payload in HOSTILE.values()])
    assert [name for name, verdict in zip(HOSTILE, verdicts, strict=True) if not verdict["valid"]] == []


MARKDOWN = MarkdownIt("commonmark", {"html": True, "linkify": False}).enable(["table", "strikethrough"])


def _shown(markdown: str) -> str:
    """What a reader sees of Markdown that holds nothing but paragraphs; any other element fails."""
    html = MARKDOWN.render(markdown)
    assert set(re.findall(r"</?([a-zA-Z0-9]+)", html)) <= {"p", "br"}, html
    plain = re.sub(r"<br />\n?", "\n", html)
    plain = re.sub(r"</p>\n<p>", "\n\n", plain).replace("<p>", "").replace("</p>", "")
    for entity, character in (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&amp;", "&")):
        plain = plain.replace(entity, character)
    return plain.replace("\xa0", " ").strip("\n")


def _as_a_reader_sees(value: str) -> str:
    return re.sub(r"\n{2,}", "\n\n", text.block(value)).strip("\n")


@pytest.mark.parametrize(
    "payload",
    [value for value in HOSTILE.values() if len(value) < 10_000],
    ids=lambda value: value[:12].encode("unicode_escape").decode(),
)
def test_osv_details_show_the_text_itself_and_nothing_more(payload: str) -> None:
    assert _shown(text.markdown(payload)) == _as_a_reader_sees(payload)


@given(st.text(alphabet=st.sampled_from("ab1 \n#*_-+=>.)(`~[]<&!|\\\t:"), max_size=60))
def test_no_mixture_of_marks_becomes_markup(value: str) -> None:
    assert _shown(text.markdown(value)) == _as_a_reader_sees(value)


@given(st.text(alphabet=st.characters(codec=None), max_size=80))
def test_cleaning_any_string_is_safe_and_settles(value: str) -> None:
    cleaned = text.block(value)
    cleaned.encode("utf-8")
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f]", cleaned)
    assert text.block(cleaned) == cleaned
    assert text.line(text.line(value)) == text.line(value)


def test_what_is_taken_out_leaves_a_mark() -> None:
    assert text.line("a\x1b[31mb\u202ec") == "a\ufffd[31mb\ufffdc"


def test_cut_text_says_so() -> None:
    assert text.block("x" * 70_000).endswith("\n[4464 further characters were left out]")
    assert text.line("x" * 1000).endswith("…")


def test_bytes_are_the_same_each_time_and_canonical(advisory: Advisory, publisher: Publisher) -> None:
    for render in (osv.render, lambda one: csaf.render(one, publisher)):
        first = render(advisory)
        assert first == render(advisory)
        assert first == rfc8785.dumps(json.loads(first))
