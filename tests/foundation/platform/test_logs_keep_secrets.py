"""A log line, a crash in it, and what must never be in either."""

import contextlib
import io
import json
import logging
from collections.abc import Callable, Iterator

import pytest
import structlog

from seawall.foundation.platform.logs import configure

SECRET = "seawall_aaaaaaaa_hunter2"


@pytest.fixture(autouse=True)
def handlers_come_back() -> Iterator[None]:
    root = logging.getLogger()
    before, level = root.handlers, root.level
    yield
    root.handlers = before
    root.setLevel(level)


def written(log_format: str, say: Callable[[], None]) -> str:
    """What comes out on standard error."""
    with contextlib.redirect_stderr(io.StringIO()) as stream:
        configure(log_format)
        say()
    return stream.getvalue()


@pytest.mark.parametrize("log_format", ["console", "json"])
def test_a_crash_shows_its_trace_and_no_local_variable(log_format: str) -> None:
    def fail(token: str) -> None:
        raise RuntimeError(f"no use for {len(token)} characters")

    def say() -> None:
        try:
            fail(SECRET)
        except RuntimeError as error:
            structlog.get_logger("test").error("failed", exc_info=error)

    shown = written(log_format, say)
    assert "no use for" in shown
    assert "Traceback" in shown
    assert SECRET not in shown


@pytest.mark.parametrize("log_format", ["console", "json"])
def test_a_field_named_like_a_secret_is_dropped(log_format: str) -> None:
    def say() -> None:
        structlog.get_logger("test").warning("hello", api_token=SECRET, Authorization=f"Bearer {SECRET}", plain="shown")

    shown = written(log_format, say)
    assert SECRET not in shown
    assert "shown" in shown


def test_a_json_line_is_one_line_whatever_is_in_it() -> None:
    title = "two\nlines\x1b[2J"
    lines = written("json", lambda: structlog.get_logger("test").warning("hello", title=title)).splitlines()
    assert len(lines) == 1
    assert json.loads(lines[0])["title"] == title
