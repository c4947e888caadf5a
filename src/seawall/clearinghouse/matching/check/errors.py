"""What can be wrong with what a check is given."""

from typing import ClassVar

from seawall.foundation.platform.errors import BadInput


class NothingToCheck(BadInput):
    """What was given holds no inventory."""

    code: ClassVar[str] = "nothing-to-check"
    title: ClassVar[str] = "There is nothing to check"


class NotAnIgnoreFile(BadInput):
    """The ignore file cannot be read; nothing of it is used, so that a slip silences nothing by chance."""

    code: ClassVar[str] = "not-an-ignore-file"
    title: ClassVar[str] = "The ignore file cannot be read"
