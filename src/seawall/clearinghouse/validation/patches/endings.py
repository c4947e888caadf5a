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
class Control:
    """What a control does on the sides as they are."""

    flawed: Twice | None = None
    """On the flawed side; None where there is no control."""
    released: Twice | None = None
    """On the fixed side; None where there is none."""
    observe: bool = False
    """Whether what the package gives back was noted too."""


@dataclass(frozen=True)
class Ways:
    """What control and attack do on the sides as they are."""

    control: Control
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
    costs = prepared.bundle.manifest.oracle in _COSTS
    return Ways(
        known_control(prepared),
        _twice(prepared, Side.FIXED, prepared.file, attack) if prepared.has_fix else None,
        None if costs else _twice(prepared, Side.VULNERABLE, prepared.file, attack),
    )


def known_control(prepared: Prepared) -> Control:
    """Run the control alone twice on the sides that there are.

    Args:
        prepared: The proof.
    """
    file = prepared.bundle.manifest.control
    if file is None:
        return Control()
    content = (prepared.bundle.folder / file).read_bytes()
    observe = behaving.can_observe(prepared, file, content)
    return Control(
        _twice(prepared, Side.VULNERABLE, file, content, observe=observe),
        _twice(prepared, Side.FIXED, file, content, observe=observe) if prepared.has_fix else None,
        observe,
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
    control = control_ending(prepared, ways.control)
    if control.why:
        return control
    accepted = [twice for twice in (ways.refused, ways.flawed) if twice is not None]
    if accepted:
        seen = behaving.behavior(prepared, Side.PATCHED, prepared.file, attack, observe=False)
        if all(behaving.alike(seen, twice[0], twice) is False for twice in accepted):
            difference = seen.difference(*accepted[0])
            return Ending(f"The attack {difference}, as on no side without the patch.", control.control_kept)
    return control


def control_ending(prepared: Prepared, known: Control) -> Ending:
    """Hold the control alone on the patched side against what it does on the sides as they are."""
    file = prepared.bundle.manifest.control
    if known.flawed is None or file is None:
        return Ending()
    content = (prepared.bundle.folder / file).read_bytes()
    seen = behaving.behavior(prepared, Side.PATCHED, file, content, observe=known.observe)
    if behaving.alike(seen, known.flawed[0], known.flawed) is not False:
        return Ending()
    if known.released is None or behaving.alike(seen, known.released[0], known.released) is False:
        return Ending(f"The benign control {seen.difference(*known.flawed)}.", control_kept=False)
    return Ending(control_kept=False)


def as_fixed(prepared: Prepared, attack: bytes, *, strictly: bool = True) -> bool:
    """Whether the attack ends on the first side as it does on the fixed one, where it is refused.

    Args:
        prepared: The proof.
        attack: Content of its attack.
        strictly: Whether it says the same and leaves the same files too.
    """
    refused = _twice(prepared, Side.FIXED, prepared.file, attack)
    seen = behaving.behavior(prepared, Side.VULNERABLE, prepared.file, attack, observe=False)
    if not strictly:
        return seen.end == refused[0].end == refused[1].end
    return behaving.alike(seen, refused[0], refused) is True


def _twice(prepared: Prepared, side: Side, file: str, content: bytes, *, observe: bool = False) -> Twice:
    return (
        behaving.behavior(prepared, side, file, content, observe=observe),
        behaving.behavior(prepared, side, file, content, observe=observe),
    )
