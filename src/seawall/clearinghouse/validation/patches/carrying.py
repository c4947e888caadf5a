"""A fix that was found in one line of releases, put into the other line at the place of another fix.

    carried(fix, Path("proof-of-A"), other, Path("proof-of-B"), cache=cache)     # diffs against the version of ``other``

See ``porting`` for how it is put there. Where it does not come to lie where the other proof's own fix does, it is another one.
"""

from collections.abc import Callable
from pathlib import Path

from seawall.clearinghouse.validation import preparing
from seawall.clearinghouse.validation.errors import BundleError, TargetError
from seawall.clearinghouse.validation.patches import isolating, pieces, placing, porting, reading
from seawall.clearinghouse.validation.patches.errors import PatchRefused
from seawall.clearinghouse.validation.patches.types import Isolated
from seawall.clearinghouse.validation.runs import never
from seawall.clearinghouse.validation.sandboxes.interface import Provider
from seawall.clearinghouse.validation.types import Side

NEXT = 1
"""Lines between the places of two changes that are one."""


def carried(
    fix: Isolated,
    own: Path,
    other: Isolated,
    proof: Path,
    *,
    cache: Path,
    sandbox: Provider | None = None,
    cancelled: Callable[[], bool] = never,
) -> list[bytes]:
    """The core of a fix as diffs against the version of another fix, at whose place it lies; none where it does not fit there.

    Args:
        fix: What stops ``own``, out of one line of releases.
        own: The proof that it was found for.
        other: What stops ``proof``, out of another.
        proof: The other proof.
        cache: Folder for built targets.
        sandbox: As in ``replay.validate``.
        cancelled: Asked between and during runs.

    Raises:
        Infrastructure: Something of ours failed; try again.
        SandboxUnavailable: No sandbox works here.
        Cancelled: ``cancelled`` said so.
    """
    if fix.core is None or not other.places:
        return []
    try:
        changes = reading.read(fix.core)
        if len(changes) != 1 or changes[0].old is None:
            return []
        before = _files(own, fix, cache, sandbox, cancelled, only=changes[0].old).get(changes[0].old)
        there = _files(proof, other, cache, sandbox, cancelled)
    except (BundleError, TargetError, PatchRefused):
        return []
    found = []
    for path, lines in porting.port(changes[0].hunks, before or (), there):
        made = pieces.hunks(path, there[path], lines)
        if _touch(pieces.places(made), other.places):
            found.append(pieces.written(pieces.put_together(made, there)))
    return found


def _touch(mine: frozenset[tuple[str, int]], theirs: frozenset[tuple[str, int]]) -> bool:
    return any((path, line + step) in theirs for path, line in mine for step in range(-NEXT, NEXT + 1))


def _files(
    proof: Path,
    fix: Isolated,
    cache: Path,
    sandbox: Provider | None,
    cancelled: Callable[[], bool],
    only: str | None = None,
) -> dict[str, list[str]]:
    """The lines of the flawed version that a fix was found for, by path."""
    with preparing.prepared(
        proof, cache=cache, sandbox=sandbox, vulnerable=fix.version, fixed=fix.until, cancelled=cancelled
    ) as prepared:
        where = placing.layout(prepared.bundle, prepared.replay.built[Side.VULNERABLE])
        found = {
            path: isolating.code_lines(where.root / path)
            for path in sorted(where.files)
            if path.endswith(isolating.CODE) and only in {None, path}
        }
    return {path: lines for path, lines in found.items() if lines is not None}
