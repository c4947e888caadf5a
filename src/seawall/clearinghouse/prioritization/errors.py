"""Why facts are not taken in."""

from typing import ClassVar

from seawall.foundation.platform.errors import BadInput


class NotAFeed(BadInput):
    """The bytes are not the feed that they should be."""

    code: ClassVar[str] = "not-a-feed"
    title: ClassVar[str] = "The feed cannot be read"


class NotAFact(BadInput):
    """A statement with a value that its name cannot have."""

    code: ClassVar[str] = "not-a-fact"
    title: ClassVar[str] = "This is not a fact that can be kept"
