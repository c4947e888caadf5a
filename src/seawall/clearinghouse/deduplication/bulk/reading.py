"""SARIF 2.1.0 from a file of any size: run by run, each result reduced as soon as it was read.

    for summary, results in runs(file):
        for result in results: ...

What has no use here (graphs, web requests, fixes, file contents) is passed over. A field that is missing or of the wrong kind
costs that field; a document that is not SARIF, over a limit or cut off is refused whole, with the place.
"""

import gzip
import json
import zlib
from collections.abc import Callable, Iterator
from io import BufferedReader
from typing import Any

from seawall.clearinghouse.deduplication.bulk.errors import ScanTooLarge
from seawall.clearinghouse.deduplication.bulk.picking import Pick, clean, cwes, is_cwe, pick, table, word
from seawall.clearinghouse.deduplication.bulk.resolving import Resolver, Run, category_of, completeness, rule_of
from seawall.clearinghouse.deduplication.bulk.streaming import Source, Stream
from seawall.clearinghouse.deduplication.bulk.types import Result, RunSummary
from seawall.clearinghouse.intake.errors import NotThisFormat, UnsupportedVersion

VERSION = "2.1.0"
RESULTS_MAX = 250_000
"""Results of one document."""
RUNS_MAX = 100
RULES_MAX = 50_000
"""Rules of one run; the largest registries have some thousands."""
PARTS_MAX = 500_000
"""Files or functions that a run lists."""
UNPACKED_MAX = 2 * 2**30
"""Bytes of a document after unpacking."""
_GZIP = b"\x1f\x8b"


def opened(file: BufferedReader) -> Source:
    """The document itself, whether it came packed (gzip) or not."""
    return gzip.GzipFile(fileobj=file) if file.peek(2)[:2] == _GZIP else file


def runs(file: Source) -> Iterator[tuple[RunSummary, Iterator[Result]]]:
    """Each run of a document, and its results; these must be taken before the next run.

    Raises:
        NotThisFormat: Not SARIF, not UTF-8, cut off, a damaged archive.
        UnsupportedVersion: Another version than 2.1.0.
        ScanTooLarge: Over a limit of this module or of ``streaming``.
    """
    try:
        yield from _Document(Stream(_Bounded(file))).runs()
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise NotThisFormat("The gzip archive is damaged or was cut off.", "Pack it again.") from error


class _Bounded:
    """Reads until ``UNPACKED_MAX``."""

    def __init__(self, file: Source) -> None:
        self._file = file
        self._left = UNPACKED_MAX

    def read(self, size: int) -> bytes:
        data = self._file.read(size)
        self._left -= len(data)
        if self._left < 0:
            raise ScanTooLarge(f"The document has over {UNPACKED_MAX} bytes unpacked.", "Send one scan per part.")
        return data


