"""What a benign run does, and whether two do the same.

Exit code, standard output and the files that are left; and what the package gave back to the driver, which a driver that prints
nothing would keep to itself: a little program stands in for the driver and notes it (``inside/observe.py`` and ``.js``).
"""

import contextlib
import hashlib
import re
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import zip_longest

from seawall.clearinghouse.validation import plainfiles
from seawall.clearinghouse.validation.archives import shown
from seawall.clearinghouse.validation.oracles.interface import Scene
from seawall.clearinghouse.validation.patches.building import INSIDE
from seawall.clearinghouse.validation.preparing import Prepared
from seawall.clearinghouse.validation.types import Runtime, Side
from seawall.foundation.platform import clock

OUTPUT_MAX = 2**20
_ADDRESS = re.compile(rb"0x[0-9a-fA-F]{6,16}")
_CLOCK = re.compile(rb"(?<![\w.])(\d{10}(?:\d{3})?)(?:\.\d+)?(?!\w)")
"""What may be a time, in seconds or milliseconds since 1970."""
_MONTHS = b"Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
_TIME = rb"\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?"
_ZONE = rb"(?: ?(?:Z|GMT|UTC)?(?:[+-]\d\d:?\d\d)?(?![\w:]))?"
_NAMED = rb"(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,? )?"
_MONTH = rb"(?P<name>" + b"|".join(_MONTHS) + rb")[a-z]*"
_WRITTEN = tuple(
    re.compile(one)
    for one in (
        # ISO 8601 and RFC 3339; RFC 9110 and RFC 5322; JavaScript's Date; C's asctime; Python's datetime.
        rb"(?<!\d)(?P<year>\d{4})-(?P<month>\d\d)-(?P<day>\d\d)[T ]" + _TIME + _ZONE,
        _NAMED + rb"(?<!\d)(?P<day>\d\d?)[ -]" + _MONTH + rb"[ -](?P<year>\d{4})[ ,]+" + _TIME + _ZONE,
        _NAMED + _MONTH + rb" (?P<day>\d\d?),? (?P<year>\d{4})[ ,]+" + _TIME + _ZONE,
        _NAMED + _MONTH + rb" +(?P<day>\d\d?) " + _TIME + rb" (?P<year>\d{4})(?!\d)",
        rb"datetime\.datetime\((?P<year>\d{4}), (?P<month>\d\d?), (?P<day>\d\d?)(?:, \d+)+\)",
    )
)
"""What may be a day and a time of it, as libraries write it."""
_DAY_S = 86_400
_ENDINGS = {Runtime.PYTHON: ".py", Runtime.NODE: ".js"}


@dataclass(frozen=True)
class Behavior:
    """What a run does, without the values that the harness made for it."""

    end: str
    output: str
    files: tuple[tuple[str, str], ...]
    observed: str = ""
    """What the package gave back, call by call."""

    @property
    def well(self) -> bool:
        """Whether it ended by itself, with exit code 0."""
        return self.end == "exit code 0"

    @property
    def telling(self) -> bool:
        """Whether there is anything to compare but the end."""
        return bool(self.output.strip() or self.files or self.observed)

    @property
    def text(self) -> str:
        """All text of it."""
        return f"{self.output}\n{self.observed}"

    def difference(self, other: "Behavior", again: "Behavior | None" = None) -> str:
        """The first thing that differs, for people.

        Args:
            other: What is expected.
            again: A second run of it: lines in which the two differ say nothing.
        """
        again = again or other
        if self.end != other.end:
            return f"ends with {self.end} in place of {other.end}"
        if found := _first(self.output, other.output, again.output):
            return f"says {shown(found[0][:80])} in place of {shown(found[1][:80])}"
        if self.files != other.files:
            return "leaves other files"
        one, two = _first(self.observed, other.observed, again.observed) or (self.observed[-80:], other.observed[-80:])
        return f"gives back {shown(one[:100])} in place of {shown(two[:100])}"


def _first(mine: str, theirs: str, again: str) -> tuple[str, str] | None:
    """The first line that is another one, and what it should be; None where only lines differ that two runs do not share."""
    if mine == theirs:
        return None
    lines = (text.split("\n") for text in (mine, theirs, again))
    return next(
        ((one, two) for one, two, three in zip_longest(*lines, fillvalue="") if one != two and two == three), None
    )


def alike(one: Behavior, other: Behavior, noise: tuple[Behavior, Behavior]) -> bool | None:
    """Whether two behaviors are the same but for what differs between two runs of one program; None where all may.

    Args:
        one: A behavior.
        other: Another.
        noise: Two runs of the same input on the same side: words of their text that differ there say nothing.
    """
    if one == other:
        return True
    if noise[0].end != noise[1].end or noise[0].files != noise[1].files:
        return None
    first, second = (re.split(r"(\s+)", run.text) for run in noise)
    if len(first) != len(second):
        return None
    steady = [place for place, word in enumerate(first) if word == second[place]]
    mine, theirs = (re.split(r"(\s+)", run.text) for run in (one, other))
    same = len(mine) == len(theirs) == len(first) and all(mine[place] == theirs[place] for place in steady)
    return same and one.end == other.end and one.files == other.files


