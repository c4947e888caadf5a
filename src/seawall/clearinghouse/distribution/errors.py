"""What can go wrong when advisories are published or checked."""

from seawall.foundation.platform.errors import Conflict, SeawallError


class AlreadyPublished(Conflict):
    """The advisory, or another advisory of the same case, is public already."""

    code = "already-published"
    title = "Already published"


class NotAuthentic(SeawallError):
    """A document, its signature and the key do not belong together."""

    code = "not-authentic"
    title = "Not authentic"
    status = 422
