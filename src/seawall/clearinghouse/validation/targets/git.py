"""A git repository at a commit, as one archive, through git.

The address comes from a stranger's bundle, so it must begin with one of the places that the operator allows: else a bundle could
have a worker talk to its neighbors. git is given no settings of this machine, follows no redirects, runs no hooks, and fetches one
commit, whose identifier is the digest of everything in it.
"""

import os
import re
import shutil
import tempfile
from pathlib import Path
from typing import Any

from seawall.clearinghouse.validation.errors import Infrastructure, TargetError
from seawall.clearinghouse.validation.processes import Completed, Limits, run_limited
from seawall.clearinghouse.validation.targets.packages import environment

PLACES_ENV = "SEAWALL_GIT_PLACES"
"""Beginnings of addresses that are fetched from, in place of these."""
PLACES = ("https://github.com/", "https://gitlab.com/", "https://codeberg.org/", "https://salsa.debian.org/")
FILE_MAX = 256 * 2**20
"""Bytes of one file that git may write."""
_LIMITS = Limits(memory_bytes=4 * 2**30, cpu_seconds=120, wall_seconds=180.0, output_bytes=2**20)
_COMMIT = re.compile(r"^[0-9a-f]{40}$")
_MISSING = ("not our ref", "not found", "does not appear to be a git repository", "couldn't find remote ref", "fsck")


def commit(address: str, version: str, tree: Path) -> dict[str, Any]:
    """Fetch one commit and write it to ``COMMIT.tar`` in a folder.

    Raises:
        TargetError: No whole commit identifier, no allowed place, or no such commit.
        Infrastructure: git is missing, or the repository is out of reach.
    """
    places = tuple(os.environ[PLACES_ENV].split()) if os.environ.get(PLACES_ENV) else PLACES
    if not _COMMIT.match(version):
        raise TargetError(f"{version!r} is no commit.", "Write its 40 hexadecimal digits.")
    if not address.startswith(places) or ".." in address:
        raise TargetError(f"Nothing is fetched from {address}.", f"Allowed are {', '.join(places)}.")
    if shutil.which("git") is None:
        raise Infrastructure("git is not installed.", "apt-get install git")
    with tempfile.TemporaryDirectory() as folder:
        _git(folder, "init", "--quiet", "--bare", ".", what=address)
        _git(folder, "fetch", "--quiet", "--depth=1", "--no-tags", address, version, what=f"{version} of {address}")
        _git(
            folder,
            "archive",
            "--format=tar",
            "--prefix=source/",
            f"--output={folder}/commit.tar",
            version,
            what=address,
        )
        shutil.move(f"{folder}/commit.tar", tree / f"{version}.tar")
    return {"repository": address, "commit": version}


def _git(folder: str, *words: str, what: str) -> Completed:
    scheme = "file" if any(word.startswith("file://") for word in words) else "https"
    settings = {
        "protocol.allow": "never",
        f"protocol.{scheme}.allow": "always",
        "http.followRedirects": "false",
        "core.hooksPath": "/dev/null",
        "fetch.fsckObjects": "true",
        "gc.auto": "0",
    }
    done = run_limited(
        [
            "/usr/bin/prlimit", f"--fsize={FILE_MAX}", "git", "-C", folder,
            *(word for name, value in settings.items() for word in ("-c", f"{name}={value}")), *words,
        ],
        limits=_LIMITS,
        env={
            **environment(), "HOME": folder, "GIT_CONFIG_NOSYSTEM": "1", "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C",
        },
    )  # fmt: skip
    if done.returncode == 0:
        return done
    said = " ".join(done.stderr.decode("utf-8", errors="replace").split())[:400]
    if done.killed_by is None and any(word in said for word in _MISSING):
        raise TargetError(f"{what} cannot be had: {said}", "Check the address and the commit.")
    raise Infrastructure(f"{what} could not be fetched: {done.killed_by or said}", "It is tried again.")