def behavior(prepared: Prepared, side: Side, file: str, content: bytes, *, observe: bool) -> Behavior:
    """Run a benign input on a side.

    Args:
        prepared: The proof.
        side: Which build.
        file: The control's path in the bundle.
        content: What stands in its place.
        observe: Whether a program stands in for the driver; see ``can_observe``.
    """
    env = {"SEAWALL_OBSERVED": prepared.bundle.manifest.package_name} if observe else None
    with (
        _observing(prepared) if observe else contextlib.nullcontext(),
        prepared.look(side, file, content, env) as scene,
    ):
        evidence = scene.evidence
        noted = plainfiles.read(scene.stage.report / "observed", OUTPUT_MAX) or b""
        return Behavior(
            end=evidence.killed_by or evidence.signal or f"exit code {evidence.exit_code}",
            output=_plain(prepared, scene, evidence.stdout).decode("utf-8", "replace"),
            files=tuple(_left(prepared, scene)),
            observed=_plain(prepared, scene, noted).decode("utf-8", "replace") if observe else "",
        )


def can_observe(prepared: Prepared, file: str, content: bytes) -> bool:
    """Whether the driver works as before with a program in its place."""
    manifest = prepared.bundle.manifest
    if manifest.alone or not manifest.driver.endswith(_ENDINGS.get(manifest.runtime, "\0")):
        return False
    seen = behavior(prepared, Side.VULNERABLE, file, content, observe=True)
    return seen.well and bool(seen.observed)


@contextlib.contextmanager
def _observing(prepared: Prepared) -> Iterator[None]:
    """Put our program in the driver's place, and the driver beside it, for one run."""
    manifest = prepared.bundle.manifest
    driver = prepared.bundle.folder / manifest.driver
    ending = _ENDINGS[manifest.runtime]
    original = driver.read_bytes()
    beside = driver.with_name(f"seawall-observed{ending}")
    beside.write_bytes(original)
    shutil.copyfile(INSIDE / f"observe{ending}", driver)
    try:
        yield
    finally:
        driver.write_bytes(original)
        beside.unlink()


def _plain(prepared: Prepared, scene: Scene, data: bytes) -> bytes:
    manifest = prepared.bundle.manifest
    for placeholder, value in scene.stage.values().items():
        if value and len(value) > len(b"12345678"):
            data = data.replace(value, placeholder)
    data = without_versions(data, manifest.package_name, (manifest.vulnerable, manifest.fixed))
    return without_clock(_ADDRESS.sub(b"0x", data), clock.now().timestamp())


def without_versions(data: bytes, package: str, versions: Iterable[str | None]) -> bytes:
    """Data in which the versions of a package are all one: a server that names its own says another one in each release.

    One of two numbers is taken for a version only behind the package's name.

    Args:
        data: What a run said.
        package: The package's name.
        versions: Those of the two sides.
    """
    named = re.escape(package.encode()) + rb"[ /@=-]v?"
    for version in filter(None, versions):
        before = rb"(?:" + named + rb"|v?)" if version.count(".") > 1 else named
        form = rb"(?i)(?<![\w.])(" + before + rb")" + re.escape(version.encode()) + rb"(?![\w+-]|\.\w)"
        data = re.sub(form, rb"\1@version", data)
    return data


def without_clock(data: bytes, now: float) -> bytes:
    """Data in which times of that day are all one: two runs in one second say the same, a third may not.

    Args:
        data: What a run said.
        now: Seconds since 1970.
    """

    def counted(found: re.Match[bytes]) -> bytes:
        value = int(found[1]) / (1 if len(found[1]) == len("1234567890") else 1_000)
        return b"@now" if abs(value - now) < _DAY_S else found[0]

    def written(found: re.Match[bytes]) -> bytes:
        parts = found.groupdict()
        month = int(parts["month"]) if "month" in parts else _MONTHS.index(parts["name"]) + 1
        try:
            day = datetime(int(parts["year"]), month, int(parts["day"]), 12, tzinfo=UTC)
        except ValueError:
            return found[0]
        # Noon of a day that may be another zone's: it is that day's, or that of a neighbor.
        return b"@now" if abs(day.timestamp() - now) < 2 * _DAY_S else found[0]

    data = _CLOCK.sub(counted, data)
    for form in _WRITTEN:
        data = form.sub(written, data)
    return data


def _left(prepared: Prepared, scene: Scene) -> list[tuple[str, str]]:
    """Files that a run left in its working folder, by name and digest."""
    found = []
    for path in plainfiles.walk(scene.stage.work):
        content = plainfiles.read(path, OUTPUT_MAX)
        if content is not None:
            name = path.relative_to(scene.stage.work).as_posix()
            found.append((name, hashlib.sha256(_plain(prepared, scene, content)).hexdigest()))
    return sorted(found)
