"""Why a source of advisories, or one advisory of it, is not read."""

from typing import ClassVar

from seawall.foundation.platform.errors import BadInput


class NotAnAdvisory(BadInput):
    """The bytes are not an advisory of this format; the others of the source are read."""

    code: ClassVar[str] = "not-an-advisory"
    title: ClassVar[str] = "The advisory cannot be read"


class NotASource(BadInput):
    """The path is no folder, archive or file of advisories."""

    code: ClassVar[str] = "not-a-source"
    title: ClassVar[str] = "The source cannot be read"
