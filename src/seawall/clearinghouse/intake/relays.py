"""What travels with a report when one clearinghouse hands it to the next. Pure.

    finder -> A        chain: [hop 0]            A answers with its identifier
    A -> B             chain: [hop 0, hop 1]     B answers with its own
    ...

- A chain only grows. Each hop holds the digest of the hop before, and of what the report says; so a changed credit,
  embargo, origin or sentence shows at every later reader (``check``), and is refused with the first hop that does not hold.
- The links are digests, not signatures: whoever rewrites *all* of a chain makes one that holds together. What shows
  that is an identifier or a digest kept elsewhere; every clearinghouse of ours has its hop's digest in its log.
- Embargo terms are kept as each hop stated them. Of ends the earliest binds, of TLP labels the strictest, and the
  others are named (``binding``). Nobody in the middle can loosen or renegotiate them.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import rfc8785

from seawall.clearinghouse.intake.errors import ChainAltered
from seawall.clearinghouse.intake.types import EmbargoTerms, Hop, Relay, Report

SCHEMA = "seawall.report/1"
CHAIN_MAX = 32
"""Hops; real reports have two or three."""
TLP = ("CLEAR", "GREEN", "AMBER", "AMBER+STRICT", "RED")
"""Labels of TLP 2.0, the loosest first."""
_SAID = (
    "title",
    "description",
    "package",
    "versions",
    "failure",
    "weaknesses",
    "identifiers",
    "affected",
    "paths",
    "symbols",
    "severity",
    "provenance",
    "fingerprints",
)


@dataclass(frozen=True)
class Binding:
    """The terms that bind whoever reads a report now, and whose they are. Empty where nobody asked for anything."""

    until: str = ""
    until_by: str = ""
    tlp: str = ""
    tlp_by: str = ""
    looser: tuple[str, ...] = ()
    """Terms that do not bind because stricter ones do, each in a sentence."""
    texts: tuple[str, ...] = ()
    """Terms in free words, with their sender; a person has to read them."""


def content_digest(report: Report) -> str:
    """SHA-256 of what the report says and whom it credits, the same at every hop: not of its chain or its bytes."""
    said: dict[str, Any] = {name: asdict(report)[name] for name in _SAID}
    said["credits"] = [asdict(one) for one in report.relay.credits]
    said["origins"] = [asdict(one) for one in report.relay.origins]
    return _digest(said)


def hop_digest(hop: Hop) -> str:
    """SHA-256 over the members of a hop but its own digest."""
    return _digest({name: value for name, value in asdict(hop).items() if name != "digest"})


def joined(
    report: Report,
    *,
    reporter: str,
    recipient: str,
    identifier: str,
    received_at: datetime,
    source_format: str,
    source_digest: str,
) -> Relay:
    """The report's relay with one more hop, which takes over the terms that its sender states.

    Args:
        report: As parsed; its chain was checked.
        reporter: Who hands it over.
        recipient: Who takes it in.
        identifier: The recipient's identifier for it.
        received_at: When, with a time zone.
        source_format: Format that it came in.
        source_digest: SHA-256 of the bytes that came.
    """
    chain = report.relay.chain
    hop = Hop(
        reporter=reporter,
        recipient=recipient,
        identifier=identifier,
        received_at=stamp(received_at),
        source_format=source_format,
        source_digest=source_digest,
        content_digest=content_digest(report),
        embargo=report.relay.embargo,
        previous=chain[-1].digest if chain else "",
        digest="",
    )
    return replace(report.relay, embargo=None, chain=(*chain, replace(hop, digest=hop_digest(hop))))


def check(report: Report) -> None:
    """See that the chain holds together.

    Raises:
        ChainAltered: It does not; ``field`` is the first hop at which it shows.
    """
    said = content_digest(report)
    previous = ""
    for index, hop in enumerate(report.relay.chain):
        where = f"relay/chain/{index}"
        who = f"hop {index} ({hop.reporter[:60]} to {hop.recipient[:60]})"
        if hop.digest != hop_digest(hop):
            raise ChainAltered(f"Of {who} something was changed after it was written.", _ASK, f"{where}/digest")
        if hop.previous != previous:
            raise ChainAltered(f"Before {who} a hop was taken out, put in or moved.", _ASK, f"{where}/previous")
        if hop.content_digest != said:
            raise ChainAltered(
                f"The report does not say any more what {who} handed over.", _ASK, f"{where}/content_digest"
            )
        previous = hop.digest


_ASK = "Ask whoever sent it for the report as they received it, or send it as your own without relay/chain."


def binding(relay: Relay) -> Binding:
    """Which of the chain's terms bind: the earliest end, the strictest label."""
    ends = sorted(_ends(relay))
    labels = sorted(
        (-TLP.index(hop.embargo.tlp), index, hop.reporter)
        for index, hop in enumerate(relay.chain)
        if hop.embargo and hop.embargo.tlp
    )
    looser = [f"{who} asked for {end}; {ends[0][0]} binds." for end, _, who in ends[1:] if end != ends[0][0]]
    looser += [
        f"{who} asked for TLP:{TLP[-rank]}; TLP:{TLP[-labels[0][0]]} binds."
        for rank, _, who in labels[1:]
        if rank != labels[0][0]
    ]
    return Binding(
        until=ends[0][0] if ends else "",
        until_by=ends[0][2] if ends else "",
        tlp=TLP[-labels[0][0]] if labels else "",
        tlp_by=labels[0][2] if labels else "",
        looser=tuple(looser),
        texts=tuple(f"{hop.reporter}: {hop.embargo.text}" for hop in relay.chain if hop.embargo and hop.embargo.text),
    )


def _ends(relay: Relay) -> Iterator[tuple[str, int, str]]:
    for index, hop in enumerate(relay.chain):
        end = end_of(hop.embargo, hop.received_at)
        if end:
            yield end, index, hop.reporter


def end_of(terms: EmbargoTerms | None, received_at: str) -> str:
    """When the terms end, RFC 3339; "" where they name no end."""
    if terms is None:
        return ""
    if terms.until:
        return terms.until
    if terms.days is None:
        return ""
    return stamp(datetime.fromisoformat(received_at) + timedelta(days=terms.days))


def document(report: Report) -> dict[str, Any]:
    """The report as the native format takes it in elsewhere, chain and all.

    Raises:
        ChainAltered: The chain does not hold together; it is not handed on.
    """
    check(report)
    whole = asdict(report)
    relay = {name: whole["relay"][name] for name in ("credits", "origins", "chain")}
    return {"schema": SCHEMA, **{name: whole[name] for name in _SAID}, "relay": relay}


def stamp(moment: datetime) -> str:
    """RFC 3339 in UTC to seconds.

    Args:
        moment: With a time zone.
    """
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _digest(value: Any) -> str:
    return f"sha256:{hashlib.sha256(rfc8785.dumps(_plain(value))).hexdigest()}"


def _plain(value: Any) -> Any:
    """As every reader of the native format has it: trimmed texts, lists without blanks and repeats."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        items = [_plain(item) for item in value]
        return list(dict.fromkeys(item for item in items if item)) if all(isinstance(i, str) for i in items) else items
    return value.strip() if isinstance(value, str) else value
