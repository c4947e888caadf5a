"""Why a system's packages cannot be listed; each says what to do instead."""

from typing import ClassVar

from seawall.foundation.platform.errors import BadInput, TooLarge


class NotASystem(BadInput):
    """Not an image, a root folder or a package database, or one that is damaged or incomplete."""

    code: ClassVar[str] = "not-a-system"
    title: ClassVar[str] = "The system cannot be read"


def damaged(detail: str) -> NotASystem:
    """The refusal of an image that is not whole."""
    return NotASystem(detail, "Save the image again.")


class SystemTooLarge(TooLarge):
    """Over a limit that no real system needs."""

    code: ClassVar[str] = "system-too-large"
    title: ClassVar[str] = "The system is too large"
