"""Reads what travels with a report in our own words: how it was found, and through whose hands it came.

    "provenance": {"ai_assisted": true, "model": "...", "model_version": "...", "harness": "...", "tool": "...",
                   "method": "ai-discovered", "human_reviewed": true, "reviewer_role": "...",
                   "cost": {"amount": "12.50", "currency": "USD", "tokens": 1200000},
                   "prompts_digest": "sha256:..."}
    "relay": {"credits": [{"name": "...", "organization": "...", "note": "...", "urls": ["https://..."]}],
              "origins": [{"system": "...", "identifier": "...", "url": "https://..."}],
              "embargo": {"until": "2026-12-24T09:00:00Z", "tlp": "AMBER", "text": "..."},
              "chain": [...]}

Unknown keys are refused by name: what travels is never dropped in silence.
"""

import re
from collections.abc import Callable
from dataclasses import fields as fields_of
from datetime import UTC, datetime
from typing import Any, TypeVar

from seawall.clearinghouse.intake import relays
from seawall.clearinghouse.intake.errors import NotThisFormat, ReportTooLarge
from seawall.clearinghouse.intake.formats import fields
from seawall.clearinghouse.intake.types import Cost, Credit, EmbargoTerms, Hop, Origin, Provenance, Relay

DAYS_MAX = 3650
URL_MAX = 1024
CREDITS_MAX = 100
YEARS = range(1970, 3000)
"""Years that a time may name, so that days can be added to it."""
TOKENS_MAX = 2**53 - 1

T = TypeVar("T")
_DIGEST = re.compile(r"^sha256:[0-9a-f]{64}$")
_AMOUNT = re.compile(r"^\d{1,15}(\.\d{1,6})?$", re.ASCII)
_CURRENCY = re.compile(r"^[A-Z]{3}$")
_DAY = re.compile(r"^\d{4}-\d\d-\d\d$", re.ASCII)


def provenance(value: Any, where: str = "provenance") -> Provenance:
    """How the finding was made; see the module.

    Raises:
        NotThisFormat: A member is of another kind, or unknown.
    """
    if value is None:
        return Provenance()
    held = members(value, Provenance, where)
    for key in ("ai_assisted", "human_reviewed"):
        if not isinstance(held.get(key, False), bool):
            raise NotThisFormat(f"{where}/{key} must be true or false.", field=f"{where}/{key}")
    words = ("model", "tool", "model_version", "harness", "reviewer_role", "method")
    return Provenance(
        ai_assisted=held.get("ai_assisted", False),
        human_reviewed=held.get("human_reviewed", False),
        cost=cost(held.get("cost"), f"{where}/cost"),
        prompts_digest=digest(held.get("prompts_digest"), f"{where}/prompts_digest"),
        **{name: fields.text(held.get(name), f"{where}/{name}", limit=fields.WORD_MAX) for name in words},
    )


def cost(value: Any, where: str) -> Cost:
    """``{"amount": "12.50", "currency": "USD", "tokens": 1200000}``; the amount may be a number."""
    if value is None:
        return Cost()
    held = members(value, Cost, where)
    amount, currency, tokens = held.get("amount"), held.get("currency"), held.get("tokens")
    if isinstance(amount, int | float) and not isinstance(amount, bool):
        amount = f"{amount:f}".rstrip("0").rstrip(".") if isinstance(amount, float) else str(amount)[:60]
    amount = fields.text(amount, f"{where}/amount", limit=60)
    currency = fields.text(currency, f"{where}/currency", limit=60)
    if amount and not _AMOUNT.match(amount):
        raise NotThisFormat(f"{where}/amount is not a sum.", 'Write it like "12.50".', f"{where}/amount")
    if bool(amount) != bool(currency) or (currency and not _CURRENCY.match(currency)):
        raise NotThisFormat(
            f"{where}/currency: an amount has a currency of three letters.", "Write USD.", f"{where}/currency"
        )
    if tokens is not None and (
        isinstance(tokens, bool) or not isinstance(tokens, int) or not 0 <= tokens <= TOKENS_MAX
    ):
        raise NotThisFormat(f"{where}/tokens must be a whole number.", field=f"{where}/tokens")
    return Cost(amount=amount, currency=currency, tokens=tokens)


def relay(value: Any, where: str = "relay") -> Relay:
    """Credits, origins, terms and the chain so far; that the chain holds together is asked later (``relays.check``).

    Raises:
        NotThisFormat: A member is of another kind, or unknown.
        ReportTooLarge: More hops, credits or origins than are read.
    """
    if value is None:
        return Relay()
    held = members(value, Relay, where)
    return Relay(
        credits=several(held.get("credits"), f"{where}/credits", CREDITS_MAX, _credit),
        origins=several(held.get("origins"), f"{where}/origins", fields.LIST_MAX, _origin),
        embargo=embargo(held.get("embargo"), f"{where}/embargo"),
        chain=several(held.get("chain"), f"{where}/chain", relays.CHAIN_MAX, _hop),
    )


