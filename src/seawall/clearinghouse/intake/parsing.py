"""Parses outside bytes in a child process, so that a hostile document can cost a child and nothing else.

    parent: run_limited([python, -m, ...parse_child, <format>], stdin=bytes)
    child:  one JSON line: {"format": "...", "reports": [...], "enclosed": [...]} or {"error": {...}}

The child has memory, CPU, output and time limits; it imports no Django. A child that dies without an answer
means that the document asked for more than any real report does.
"""

import base64
import json
import sys
from dataclasses import dataclass
from typing import Any

from seawall.clearinghouse.intake import errors
from seawall.clearinghouse.intake.types import AffectedRange, Enclosed, FailureClass, Report, provenance_of, relay_of
from seawall.clearinghouse.validation import archives, manifests
from seawall.clearinghouse.validation.bundles import check_archive
from seawall.clearinghouse.validation.errors import BundleError
from seawall.clearinghouse.validation.processes import Limits, run_limited
from seawall.foundation.platform.errors import BadInput

LIMITS = Limits(memory_bytes=512 * 2**20, cpu_seconds=10, wall_seconds=20, output_bytes=64 * 2**20)
"""A 16 MiB document of small values needs about 300 MiB and two seconds."""

_ERRORS: dict[str, type[BadInput]] = {
    kind.__name__: kind
    for kind in (
        errors.NotThisFormat,
        errors.UnsupportedVersion,
        errors.UnknownPackageType,
        errors.BadProof,
        errors.ChainAltered,
    )
}


@dataclass(frozen=True)
class Parsed:
    """What the child read."""

    format: str
    reports: tuple[Report, ...]
    enclosed: tuple[Enclosed, ...] = ()
    """Files in the document that may be a proof bundle."""


def parse_confined(format_name: str, data: bytes) -> Parsed:
    """Parse a document in a child process.

    Args:
        format_name: One of ``formats.interface.FORMATS``; "" to tell it from the bytes, ``json`` to tell which JSON it is.
        data: The document.

    Raises:
        BadInput: See ``errors``; the parser's own refusal, with its field.
        ReportTooLarge: The child hit a limit or an entry is too long.
    """
    done = run_limited(
        [sys.executable, "-I", "-m", "seawall.clearinghouse.intake.parse_child", format_name], stdin=data, limits=LIMITS
    )
    try:
        answer: dict[str, Any] = json.loads(done.stdout)
    except ValueError:
        raise errors.ReportTooLarge(
            "Reading the document took more memory or time than any report needs.", "Send a smaller document."
        ) from None
    if "error" in answer:
        told = answer["error"]
        if told["kind"] == errors.ReportTooLarge.__name__:
            raise errors.ReportTooLarge(told["detail"], told["action"], told["field"])
        raise _ERRORS.get(told["kind"], BadInput)(told["detail"], told["action"], told["field"])
    return Parsed(
        answer["format"],
        tuple(report_from_json(item) for item in answer["reports"]),
        tuple(
            Enclosed(one["name"], base64.b64decode(one["base64"]), one["where"], one["meant"])
            for one in answer["enclosed"]
        ),
    )


def report_from_json(item: dict[str, Any]) -> Report:
    """The inverse of ``dataclasses.asdict`` for a report."""
    lists = ("versions", "weaknesses", "identifiers", "paths", "symbols", "unread")
    return Report(
        **{
            **item,
            **{name: tuple(item[name]) for name in lists},
            "failure": FailureClass(item["failure"]),
            "affected": tuple(AffectedRange(**entry) for entry in item["affected"]),
            "provenance": provenance_of(item["provenance"]),
            "relay": relay_of(item["relay"]),
        }
    )


def bundle_in(parsed: Parsed) -> Enclosed | None:
    """The first file in a document that has a proof's manifest; archives without one are evidence for people.

    Raises:
        BadProof: It has one, and cannot be opened safely or read.
    """
    for one in parsed.enclosed:
        meant = one.meant
        try:
            members = archives.read(one.name, one.data)
            meant = meant or manifests.FILE in members
            if meant:
                manifests.read(members)
                return one
        except BundleError as error:
            if meant:
                raise errors.BadProof(error.detail, error.action, one.where) from error
    return None


def check_proof(name: str, data: bytes) -> None:
    """Look into a proof bundle without unpacking it to disk.

    Raises:
        BadProof: Not an archive that is read, or one that would step out of its folder or burst.
    """
    try:
        check_archive(name, data)
    except BundleError as error:
        raise errors.BadProof(error.detail, error.action, error.field or "proof") from error
