"""Why a report is not taken in; each says which field and what to write instead."""

from typing import ClassVar

from seawall.foundation.platform.errors import BadInput, TooLarge


class NotThisFormat(BadInput):
    """The bytes are not what the format says."""

    code: ClassVar[str] = "not-this-format"
    title: ClassVar[str] = "The report cannot be read in this format"


class UnsupportedVersion(BadInput):
    """The right format in a version that is not read."""

    code: ClassVar[str] = "unsupported-version"
    title: ClassVar[str] = "This version of the format is not read"


class UnknownPackageType(BadInput):
    """A purl whose type nobody can match or run."""

    code: ClassVar[str] = "unknown-package-type"
    title: ClassVar[str] = "Unknown package type"


class BadProof(BadInput):
    """The proof bundle cannot be opened safely."""

    code: ClassVar[str] = "bad-proof"
    title: ClassVar[str] = "The proof cannot be opened"


class ReportTooLarge(TooLarge):
    """Over a limit of intake."""

    code: ClassVar[str] = "too-large"


class ChainAltered(BadInput):
    """A relayed report whose chain does not hold together."""

    code: ClassVar[str] = "chain-altered"
    title: ClassVar[str] = "The chain of this report was altered"
