"""The signed daily file: which scans an operator authorized on a day, to be asked without server or network. No Django.

    allowed = Authorizations.read(envelope, public_pem)
    allowed.ours("198.51.100.7", datetime.now(UTC))

The file holds the windows as they were booked when it was made. It cannot know what was stopped since: ask the API
where that matters.
"""

import ipaddress
import json
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Self

import rfc8785

from seawall.clearinghouse.deconfliction.networks.rules import covers, enclosing, normalize_value, read_address
from seawall.clearinghouse.deconfliction.networks.types import Answer
from seawall.foundation.platform.errors import NotAuthentic
from seawall.foundation.platform.signing import opened

PAYLOAD_TYPE = "application/vnd.seawall.scans+json"
SCHEMA = "seawall.scans/1"
FILE_MAX = 96 * 2**20
"""Bytes of a daily file; one with 100,000 windows has about 50 MB."""


@dataclass(frozen=True)
class Window:
    """One booked scan."""

    id: str
    scanner: str
    sources: tuple[str, ...]
    targets: tuple[str, ...]
    begin: datetime
    end: datetime
    rate: int

    def to_json(self) -> dict[str, Any]:
        """As the file says it."""
        return {
            "id": self.id,
            "scanner": self.scanner,
            "sources": list(self.sources),
            "targets": list(self.targets),
            "from": self.begin.isoformat(),
            "until": self.end.isoformat(),
            "requests_per_second": self.rate,
        }

    @classmethod
    def of_json(cls, value: dict[str, Any]) -> Self:
        """Read it back."""
        return cls(
            id=str(value["id"]),
            scanner=str(value["scanner"]),
            sources=tuple(str(ipaddress.ip_network(one)) for one in value["sources"]),
            targets=tuple(map(str, value["targets"])),
            begin=datetime.fromisoformat(value["from"]),
            end=datetime.fromisoformat(value["until"]),
            rate=int(value["requests_per_second"]),
        )


def payload(operator: str, day: date, made_at: datetime, windows: list[Window]) -> bytes:
    """What is signed: canonical JSON."""
    return rfc8785.dumps(
        {
            "schema": SCHEMA,
            "operator": operator,
            "day": day.isoformat(),
            "made_at": made_at.isoformat(),
            "scans": [window.to_json() for window in windows],
        }
    )


class Authorizations:
    """The scans of a day, ready to be asked."""

    def __init__(self, operator: str, day: str, made_at: str, windows: list[Window]) -> None:
        self.operator = operator
        self.day = day
        self.made_at = made_at
        self.windows = windows
        self._by_source: dict[str, list[Window]] = {}
        for window in windows:
            for source in window.sources:
                self._by_source.setdefault(source, []).append(window)

    @classmethod
    def read(cls, envelope: bytes, public_pem: bytes) -> Self:
        """Check the signature, then read.

        Raises:
            NotAuthentic: Not signed by the key, or of another form.
        """
        data = opened(envelope, PAYLOAD_TYPE, public_pem, most=FILE_MAX)
        try:
            value = json.loads(data)
            if value["schema"] != SCHEMA:
                raise NotAuthentic(f"The file is no {SCHEMA}.")
            windows = [Window.of_json(one) for one in value["scans"]]
            return cls(str(value["operator"]), str(value["day"]), str(value["made_at"]), windows)
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise NotAuthentic(f"The file cannot be read: {str(error)[:200]}.", "Fetch it again.") from error

    def ours(self, source: str, at: datetime, target: str = "") -> Answer:
        """Whether a source at a time is an authorized scan (of a target, where one is named).

        Raises:
            BadInput: No address, or no target.
        """
        wanted = normalize_value(target) if target else ""
        for name in enclosing(read_address(source)):
            for window in self._by_source.get(name, ()):
                if window.begin <= at < window.end and (
                    not wanted or any(covers(one, wanted) for one in window.targets)
                ):
                    return Answer(
                        ours=True, why="booked", booking_id=window.id, scanner=window.scanner, until=window.end
                    )
        return Answer(ours=False, why="no scan is booked from there at that time")
