"""PyPI and npm packages at an exact version, with what they depend on, from the registries.

Only wheels are taken from PyPI and npm's scripts are off: installing runs no code of the package.
"""

import json
import os
import shutil
import sys
from pathlib import Path
from typing import Any

from uv import find_uv_bin

from seawall.clearinghouse.validation.errors import Infrastructure, TargetError
from seawall.clearinghouse.validation.processes import Completed, Limits, run_limited
from seawall.clearinghouse.validation.targets.interface import Built, cached, tree_digest

FETCH = Limits(memory_bytes=16 * 2**30, cpu_seconds=120, wall_seconds=180.0, output_bytes=2**20)
"""npm reserves gigabytes of address space; what it uses is far less."""
_PASSED_ON = (
    "PATH",
    "HOME",
    "LANG",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "NODE_EXTRA_CA_CERTS",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "NO_PROXY",
    "http_proxy",
    "https_proxy",
    "no_proxy",
    "UV_INDEX_URL",
    "UV_DEFAULT_INDEX",
    "NPM_CONFIG_REGISTRY",
)
"""Of our environment: how to reach the registries, and nothing else."""

Pins = tuple[tuple[str, str], ...]
"""Name and version of each package, the target first."""


def pypi(cache: Path, pins: Pins) -> Built:
    """Install wheels for this Python into a folder.

    Raises:
        TargetError: No such version, or no wheel of it.
        Infrastructure: The registry is out of reach.
    """

    def build(tree: Path) -> dict[str, Any]:
        requirements = [f"{name}=={version}" for name, version in pins]
        done = run_limited(
            [
                find_uv_bin(), "pip", "install", "--quiet", "--no-progress", "--no-config", "--only-binary", ":all:",
                "--python", sys.executable, "--target", str(tree), *requirements,
            ],
            limits=FETCH,
            env=environment(),
        )  # fmt: skip
        _check(
            done,
            " ".join(requirements),
            missing=("No solution found", "no version", "has no wheels", "no usable wheels"),
        )
        installed = sorted(path.name.removesuffix(".dist-info") for path in tree.glob("*.dist-info"))
        return {"registry": "pypi", "installed": installed, "digest": tree_digest(tree)}

    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    return cached(cache, {"registry": "pypi", "pins": pins, "python": version}, build)


def npm(cache: Path, pins: Pins) -> Built:
    """Install npm packages into ``node_modules`` of a folder, without running their scripts.

    Raises:
        TargetError: No such version.
        Infrastructure: npm is missing or the registry is out of reach.
    """
    program = shutil.which("npm")
    if program is None:
        raise Infrastructure("npm is not installed.", "apt-get install nodejs npm")

    def build(tree: Path) -> dict[str, Any]:
        wanted = [f"{name}@{version}" for name, version in pins]
        (tree / "package.json").write_text('{"private": true}', encoding="ascii")
        done = run_limited(
            [
                program,
                "install",
                "--ignore-scripts",
                "--no-audit",
                "--no-fund",
                "--omit=dev",
                "--loglevel=error",
                "--prefix",
                str(tree),
                *wanted,
            ],
            limits=FETCH,
            env={**environment(), "npm_config_update_notifier": "false"},
        )
        _check(done, " ".join(wanted), missing=("E404", "ETARGET", "EBADPLATFORM"))
        lock = json.loads((tree / "package-lock.json").read_text(encoding="utf-8"))
        installed = sorted(
            f"{name.rpartition('node_modules/')[2]}@{entry.get('version', '')} {entry.get('integrity', '')}".strip()
            for name, entry in lock.get("packages", {}).items()
            if name
        )
        return {"registry": "npm", "installed": installed, "digest": tree_digest(tree)}

    return cached(cache, {"registry": "npm", "pins": pins}, build)


def environment() -> dict[str, str]:
    """Of our environment, what installers are given."""
    return {name: os.environ[name] for name in _PASSED_ON if name in os.environ}


_environment = environment


def _check(done: Completed, what: str, *, missing: tuple[str, ...]) -> None:
    if done.returncode == 0:
        return
    said = (done.stderr + done.stdout).decode("utf-8", errors="replace")
    lines = " ".join(line.strip() for line in said.splitlines() if line.strip())[:400]
    if done.killed_by is None and any(word in said for word in missing):
        raise TargetError(f"{what} cannot be installed: {lines}", "Check the version; only wheels are taken from PyPI.")
    raise Infrastructure(f"{what} could not be fetched: {done.killed_by or lines}", "It is tried again.")
