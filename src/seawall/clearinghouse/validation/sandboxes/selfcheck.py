"""Asks a provider for the whole contract before the first proof on a machine; remembered until that machine changes.

What is remembered belongs to one boot, one kernel, one user and one version of provider and contract: any of them
may open or close a hole.
"""

import hashlib
import os
from pathlib import Path

from seawall.clearinghouse.validation import scratch
from seawall.clearinghouse.validation.sandboxes import contract
from seawall.clearinghouse.validation.sandboxes.interface import Provider

_BOOT = Path("/proc/sys/kernel/random/boot_id")
_SHOWN = 3
"""Breaches named in a message."""


def refusal(provider: Provider, cache: Path) -> str | None:
    """Why proofs must not be run under a provider here; None where it keeps the contract.

    Args:
        provider: One whose ``probe`` found nothing missing.
        cache: Folder where that is remembered.

    Raises:
        Infrastructure: The provider failed in the middle; try again.
    """
    mark = cache / f".contract-{_circumstances(provider)}"
    if mark.exists():
        return None
    with scratch.folder() as folder:
        found = contract.breaches(provider, folder)
    if found:
        more = f" And {len(found) - _SHOWN} more." if len(found) > _SHOWN else ""
        return f"It lets hostile programs through. {' '.join(found[:_SHOWN])}{more}"
    cache.mkdir(parents=True, exist_ok=True)
    mark.touch()
    return None


def _circumstances(provider: Provider) -> str:
    digest = hashlib.sha256()
    digest.update(f"{provider.profile} {os.uname().release} {os.geteuid()} {os.getegid()} ".encode())
    for path in (_BOOT, Path(contract.__file__), *sorted(contract.PROGRAMS.glob("*.py"))):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:32]
