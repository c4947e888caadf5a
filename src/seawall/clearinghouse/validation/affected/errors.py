"""Why nothing is said of any version."""

from seawall.clearinghouse.validation.errors import ValidationError


class NothingToScan(ValidationError):
    """The proof does not work on the version that it names, or nobody can list the versions of its package."""
