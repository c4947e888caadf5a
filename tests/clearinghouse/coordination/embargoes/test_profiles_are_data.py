from collections.abc import Callable
from datetime import timedelta

import pytest

from seawall.clearinghouse.coordination.embargoes import library

HEAD = 'schema = "seawall.embargoes.profiles/1"\n'
DEFAULT = (
    '[[profile]]\nid = "seawall-default"\nname = "D"\nkind = "default"\nsource = "s"\nread = 2026-11-26\nlength = 90\n'
)


def days(count: int) -> timedelta:
    return timedelta(days=count)


def test_every_row_of_the_published_policies_is_there() -> None:
    known = library.profiles()
    said = {
        name: (one.length, one.extension, one.exploited, one.exploited_extension, one.details_after_patch, one.silence)
        for name, one in known.items()
    }
    assert said == {
        "seawall-default": (days(90), days(14), days(7), days(7), None, days(30)),
        "anthropic": (days(90), days(14), days(7), days(7), days(45), days(30)),
        "openai": (None, None, None, None, None, None),
        "project-zero": (days(90), days(14), days(7), days(3), days(30), None),
        "linux-distros": (days(14), None, None, None, None, None),
        "linux-kernel": (days(7), None, None, None, None, None),
        "akrites": (days(30), None, None, None, None, None),
        "upstream": (None, days(30), None, None, None, None),
    }
    assert [name for name, one in known.items() if one.ai_is_public] == ["linux-kernel"]
    assert [name for name, one in known.items() if one.patch_ends] == ["anthropic"]
    assert known["project-zero"].early_within == days(7)
    assert all(one.source and one.read.year == 2026 for one in known.values())


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "not written as"),
        (HEAD + "[[profile]]\nid = 'x'\n", "'name' lacks"),
        (HEAD + DEFAULT + "lenght = 3\n", "'lenght' is not a word"),
        (HEAD + DEFAULT.replace("90", "0"), "not a number of days"),
        (HEAD + DEFAULT.replace("90", "'90'"), "not a number of days"),
        (HEAD + DEFAULT + "extension = 4\n", "its condition"),
        (HEAD + DEFAULT + DEFAULT, "twice"),
        (HEAD + DEFAULT.replace("seawall-default", "other"), "has to be there"),
        (HEAD + DEFAULT.replace('"default"', '"friend"'), "friend"),
        (HEAD + DEFAULT.replace("2026-11-26", '"yesterday"'), "not a day"),
    ],
)
def test_a_file_that_says_too_little_or_too_much_is_refused(text: str, said: str) -> None:
    with pytest.raises((ValueError, TypeError), match=said):
        library.read(text)


def test_the_head_alone_is_enough() -> None:
    build: Callable[[str], object] = library.read
    assert build(HEAD + DEFAULT)
