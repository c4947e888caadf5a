"""Why a snapshot is not used."""

from typing import ClassVar

from seawall.foundation.platform.errors import BadInput


class NotASnapshot(BadInput):
    """The folder is no snapshot, or not one that this version can use."""

    code: ClassVar[str] = "not-a-snapshot"
    title: ClassVar[str] = "The snapshot cannot be used"