class _Document:
    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._results = 0

    def runs(self) -> Iterator[tuple[RunSummary, Iterator[Result]]]:
        stream = self._stream
        if stream.kind() != "{":
            raise NotThisFormat("Not a SARIF document: it is no JSON object.", f"Send SARIF {VERSION}.")
        version: Any = None
        found = False
        for key in stream.members():
            if key == "version":
                version = stream.value()
                self._check(version)
            elif key == "runs":
                found = True
                for place in _elements(stream, "runs"):
                    if place >= RUNS_MAX:
                        raise ScanTooLarge(f"The document has over {RUNS_MAX} runs.", "Send them in several documents.")
                    yield self._run(place)
            else:
                stream.skip()
        stream.end()
        if not found:
            raise NotThisFormat("Not a SARIF document: there is no 'runs'.", f"Send SARIF {VERSION}.", field="runs")
        self._check(version)

    def _check(self, version: Any) -> None:
        if version != VERSION:
            raise UnsupportedVersion(
                f"SARIF version is {str(version)[:20]!r}.",
                f"Export SARIF {VERSION} (most tools have an option for it).",
                field="version",
            )

    def _run(self, place: int) -> tuple[RunSummary, Iterator[Result]]:
        stream, run = self._stream, Run()
        kept: list[str] = []
        left_out: dict[str, int] = {}
        if stream.kind() != "{":
            raise NotThisFormat(f"runs/{place} is no object.", field=f"runs/{place}")
        for key in stream.members():
            kind = stream.kind()
            if key == "results" and kind == "[":
                run.has_results = True
                for number in stream.elements():
                    self._result(f"runs/{place}/results/{number}", kept, left_out)
            elif key == "tool" and kind == "{":
                self._tool(run)
            elif (key, kind) in _GATHERED:
                name, reduce, most = _GATHERED[key, kind]
                setattr(run, name, self._gathered(reduce, most, key))
            elif kind == "{" and key in _TAKEN:
                _TAKEN[key](run, stream.value())
            else:
                stream.skip()
        if not run.tool:
            raise NotThisFormat(
                f"runs/{place} does not say which tool it is of.",
                "SARIF wants tool.driver.name.",
                field=f"runs/{place}/tool/driver/name",
            )
        why = completeness(run)
        notes = tuple(f"{count} left out: {_WHY[what]}." for what, count in sorted(left_out.items()))
        category = category_of(run.automation)
        summary = RunSummary(run.tool, run.version, category, not why, why, len(kept), notes)
        resolver = Resolver(run)
        return summary, (resolver.result(_picked(text)) for text in kept)

    def _result(self, where: str, kept: list[str], left_out: dict[str, int]) -> None:
        raw = self._stream.value()
        if not isinstance(raw, dict):
            raise NotThisFormat(f"{where} is no object.", field=where)
        self._results += 1
        if self._results > RESULTS_MAX:
            raise ScanTooLarge(
                f"The document has over {RESULTS_MAX} results.", "Send one scan per part of the project."
            )
        found = pick(raw)
        if isinstance(found, str):
            left_out[found] = left_out.get(found, 0) + 1
        else:
            # As text they take a fifth of the memory that objects do.
            kept.append(json.dumps(found.plain(), separators=(",", ":")))

    def _tool(self, run: Run) -> None:
        for key in self._stream.members():
            if key == "driver" and self._stream.kind() == "{":
                self._component(run, -1)
            elif key == "extensions" and self._stream.kind() == "[":
                for place in self._stream.elements():
                    if self._stream.kind() == "{":
                        self._component(run, place)
                    else:
                        self._stream.value()
            else:
                self._stream.skip()

    def _component(self, run: Run, place: int) -> None:
        for key in self._stream.members():
            if key == "rules" and self._stream.kind() == "[":
                left = RULES_MAX - sum(len(rules) for rules in run.rules.values())
                run.rules[place] = self._gathered(rule_of, left, "rules")
                continue
            if place != -1 or key not in {"name", "semanticVersion", "version", "globalMessageStrings"}:
                self._stream.skip()
                continue
            said = self._stream.value()
            if key == "name":
                run.tool = word(said, 200)
            elif key == "globalMessageStrings":
                texts = list(table(said).items())[:1000]
                run.messages = {word(name): clean(table(text).get("text"), 2000) for name, text in texts}
            else:
                run.version = run.version or word(said, 100)

    def _gathered(self, reduce: Callable[[Any], Any], most: int, what: str) -> list[Any]:
        found = []
        for place in self._stream.elements():
            if place >= most:
                raise ScanTooLarge(f"A run lists over {most} {what}.", "Send one scan per part of the project.")
            found.append(reduce(self._stream.value()))
        return found


def _elements(stream: Stream, field: str) -> Iterator[int]:
    if stream.kind() != "[":
        raise NotThisFormat(f"{field} must be a list.", field=field)
    yield from stream.elements()


def _picked(text: str) -> Pick:
    values: list[Any] = json.loads(text)
    return Pick(*[_frozen(value) if isinstance(value, list) else value for value in values])


def _frozen(value: list[Any]) -> Any:
    return tuple(tuple(one) if isinstance(one, list) else one for one in value)


def _artifact(raw: Any) -> tuple[str, str]:
    location = table(table(raw).get("location"))
    return clean(location.get("uri"), 2000), word(location.get("uriBaseId"))


def _function(raw: Any) -> str:
    said = table(raw)
    return word(said.get("fullyQualifiedName")) or word(said.get("name"))


def _taxa(raw: Any) -> list[str]:
    said = table(raw)
    taxa = said.get("taxa")
    names = [cwes([table(one).get("id")], bare=is_cwe(said)) for one in taxa] if isinstance(taxa, list) else []
    return [found[0] if found else "" for found in names]


def _take_bases(run: Run, said: Any) -> None:
    run.bases = {word(name): table(base) for name, base in list(table(said).items())[:100]}


def _take_automation(run: Run, said: Any) -> None:
    run.automation = word(table(said).get("id"))


def _take_elsewhere(run: Run, said: Any) -> None:
    run.elsewhere = bool(table(said).get("results"))


_GATHERED: dict[tuple[str, str], tuple[str, Callable[[Any], Any], int]] = {
    ("artifacts", "["): ("artifacts", _artifact, PARTS_MAX),
    ("logicalLocations", "["): ("functions", _function, PARTS_MAX),
    ("taxonomies", "["): ("taxonomies", _taxa, 100),
    ("invocations", "["): ("invocations", table, 1000),
}
_TAKEN: dict[str, Callable[[Run, Any], None]] = {
    "originalUriBaseIds": _take_bases,
    "automationDetails": _take_automation,
    "externalPropertyFileReferences": _take_elsewhere,
}
_WHY = {"absent": "they are gone since the tool's own baseline", "passed": "checks that held"}
