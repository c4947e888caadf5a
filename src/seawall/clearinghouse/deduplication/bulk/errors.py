"""Why a scan's results are not taken in."""

from typing import ClassVar

from seawall.foundation.platform.errors import TooLarge


class ScanTooLarge(TooLarge):
    """Over a limit of bulk results, or reading them took more than any real scan needs."""

    code: ClassVar[str] = "scan-too-large"
    title: ClassVar[str] = "The scan is too large"
