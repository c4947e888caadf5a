"""Puts hunks into a file's text. Pure.

A hunk must be found as it stands. It may lie elsewhere than it says (*offset*), and up to ``FUZZ_MAX`` lines at either
end of its context may differ (*fuzz*); both are reported. Lines that are taken away must always be there. A line's end may be
CRLF on one side and LF on the other; the file's own way is kept.
"""

from dataclasses import dataclass, field

from seawall.clearinghouse.validation.archives import shown
from seawall.clearinghouse.validation.patches.errors import PatchRefused
from seawall.clearinghouse.validation.patches.types import Hunk, Place

FUZZ_MAX = 2
"""Lines of context at either end that may differ; what `patch` allows."""
COMPARED_MAX = 5_000_000
"""Lines compared in one file while looking for hunks: a hostile file of equal lines would take hours."""


@dataclass
class _Budget:
    left: int = COMPARED_MAX

    def spend(self, count: int) -> None:
        self.left -= count
        if self.left < 0:
            raise PatchRefused("Too many places look like those that the patch is for.", "Give its hunks more context.")


@dataclass
class _Text:
    lines: list[str]
    places: list[Place] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def create(hunks: tuple[Hunk, ...]) -> tuple[bytes, tuple[Place, ...]]:
    """The content of a new file."""
    lines = [text for hunk in hunks for kind, text in hunk.lines if kind == "+"]
    if any(kind != "+" for hunk in hunks for kind, _ in hunk.lines):
        raise PatchRefused("The patch makes a new file that has old lines.", "Make the diff anew.")
    text = "\n".join(lines) + ("" if not lines or hunks[-1].bare_new else "\n")
    return _bytes(text), (Place(1, len(lines)),) if lines else ()


def apply(content: bytes, hunks: tuple[Hunk, ...], name: str) -> tuple[bytes, tuple[Place, ...], tuple[str, ...]]:
    """A file's content with all hunks put in, in order.

    Args:
        content: The file as it is.
        hunks: In the order of the patch.
        name: For messages.

    Returns:
        The new content, where it changed, and notes on hunks that did not lie as they say.

    Raises:
        PatchRefused: A hunk does not fit.
    """
    text = content.decode("utf-8", errors="surrogateescape")
    old = text.split("\n")
    crlf = sum(line.endswith("\r") for line in old) * 2 > len(old)
    plain = [line.removesuffix("\r") for line in old]
    budget, made = _Budget(), _Text([])
    taken = 0  # old lines that are done with
    shift = 0
    for number, hunk in enumerate(hunks, 1):
        before = [line.removesuffix("\r") for kind, line in hunk.lines if kind != "+"]
        at, fuzz_front, fuzz_back = _find(plain, hunk, before, taken, shift, budget, f"{name}, hunk {number}")
        wanted = hunk.start - 1 if before else hunk.start
        if at - fuzz_front != wanted:
            shift = at - fuzz_front - wanted
            made.notes.append(f"hunk {number} lies {abs(shift)} lines {'further down' if shift > 0 else 'further up'}")
        if fuzz_front or fuzz_back:
            made.notes.append(f"hunk {number} fits with {max(fuzz_front, fuzz_back)} lines of context that differ")
        made.lines += old[taken:at]
        taken = _put(made, hunk, old, at, (fuzz_front, fuzz_back), crlf=crlf)
    rest = old[taken:]
    last = hunks[-1] if hunks else Hunk(1, ())
    if last.bare_new and rest == [""]:
        rest = []  # the line feed at the end goes
    elif last.bare_old and not last.bare_new and not rest and made.lines:
        rest = [""]  # one comes
    result = "\n".join(made.lines + rest)
    return _bytes(result), tuple(made.places), tuple(made.notes)


def _put(made: _Text, hunk: Hunk, old: list[str], at: int, fuzz: tuple[int, int], *, crlf: bool) -> int:
    """Write one hunk's new lines; old context is kept as the file has it. Returns the old line that comes next."""
    lines = hunk.lines[fuzz[0] : len(hunk.lines) - fuzz[1]]
    taken = at
    first = 0
    removed = False
    for kind, line in (*lines, (" ", "")):
        if kind == "+":
            first = first or len(made.lines) + 1
            made.lines.append(f"{line.removesuffix(chr(13))}\r" if crlf else line.removesuffix("\r"))
            continue
        if kind == "-":
            removed = True
            taken += 1
            continue
        if first:
            made.places.append(Place(first, len(made.lines)))
        elif removed:
            made.places.append(Place(len(made.lines) + 1, len(made.lines)))
        first, removed = 0, False
        if (kind, line) == (" ", "") and taken == at + sum(kind != "+" for kind, _ in lines):
            break  # the mark at the end
        made.lines.append(old[taken])
        taken += 1
    return taken


def _find(
    plain: list[str], hunk: Hunk, before: list[str], taken: int, shift: int, budget: _Budget, name: str
) -> tuple[int, int, int]:
    """Where a hunk's old lines (less its fuzz) begin, and the fuzz in front and behind."""
    if not before:
        return min(max(hunk.start + shift, taken), len(plain)), 0, 0
    front = _context(hunk.lines)
    back = _context(hunk.lines[::-1])
    wanted = hunk.start - 1 + shift
    for fuzz in range(FUZZ_MAX + 1):
        in_front, behind = min(fuzz, front), min(fuzz, back)
        if fuzz and (in_front, behind) == (min(fuzz - 1, front), min(fuzz - 1, back)):
            break
        block = before[in_front : len(before) - behind]
        if not block or (fuzz and all(not line.strip() for line in block)):
            break
        at = _nearest(plain, block, wanted + in_front, taken, budget)
        if at is not None:
            return at, in_front, behind
    after = [line.removesuffix("\r") for kind, line in hunk.lines if kind != "-"]
    if after and after != before and _nearest(plain, after, wanted, taken, budget) is not None:
        raise PatchRefused(f"{name} is in the target already.", "Is the fix in this version?")
    lost = next((line for kind, line in hunk.lines if kind == "-" and line not in plain), before[0])
    raise PatchRefused(
        f"{name} does not fit: the target has no such place (looked for {shown(lost.strip())}).",
        "Make the patch for this version.",
    )


def _context(lines: tuple[tuple[str, str], ...]) -> int:
    count = 0
    for kind, _ in lines:
        if kind != " ":
            break
        count += 1
    return count


def _nearest(plain: list[str], block: list[str], wanted: int, taken: int, budget: _Budget) -> int | None:
    """The place nearest to the wanted one at which a block stands; an earlier one before a later one."""
    last = len(plain) - len(block)
    wanted = min(max(wanted, 0), len(plain))
    for distance in range(max(wanted - taken, last - wanted, 0) + 1):
        for at in dict.fromkeys((wanted - distance, wanted + distance)):
            if not taken <= at <= last:
                continue
            budget.spend(1)
            if plain[at] != block[0]:
                continue
            budget.spend(len(block))
            if plain[at : at + len(block)] == block:
                return at
    return None


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", errors="surrogateescape")
