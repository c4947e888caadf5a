"""Why a VEX document is not honored; each says what to give instead."""

from typing import ClassVar

from seawall.foundation.platform.errors import BadInput, TooLarge


class NotVex(BadInput):
    """The bytes are not a VEX document of a kind that is read."""

    code: ClassVar[str] = "not-vex"
    title: ClassVar[str] = "The VEX document cannot be read"


class VexTooLarge(TooLarge):
    """Over a limit that no real document needs."""

    code: ClassVar[str] = "vex-too-large"
    title: ClassVar[str] = "The VEX document is too large"
