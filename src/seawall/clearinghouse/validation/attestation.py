"""A verdict that outsiders can hold and run again: an in-toto statement, signed in a DSSE envelope.

    payload = statement(result, environment())          # canonical JSON
    envelope = key.envelope(payload, PAYLOAD_TYPE)
    differences(read(opened(envelope, PAYLOAD_TYPE, public)), result)

The subjects are what was judged: the bundle, and each side's target, by digest. The predicate says what ran, what happened and what
came of it (docs/attestations.md describes every member). It vouches for what this machine saw, not for the finder's honesty.
"""

import platform
import sys
from dataclasses import asdict, dataclass
from typing import Any

import rfc8785

from seawall.clearinghouse.validation.types import Run, Side, ValidationResult
from seawall.foundation.platform import strict_json
from seawall.foundation.platform.errors import BadInput

STATEMENT_TYPE = "https://in-toto.io/Statement/v1"
PREDICATE_TYPE = "https://seawall.example/proof-run/v1"
PAYLOAD_TYPE = "application/vnd.in-toto+json"
_SIDES = tuple(Side)


@dataclass(frozen=True, slots=True)
class Recorded:
    """Where a clearinghouse has written the verdict down."""

    report: str
    """Identifier of the report."""
    log_origin: str
    log_index: int
    """Entry of the transparency log."""
    result_digest: str


def environment() -> dict[str, str]:
    """What of this machine may decide what a proof does."""
    return {
        "system": platform.system(),
        "kernel": platform.release(),
        "machine": platform.machine(),
        "python": ".".join(str(part) for part in sys.version_info[:3]),
    }


def statement(result: ValidationResult, where: dict[str, str], recorded: Recorded | None = None) -> bytes:
    """The statement about a verdict, as canonical JSON.

    Args:
        result: The verdict with everything behind it.
        where: From ``environment``, on the machine that ran it.
        recorded: Of a clearinghouse's own verdicts.

    Raises:
        ValueError: The bundle could not be read, so there is nothing to speak of.
    """
    if not result.bundle_digest:
        raise ValueError("a statement needs a bundle that could be read")
    predicate: dict[str, Any] = {
        "verdict": result.verdict.value,
        "summary": result.summary,
        "reasons": list(result.reasons),
        "claim": {"package": result.target.get("package", ""), "failure": result.failure},
        "oracle": result.oracle,
        "signature": result.signature,
        "runs": [_run(run) for run in result.runs],
        "order": {"seed": result.seed},
        "targets": {name: value for name, value in result.target.items() if name != "package"},
        "sandbox": result.sandbox,
        "environment": where,
    }
    if recorded is not None:
        predicate["recorded"] = asdict(recorded)
    return rfc8785.dumps(
        {
            "_type": STATEMENT_TYPE,
            "subject": _subjects(result),
            "predicateType": PREDICATE_TYPE,
            "predicate": predicate,
        }
    )


def read(payload: bytes) -> dict[str, Any]:
    """A statement from its bytes.

    Raises:
        BadInput: No statement about a proof's run.
    """
    value = strict_json.loads(payload)
    if (
        not isinstance(value, dict)
        or value.get("_type") != STATEMENT_TYPE
        or value.get("predicateType") != PREDICATE_TYPE
        or not isinstance(value.get("predicate"), dict)
        or not isinstance(value.get("subject"), list)
    ):
        raise BadInput("This is no statement about a proof's run.", f"Its predicateType must be {PREDICATE_TYPE}.")
    return value


def differences(theirs: dict[str, Any], ours: ValidationResult) -> tuple[str, ...]:
    """What our own run of the same bundle found otherwise, as sentences; () where the two agree.

    Times, memory and the order of runs may differ; verdict, signature, targets and how often it triggered may not.
    """
    mine = strict_json.loads(statement(ours, {}))
    found: list[str] = []
    if _digests(theirs) != _digests(mine):
        changed = sorted(
            name
            for name in {*_digests(theirs), *_digests(mine)}
            if _digests(theirs).get(name) != _digests(mine).get(name)
        )
        found.append(f"Other bytes: {', '.join(changed)}.")
    said, seen = theirs["predicate"], mine["predicate"]
    found += [
        f"{name}: it says {said.get(name)}, and here it is {seen[name]}."
        for name in ("verdict", "oracle", "signature", "claim")
        if said.get(name) != seen[name]
    ]
    rates = [(side, _rate(said.get("runs"), side), _rate(seen["runs"], side)) for side in _SIDES]
    found += [
        f"{side.value} side: it triggered {there} there, and {here} here."
        for side, there, here in rates
        if there != here
    ]
    return tuple(found)


def _run(run: Run) -> dict[str, Any]:
    # Floats with few digits, as canonical JSON writes them; output is left out: it is hostile, long and never evidence.
    return {
        "side": run.side.value,
        "triggered": run.triggered,
        "why": run.why,
        "exit_code": run.exit_code,
        "signal": run.signal,
        "killed_by": run.killed_by,
        "wall_s": run.wall_s,
        "cpu_s": run.cpu_s,
        "peak_memory_bytes": run.peak_memory_bytes,
        "signature": run.signature,
        "stack": list(run.stack),
    }


def _subjects(result: ValidationResult) -> list[dict[str, Any]]:
    found = [_subject("proof bundle", result.bundle_digest)]
    package = result.target.get("package", "")
    found += [
        _subject(f"{package}@{facts.get('version', '')} ({side})", facts["digest"])
        for side, facts in result.target.items()
        if isinstance(facts, dict) and isinstance(facts.get("digest"), str)
    ]
    return found


def _subject(name: str, digest: str) -> dict[str, Any]:
    kind, _, value = digest.partition(":")
    return {"name": name, "digest": {kind: value}}


def _digests(said: dict[str, Any]) -> dict[str, str]:
    found: dict[str, str] = {}
    for subject in said["subject"]:
        if isinstance(subject, dict) and isinstance(subject.get("digest"), dict):
            found[str(subject.get("name"))] = str(sorted(subject["digest"].items()))
    return found


def _rate(runs: Any, side: Side) -> str:
    mine = (
        [run for run in runs if isinstance(run, dict) and run.get("side") == side.value]
        if isinstance(runs, list)
        else []
    )
    return f"{sum(run.get('triggered') is True for run in mine)} of {len(mine)} times"
