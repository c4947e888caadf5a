"""What brings workers to jobs. The row is the truth; a carrier decides only where and when ``runner.run`` happens.

Every carrier passes the suite in ``contract.py``. It runs attempts through ``runner``, renews leases while they run
(``services.heartbeat``), and is the only one in its process (``wakeups.listen``).
"""

from typing import Protocol


class Carrier(Protocol):
    """Workers that can be started and stopped."""

    def start(self) -> None:
        """Begin to take jobs; returns at once.

        Raises:
            RuntimeError: A carrier runs in this process already.
        """
        ...

    def stop(self, grace_s: float) -> bool:
        """Take no more jobs; let the running ones finish for ``grace_s`` seconds, then tell them to stop.

        What still runs after that is given back, so that another worker starts it at once; whatever the handler
        writes later is fenced off.

        Returns:
            Whether every handler had returned.
        """
        ...

    def wake(self) -> None:
        """Look for work now."""
        ...
