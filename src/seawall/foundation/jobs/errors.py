"""What can go wrong with background work."""

from typing import ClassVar

from seawall.foundation.platform.errors import Conflict


class StaleFence(Conflict):
    """The job was given to another worker meanwhile; this one must not write."""

    code: ClassVar[str] = "stale-fence"
    title: ClassVar[str] = "Another worker has this job"


class JobCancelled(Conflict):
    """Somebody asked for the job to stop."""

    code: ClassVar[str] = "job-cancelled"
    title: ClassVar[str] = "The job was cancelled"


class NotInTransaction(RuntimeError):
    """A programming error: the job would outlive a rollback of the write that asked for it."""
