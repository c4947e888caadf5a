"""Refusals of coordination."""

from dataclasses import dataclass

from seawall.foundation.platform.errors import Conflict


@dataclass
class TransitionRefused(Conflict):
    """The state machine does not allow this step now; ``allowed`` names the steps that it does."""

    allowed: tuple[str, ...] = ()

    code = "transition-refused"
    title = "Not a step from here"