def embargo(value: Any, where: str) -> EmbargoTerms | None:
    """What a sender asks of whoever reads the report."""
    if value is None:
        return None
    held = members(value, EmbargoTerms, where)
    days, tlp = held.get("days"), held.get("tlp")
    if days is not None and (isinstance(days, bool) or not isinstance(days, int) or not 0 <= days <= DAYS_MAX):
        raise NotThisFormat(f"{where}/days must be a number up to {DAYS_MAX}.", field=f"{where}/days")
    if days is not None and held.get("until"):
        raise NotThisFormat(f"{where} has both until and days.", "Keep one of them.", f"{where}/days")
    return EmbargoTerms(
        until=moment(held.get("until"), f"{where}/until"),
        days=days,
        tlp=label(tlp, f"{where}/tlp"),
        text=fields.text(held.get("text"), f"{where}/text", limit=4000),
    )


def label(value: Any, where: str) -> str:
    """A TLP label, with or without ``TLP:``."""
    said = fields.text(value, where, limit=60).upper().removeprefix("TLP:").strip()
    if said and said not in relays.TLP:
        raise NotThisFormat(f"{where} is no label of TLP 2.0.", f"Choose from {', '.join(relays.TLP)}.", where)
    return said


def moment(value: Any, where: str) -> str:
    """A time with its zone, as RFC 3339 in UTC to seconds; a bare day is its beginning."""
    raw = fields.text(value, where, limit=60)
    if not raw:
        return ""
    try:
        read = datetime.fromisoformat(raw)
        if _DAY.match(raw):
            read = read.replace(tzinfo=UTC)
        if read.tzinfo is not None and read.year in YEARS:
            return relays.stamp(read)
    except (ValueError, OverflowError):
        pass
    raise NotThisFormat(f"{where} is no time.", "Write it like 2026-12-24T09:00:00Z.", where)


def digest(value: Any, where: str) -> str:
    """``sha256:`` and 64 hex digits, or nothing."""
    raw = fields.text(value, where, limit=100)
    if raw and not _DIGEST.match(raw):
        raise NotThisFormat(f"{where} is no digest.", 'Write "sha256:" and 64 hex digits.', where)
    return raw


def members(value: Any, kind: type, where: str) -> dict[str, Any]:
    """An object that has no other members than a type has fields."""
    if not isinstance(value, dict):
        raise NotThisFormat(f"{where} must be an object.", field=where)
    known = sorted(one.name for one in fields_of(kind))
    for key in sorted(set(value) - set(known)):
        raise NotThisFormat(f"Unknown key {key[:60]!r}.", f"Known are {', '.join(known)}.", f"{where}/{key[:60]}")
    return value


def several(value: Any, where: str, most: int, read: Callable[[Any, str], T]) -> tuple[T, ...]:
    """A list, each entry read by its own place."""
    if value is None:
        return ()
    if not isinstance(value, list):
        raise NotThisFormat(f"{where} must be a list.", field=where)
    if len(value) > most:
        raise ReportTooLarge(f"{where} has {len(value)} entries; {most} are read.", field=where)
    return tuple(read(item, f"{where}/{index}") for index, item in enumerate(value))


def _credit(value: Any, where: str) -> Credit:
    held = members(value, Credit, where)
    return Credit(
        name=fields.text(held.get("name"), f"{where}/name", limit=fields.WORD_MAX),
        organization=fields.text(held.get("organization"), f"{where}/organization", limit=fields.WORD_MAX),
        note=fields.text(held.get("note"), f"{where}/note", limit=2000),
        urls=fields.texts(held.get("urls"), f"{where}/urls", limit=URL_MAX),
    )


def _origin(value: Any, where: str) -> Origin:
    held = members(value, Origin, where)
    return Origin(
        system=fields.text(held.get("system"), f"{where}/system", limit=fields.WORD_MAX),
        identifier=fields.text(held.get("identifier"), f"{where}/identifier", limit=fields.WORD_MAX),
        url=fields.text(held.get("url"), f"{where}/url", limit=URL_MAX),
    )


def _hop(value: Any, where: str) -> Hop:
    held = members(value, Hop, where)
    for name in ("content_digest", "digest"):
        if not held.get(name):
            raise NotThisFormat(f"{where}/{name} is missing.", "Send the chain as you received it.", f"{where}/{name}")
    received_at = held.get("received_at")
    if received_at != moment(received_at, f"{where}/received_at") or not received_at:
        raise NotThisFormat(
            f"{where}/received_at must be in UTC to seconds.",
            "Send the chain as you received it.",
            f"{where}/received_at",
        )
    words = ("reporter", "recipient", "identifier", "source_format")
    return Hop(
        received_at=received_at,
        embargo=embargo(held.get("embargo"), f"{where}/embargo"),
        **{
            name: fields.text(held.get(name), f"{where}/{name}", limit=fields.WORD_MAX, required=True) for name in words
        },
        **{
            name: digest(held.get(name), f"{where}/{name}")
            for name in ("source_digest", "content_digest", "previous", "digest")
        },
    )
