"""Which provider runs proofs here."""

from seawall.clearinghouse.validation.errors import SandboxUnavailable
from seawall.clearinghouse.validation.sandboxes.bubblewrap import Bubblewrap
from seawall.clearinghouse.validation.sandboxes.interface import Provider


def providers() -> tuple[Provider, ...]:
    """Every provider, the preferred one first."""
    return (Bubblewrap(),)


def choose() -> Provider:
    """The first provider that works here.

    Raises:
        SandboxUnavailable: None does; says what to install. Nothing is run then.
    """
    missing = []
    for provider in providers():
        reason = provider.probe()
        if reason is None:
            return provider
        missing.append(f"{provider.name}: {reason}")
    raise SandboxUnavailable("No sandbox works here, so no proof is run.", "; ".join(missing))
