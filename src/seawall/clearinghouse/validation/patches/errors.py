"""What a patch can be refused for, in words to act on."""

from seawall.clearinghouse.validation.errors import ValidationError


class PatchRefused(ValidationError):
    """The patch cannot be read, or does not apply to this target."""


class PatchDoesNotBuild(ValidationError):
    """The patched target does not compile."""
