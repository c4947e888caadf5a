"""What can go wrong around the log, in words that the reader can act on."""

from seawall.foundation.platform.errors import BadInput, NotFound, Unavailable


class LogUnavailable(Unavailable):
    """The log cannot take or sign anything right now; the write that asked for it is undone with it."""

    code = "log-unavailable"
    title = "The transparency log is not working"


class Unloggable(BadInput):
    """Content that has no canonical JSON form, or too much of it."""

    code = "unloggable"
    title = "This cannot be written into the log"


class NotInLog(NotFound):
    """An index, size or range that the published log does not reach (yet)."""

    code = "not-in-log"
    title = "The published log does not reach that far"


class BadKey(BadInput):
    """Text that is no verifier key (``name+hash+base64``)."""

    code = "bad-key"
    title = "Not a verifier key"


class NoteRejected(BadInput):
    """A signed note or checkpoint that must not be believed."""

    code = "note-rejected"
    title = "The signed note cannot be trusted"


class NotInTransaction(RuntimeError):
    """``record`` was called outside a transaction: the change and its entry could come apart."""


class AppendOnly(RuntimeError):
    """Code tried to change or remove what the log has taken."""
