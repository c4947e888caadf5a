"""What an oracle is: it prepares values before a run and judges what is there after it, from outside.

Nothing that the proof prints is evidence, with one exception that cannot be forged: a random secret that only the
flaw can bring out. Whether it was the package or the driver that had the effect, no oracle can tell: the control side does. To add one: a class here or in a module beside, a member of ``types.OracleKind`` with the failure
classes that it can show in ``types.PROVES``, a line in ``ORACLES``, and its cheats in the tests.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from seawall.clearinghouse.validation.notes import Notes
from seawall.clearinghouse.validation.sandboxes.interface import Evidence
from seawall.clearinghouse.validation.types import Manifest, SeenCrash
from seawall.clearinghouse.validation.watching import Witnessed

APP = "/work/home/proof/app"
"""Working folder of a driver that is alone: deep enough for ``../`` to lead somewhere that is not given to it."""
LISTENER_PORT = 8099
"""Port of the harness's listener inside a run; any would do, for a run has its own network."""


@dataclass(frozen=True)
class Baseline:
    """What the benign control did, so that it is not taken for the attack's doing."""

    cpu_s: float = 0.0
    """Processor seconds, the longer of the two sides'."""
    memory_bytes: int = 0
    """Peak, the larger of the two sides'."""
    polluted: frozenset[str] = frozenset()
    """Properties that prototypes gain by the package's loading alone."""
    made: frozenset[str] = frozenset()
    """Files that are made without an attack."""
    curve: tuple[tuple[int, float], ...] = ()
    """Size and processor seconds, for ``growth``."""


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
    size: int = 0
    """Size of the attack in this run, for ``growth``."""
    pump: str = ""
    app: Path | None = None
    """The working folder of a driver that is alone; inside at ``APP``."""
    given: frozenset[Path] = frozenset()
    """Files of the bundle that lie there."""
    script: str = ""
    """All text of the bundle: a file that an attack makes to show itself is called there by its name."""
    tmp: Path | None = None
    """Its /tmp."""
    flags: Mapping[Path, str] = field(default_factory=dict)
    """Files with the secret, and where they are inside; nothing of a run has a reason to read one."""
    programs: Mapping[Path, str] = field(default_factory=dict)
    """Programs of the harness, and their names on the run's PATH."""

    @property
    def command(self) -> str:
        """Name of a program on the run's PATH that nobody knows beforehand."""
        return f"run{self.canary_name}"

    @property
    def database_inside(self) -> str:
        """Path of the harness's SQLite database."""
        return f"/canary/{self.canary_name}.db"

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
            b"@@CANARY_COMMAND@@": self.command.encode(),
            b"@@DATABASE_FILE@@": self.database_inside.encode(),
            b"@@LISTENER_URL@@": f"http://127.0.0.1:{LISTENER_PORT}/{self.token}".encode(),
            b"@@SIZE@@": str(self.size).encode(),
            b"@@PUMPED@@": self.pump.encode() * self.size,
        }


@dataclass(frozen=True)
class Judgment:
    """What an oracle says of one run."""

    triggered: bool
    why: str
    signature: str | None = None
    stack: tuple[str, ...] = ()
    crash: SeenCrash | None = None
    unseen: bool = False
    """Whether it was silent because nothing was looked at; that holds nothing against anything."""


@dataclass(frozen=True)
class Bounds:
    """How long a run may take."""

    wall_s: float = 20.0
    cpu_s: float = 20.0
    """Processor seconds of everything in the run together."""


@dataclass(frozen=True)
class Scene:
    """All there is to look at after one run."""

    stage: Stage
    evidence: Evidence
    """What the sandbox saw."""
    notes: Notes = field(default_factory=Notes)
    """What the launcher noted; a program could forge it."""
    witnessed: Witnessed = field(default_factory=Witnessed)
    """What the kernel told the harness outside; a program could not."""
    baseline: Baseline | None = None
    """What the benign control did; None while judging it, or without one."""
    curve: tuple[tuple[int, float], ...] = ()
    """Size and processor seconds of this run's parts, for ``growth``."""


class Oracle(Protocol):
    """Judges one kind of effect."""

    def bounds(self, manifest: Manifest) -> Bounds:
        """How long a run may take."""
        ...

    def judge(self, manifest: Manifest, scene: Scene) -> Judgment:
        """Look at what is there.

        Raises:
            Infrastructure: This machine was not able to show it either way.
        """
        ...
