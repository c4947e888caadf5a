"""What can go wrong when advisories are published or checked."""

from seawall.foundation.platform.errors import Conflict


class AlreadyPublished(Conflict):
    """The advisory, or another advisory of the same case, is public already."""

    code = "already-published"
    title = "Already published"
