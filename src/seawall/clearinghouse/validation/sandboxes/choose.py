"""Which provider runs proofs here: the first that works and keeps the contract."""

from pathlib import Path

from seawall.clearinghouse.validation.errors import SandboxUnavailable
from seawall.clearinghouse.validation.sandboxes import selfcheck
from seawall.clearinghouse.validation.sandboxes.bubblewrap import Bubblewrap
from seawall.clearinghouse.validation.sandboxes.interface import Provider
from seawall.clearinghouse.validation.sandboxes.oci import RUNTIMES, Oci
from seawall.clearinghouse.validation.sandboxes.sandlock import Sandlock


def providers() -> tuple[Provider, ...]:
    """Every provider, the preferred one first."""
    return (Bubblewrap(), *(Oci(runtime) for runtime in RUNTIMES), Sandlock())


def choose(cache: Path) -> Provider:
    """The first provider that works here and that no hostile program of the contract gets out of.

    Args:
        cache: Folder where it is remembered that a provider keeps the contract.

    Raises:
        SandboxUnavailable: None does; says what to install. Nothing is run then.
        Infrastructure: A provider failed in the middle; try again.
    """
    missing = []
    for provider in providers():
        reason = provider.probe() or selfcheck.refusal(provider, cache)
        if reason is None:
            return provider
        missing.append(f"{provider.name}: {reason}")
    raise SandboxUnavailable("No sandbox works here, so no proof is run.", "; ".join(missing))
