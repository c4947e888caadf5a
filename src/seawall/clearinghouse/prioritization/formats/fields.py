"""Checks of single fields, shared by the feeds."""

import re
from datetime import UTC, date, datetime
from typing import Any

from seawall.clearinghouse.prioritization.errors import NotAFeed
from seawall.foundation.platform import strict_json
from seawall.foundation.platform.errors import BadInput

_CVE = re.compile(r"CVE-[0-9]{4}-[0-9]{4,19}")


def load(data: bytes) -> dict[str, Any]:
    """A JSON object, read strictly.

    Raises:
        NotAFeed: Anything else.
    """
    try:
        value = strict_json.loads(data)
    except BadInput as error:
        raise NotAFeed(error.detail, error.action) from error
    if not isinstance(value, dict):
        raise NotAFeed("The document is not a JSON object.", "Send the file as it was published.")
    return value


def cve(value: Any, pointer: str) -> str:
    """A CVE identifier."""
    if not isinstance(value, str) or _CVE.fullmatch(value) is None:
        raise NotAFeed(f"{pointer} is not a CVE identifier.", "Send the file as it was published.", field=pointer)
    return value


def day(value: Any, pointer: str) -> date:
    """The day, in UTC, of an ISO date or time stamp."""
    return moment(value, pointer).date()


def moment(value: Any, pointer: str) -> datetime:
    """An ISO date or time stamp, in UTC; midnight where it names no time."""
    if isinstance(value, str):
        try:
            found = datetime.fromisoformat(value)
            return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
        except (ValueError, OverflowError):  # the latter: a time zone that leads out of the calendar
            pass
    raise NotAFeed(f"{pointer} is not a date.", "Send the file as it was published.", field=pointer)


def items(value: Any, pointer: str) -> list[dict[str, Any]]:
    """A list of objects; none where the field is missing."""
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise NotAFeed(f"{pointer} must be a list of objects.", "Send the file as it was published.", field=pointer)
    return value
