"""What an oracle is: it prepares values before a run and judges what is there after it, from outside.

Nothing that the proof prints is evidence, with one exception that cannot be forged: a random secret that only the
flaw can bring out. To add one: a class here or in a module beside, a member of ``types.OracleKind`` with the failure
classes that it can show in ``types.PROVES``, a line in ``ORACLES``, and its cheats in the tests.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from seawall.clearinghouse.validation.notes import Notes
from seawall.clearinghouse.validation.sandboxes.interface import Evidence
from seawall.clearinghouse.validation.types import Manifest


@dataclass(frozen=True)
class Stage:
    """One run's folders and random values, set by the harness before the run."""

    work: Path
    canary_folder: Path
    secret_folder: Path
    report: Path
    canary_name: str
    token: str
    secret: str

    @property
    def canary_inside(self) -> str:
        """Path of the canary as the input sees it."""
        return f"/canary/{self.canary_name}"

    @property
    def secret_inside(self) -> str:
        """Path of the secret as the input sees it."""
        return f"/secret/{self.canary_name}"

    def values(self) -> dict[bytes, bytes]:
        """Placeholders of a text input and what replaces them."""
        return {
            b"@@CANARY_FILE@@": self.canary_inside.encode(),
            b"@@CANARY_TOKEN@@": self.token.encode(),
            b"@@SECRET_FILE@@": self.secret_inside.encode(),
        }


@dataclass(frozen=True)
class Judgment:
    """What an oracle says of one run."""

    triggered: bool
    why: str
    signature: str | None = None
    stack: tuple[str, ...] = ()


@dataclass(frozen=True)
class Bounds:
    """How long a run may take."""

    wall_s: float = 20.0
    cpu_s: float = 20.0
    """Processor seconds of everything in the run together."""


class Oracle(Protocol):
    """Judges one kind of effect."""

    def bounds(self, manifest: Manifest) -> Bounds:
        """How long a run may take."""
        ...

    def judge(
        self, manifest: Manifest, stage: Stage, evidence: Evidence, notes: Notes, control_s: float | None
    ) -> Judgment:
        """Look at what is there.

        Args:
            manifest: The claim.
            stage: The run's folders and values.
            evidence: What the sandbox saw.
            notes: What the launcher noted.
            control_s: Processor seconds of the benign control, the longer of the two sides'; None while judging it.

        Raises:
            Infrastructure: This machine was not able to show it either way.
        """
        ...
