"""How a proof's runs become a picture. Pure: from the stored result to rows with lengths.

A result is written by our own harness, yet its texts (output, stack, preview) come from the program under
test, and old rows may lack newer keys. Whatever is missing is shown as missing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cvss import CVSS3, CVSS4
from cvss.exceptions import CVSSError

from seawall.doors.web import words

OUTPUT_SHOWN = 4000
"""Characters of a program's output on a page; the rest is in the stored result."""
BAR = 100.0
"""Length of the longest bar, in units of its own picture."""
BAR_MIN = 1.5
"""Shortest bar that can still be seen."""


@dataclass(frozen=True)
class RunRow:
    """One run."""

    number: int
    triggered: bool
    ended: str
    """How the process ended, in words."""
    time: str
    time_bar: float
    memory: str
    memory_bar: float


@dataclass(frozen=True)
class SidePicture:
    """All runs on one build."""

    side: str
    title: str
    version: str
    runs: tuple[RunRow, ...]
    reasons: tuple[str, ...]
    """What the oracle said, each sentence once."""
    expected: str
    """What a sound proof does here."""

    @property
    def ended(self) -> str:
        """How all runs ended, where all ended alike; else empty."""
        ends = {run.ended for run in self.runs}
        return ends.pop() if len(ends) == 1 else ""

    @property
    def triggered(self) -> int:
        """How many runs triggered."""
        return sum(run.triggered for run in self.runs)

    @property
    def as_expected(self) -> bool:
        """Whether every run did what a sound proof does here."""
        wanted = len(self.runs) if self.side == "vulnerable" else 0
        return bool(self.runs) and self.triggered == wanted


@dataclass(frozen=True)
class Evidence:
    """Everything behind a verdict, for a page."""

    state: str
    verdict: words.Verdict
    summary: str
    reasons: tuple[str, ...]
    sides: tuple[SidePicture, ...]
    facts: tuple[tuple[str, str], ...]
    """Label and value: oracle, failure, signature, sandbox."""
    stack: tuple[str, ...]
    output: str
    output_cut: bool
    preview: str
    digests: tuple[tuple[str, str], ...]
    """Label and digest: of the proof, and of the stored result."""
    log_index: int | None


_SIDES = (
    ("control", "Harmless input", "stays quiet"),
    ("vulnerable", "Vulnerable", "triggers every time"),
    ("fixed", "Fixed", "stays quiet"),
    ("plain", "Plain build", "stays quiet"),
    ("stub", "Inert stub", "stays quiet"),
)


def picture(
    *, state: str, summary: str, result: Mapping[str, Any], digest: str = "", log_index: int | None = None
) -> Evidence:
    """The picture of a validation's result."""
    runs = [run for run in _list(result.get("runs")) if isinstance(run, dict)]
    longest = max((_number(run.get("wall_s")) or 0.0 for run in runs), default=0.0)
    largest = max((_number(run.get("peak_memory_bytes")) or 0.0 for run in runs), default=0.0)
    target = result.get("target")
    versions = _versions(target if isinstance(target, dict) else {})
    sides = []
    for side, title, expected in _SIDES:
        own = [run for run in runs if run.get("side") == side]
        if not own:
            continue
        sides.append(
            SidePicture(
                side=side,
                title=title,
                version=versions.get(side, ""),
                runs=tuple(_row(number, run, longest, largest) for number, run in enumerate(own, 1)),
                reasons=tuple(dict.fromkeys(str(run.get("why", "")) for run in own if run.get("why"))),
                expected=expected,
            )
        )
    loudest = next((run for run in runs if run.get("triggered")), runs[0] if runs else {})
    output = str(loudest.get("output", ""))
    return Evidence(
        state=state,
        verdict=words.verdict(state),
        summary=summary,
        reasons=tuple(str(reason) for reason in _list(result.get("reasons"))),
        sides=tuple(sides),
        facts=tuple(_facts(result)),
        stack=tuple(str(frame) for frame in _list(loudest.get("stack"))),
        output=output[:OUTPUT_SHOWN],
        output_cut=len(output) > OUTPUT_SHOWN,
        preview=str(result.get("input_preview", "")),
        digests=tuple(
            (label, text)
            for label, text in (("Proof bundle", str(result.get("bundle_digest", ""))), ("Result", digest))
            if text
        ),
        log_index=log_index,
    )


def _facts(result: Mapping[str, Any]) -> list[tuple[str, str]]:
    labels = (
        ("Judged by", "oracle"),
        ("Claimed failure", "failure"),
        ("Signature", "signature"),
        ("Sandbox", "sandbox"),
    )
    return [(label, str(result[key])) for label, key in labels if result.get(key)]


def _row(number: int, run: Mapping[str, Any], longest: float, largest: float) -> RunRow:
    wall = _number(run.get("wall_s"))
    memory = _number(run.get("peak_memory_bytes"))
    return RunRow(
        number=number,
        triggered=run.get("triggered") is True,
        ended=_ended(run),
        time=words.seconds(wall),
        time_bar=_bar(wall, longest),
        memory=words.size(None if memory is None else int(memory)),
        memory_bar=_bar(memory, largest),
    )


def _ended(run: Mapping[str, Any]) -> str:
    if run.get("killed_by"):
        return f"stopped: {words.words(run['killed_by'])}"
    if run.get("signal"):
        return str(run["signal"])
    code = run.get("exit_code")
    return "not known" if code is None else f"exit {code}"


def _bar(value: float | None, largest: float) -> float:
    return 0.0 if value is None or largest <= 0 else round(max(BAR_MIN, BAR * value / largest), 1)


def _versions(target: Mapping[str, Any]) -> dict[str, str]:
    """Version per side, however the target names it."""
    found: dict[str, str] = {}
    for side in ("vulnerable", "fixed"):
        value = target.get(side)
        if isinstance(value, dict):
            value = value.get("version") or value.get("installed")
        if isinstance(value, str):
            found[side] = value
    return found


def _list(value: Any) -> Sequence[Any]:
    return value if isinstance(value, (list, tuple)) else ()


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else None


def claimed_score(vector: str) -> str:
    """The base score of a CVSS vector as its finder wrote it, such as ``9.8``; empty where it does not compute."""
    try:
        if vector.startswith("CVSS:4.0/"):
            return str(CVSS4(vector).base_score)
        return str(CVSS3(vector).base_score) if vector.startswith("CVSS:3.") else ""
    except CVSSError:
        return ""
