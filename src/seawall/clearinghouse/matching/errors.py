"""Why an inventory is not taken in; each says what to send instead."""

from typing import ClassVar

from seawall.foundation.platform.errors import BadInput, TooLarge


class NotAnInventory(BadInput):
    """The bytes are not a document of this format."""

    code: ClassVar[str] = "not-an-inventory"
    title: ClassVar[str] = "The inventory cannot be read"


class UnsupportedVersion(BadInput):
    """The right format in a version that is not read."""

    code: ClassVar[str] = "unsupported-version"
    title: ClassVar[str] = "This version of the format is not read"


class InventoryTooLarge(TooLarge):
    """Over a limit of matching, or reading it took more than any real inventory needs."""

    code: ClassVar[str] = "inventory-too-large"
    title: ClassVar[str] = "The inventory is too large"


class NotAVers(BadInput):
    """The text is no version range in VERS notation, or one of no order that is known here."""

    code: ClassVar[str] = "not-a-vers"
    title: ClassVar[str] = "The version range cannot be read"


class NotARepository(BadInput):
    """The path is no repository of Git, or one that is not read."""

    code: ClassVar[str] = "not-a-repository"
    title: ClassVar[str] = "The repository cannot be read"
