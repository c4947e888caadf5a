"""What can go wrong before there is a verdict, in words to act on."""

from dataclasses import dataclass


@dataclass
class ValidationError(Exception):
    """Base of the folder's errors."""

    detail: str
    action: str = ""
    field: str | None = None

    def __str__(self) -> str:
        return f"{self.detail} {self.action}".strip()


class BundleError(ValidationError):
    """The bundle cannot be read; its author must change it."""


class SandboxUnavailable(ValidationError):
    """No provider works here; nothing is run without one."""


class TargetError(ValidationError):
    """The target cannot be built for a reason that lies in it: no such version, does not compile."""


class Infrastructure(ValidationError):
    """Something of ours is missing or out of reach; never taken for a negative."""


class Cancelled(ValidationError):
    """Somebody asked for the validation to stop."""
