"""Whether a build with a fix does otherwise what the builds without it do: its control as before, its attack as where it is refused.

    ways = endings.known(prepared, attack)      # runs on the flawed and on the fixed side
    found = endings.ending(prepared, ways, attack)
    found.why       # what the patched side does otherwise; empty where nothing

A proof falls silent as well where half a change breaks the program, or where what it goes through was taken away. A driver
that catches every exception ends well all the same; what it says, and what the package gives back to it, then differs.
"""

from dataclasses import dataclass

from seawall.clearinghouse.validation.patches import behaving
from seawall.clearinghouse.validation.patches.behaving import Behavior
from seawall.clearinghouse.validation.preparing import Prepared
from seawall.clearinghouse.validation.types import OracleKind, Side

_COSTS = frozenset({OracleKind.TIME_BUDGET, OracleKind.MEMORY_BUDGET, OracleKind.GROWTH})

Twice = tuple[Behavior, Behavior]
"""Two runs of one input on one side: what differs between them is noise."""


@dataclass(frozen=True)
class Ways:
    """What control and attack do on the sides as they are."""

    control: Twice | None
    """On the flawed side; None where there is no control."""
    released: Twice | None
    """The control on the fixed side; None where there is none."""
    observe: bool
    """Whether what the package gives back was noted too."""
    refused: Twice | None
    """The attack on the fixed side; None where there is none."""
    flawed: Twice | None
    """The attack on the flawed side; None where its effect is its cost."""


def known(prepared: Prepared, attack: bytes) -> Ways:
    """Run control and attack twice on the sides that there are.

    Args:
        prepared: The proof.
        attack: Content of its attack.
    """
    manifest = prepared.bundle.manifest
    control, released, observe = None, None, False
    if manifest.control is not None:
        content = (prepared.bundle.folder / manifest.control).read_bytes()
        observe = behaving.can_observe(prepared, manifest.control, content)
        control = _twice(prepared, Side.VULNERABLE, manifest.control, content, observe=observe)
        if prepared.has_fix:
            released = _twice(prepared, Side.FIXED, manifest.control, content, observe=observe)
    return Ways(
        control,
        released,
        observe,
        _twice(prepared, Side.FIXED, prepared.file, attack) if prepared.has_fix else None,
        None if manifest.oracle in _COSTS else _twice(prepared, Side.VULNERABLE, prepared.file, attack),
    )


@dataclass(frozen=True)
class Ending:
    """How control and attack end on the patched side."""

    why: str = ""
    """What it does that no side without the patch does; empty where there is nothing."""
    control_kept: bool = True
    """Whether the control does all that it does on the flawed side, and not only what it does in the release."""


def ending(prepared: Prepared, ways: Ways, attack: bytes) -> Ending:
    """Hold the patched side against the sides as they are.

    The control must do what it does on the flawed side, or at least what it does in the release; the attack what it does where
    it is refused, or what it does on the flawed side but for its effect.
    """
    manifest = prepared.bundle.manifest
    kept = True
    if ways.control is not None and manifest.control is not None:
        content = (prepared.bundle.folder / manifest.control).read_bytes()
        seen = behaving.behavior(prepared, Side.PATCHED, manifest.control, content, observe=ways.observe)
        kept = behaving.alike(seen, ways.control[0], ways.control) is not False
        if not kept and (ways.released is None or behaving.alike(seen, ways.released[0], ways.released) is False):
            return Ending(f"The benign control {seen.difference(ways.control[0])}.", control_kept=False)
    accepted = [twice for twice in (ways.refused, ways.flawed) if twice is not None]
    if accepted:
        seen = behaving.behavior(prepared, Side.PATCHED, prepared.file, attack, observe=False)
        if all(behaving.alike(seen, twice[0], twice) is False for twice in accepted):
            difference = seen.difference(accepted[0][0])
            return Ending(f"The attack {difference}, as on no side without the patch.", kept)
    return Ending(control_kept=kept)


def as_fixed(prepared: Prepared, attack: bytes) -> bool:
    """Whether the attack ends on the first side as it does on the fixed one, where it is refused."""
    refused = _twice(prepared, Side.FIXED, prepared.file, attack)
    seen = behaving.behavior(prepared, Side.VULNERABLE, prepared.file, attack, observe=False)
    return behaving.alike(seen, refused[0], refused) is True


def _twice(prepared: Prepared, side: Side, file: str, content: bytes, *, observe: bool = False) -> Twice:
    return (
        behaving.behavior(prepared, side, file, content, observe=observe),
        behaving.behavior(prepared, side, file, content, observe=observe),
    )
