"""One file of a registry at an exact version, with its digest: a PyPI sdist, an npm tarball, a Debian package or its sources.

Nothing of the package is run and nothing is unpacked here. Each file comes through its registry's ordinary client (npm, apt) or,
for PyPI, whose clients run a package's code to learn of its sources, from its simple index (PEP 503). What the registry says
of the file's digest must hold.
"""

import base64
import binascii
import hashlib
import hmac
import json
import os
import shutil
import tempfile
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urldefrag, urljoin, urlsplit

from seawall.clearinghouse.validation.errors import Infrastructure, TargetError
from seawall.clearinghouse.validation.processes import Completed, run_limited
from seawall.clearinghouse.validation.targets.interface import Built, cached
from seawall.clearinghouse.validation.targets.packages import FETCH, environment

FILE_MAX = 256 * 2**20
"""Bytes of one file."""
INDEX_MAX = 32 * 2**20
DEADLINE_S = 180.0
LINKS_MAX = 100_000
PYPI = "https://pypi.org/simple"
_CHUNK = 2**20

Fetcher = Callable[[str, str, Path], dict[str, Any]]
"""Fetches name at version into a folder and returns what the registry said of it."""


def fetch(cache: Path, kind: str, name: str, version: str) -> Built:
    """A package's file, from the cache or the registry.

    Returns:
        Its tree holds the file whose name is ``facts["file"]`` and whose digest is ``facts["sha256"]``; beside a Debian
        source's .dsc, which names their digests, lie the others.

    Raises:
        TargetError: No such version, no file of sources, or one that is not what the registry says.
        Infrastructure: The registry or its client is out of reach.
    """
    from seawall.clearinghouse.validation.targets import debian, git  # noqa: PLC0415 - it needs this module's words

    fetchers: dict[str, Fetcher] = {
        "pypi": _pypi, "npm": _npm, "deb": debian.binary(cache), "deb-source": debian.sources(cache),
        "git": git.commit,
    }  # fmt: skip

    def make(tree: Path) -> dict[str, Any]:
        said = fetchers[kind](name, version, tree)
        files = sorted((path for path in tree.iterdir() if path.is_file()), key=lambda path: path.suffix != ".dsc")
        if len(files) != 1 and not (files and files[0].suffix == ".dsc"):
            raise Infrastructure(f"{len(files)} files came for {name} {version}.", "It is tried again.")
        if sum(path.stat().st_size for path in files) > FILE_MAX:
            raise TargetError(f"{name} {version} has more than {FILE_MAX >> 20} MiB.", "Choose a smaller package.")
        return {"registry": kind, "file": files[0].name, "sha256": digest(files[0]), **said}

    return cached(cache, {"fetched": kind, "name": name, "version": version}, make)


def digest(path: Path, algorithm: str = "sha256") -> str:
    """The file's digest, in hexadecimal digits."""
    found = hashlib.new(algorithm)
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            found.update(chunk)
    return found.hexdigest()


def refused(done: Completed, what: str, *, missing: tuple[str, ...]) -> TargetError | Infrastructure:
    """What a client's bad end means.

    Args:
        done: How it ended.
        what: It was to fetch.
        missing: Words that say it was reached and has no such thing, or not the promised one.
    """
    said = (done.stderr + done.stdout).decode("utf-8", errors="replace")
    lines = " ".join(line.strip() for line in said.splitlines() if line.strip())[:400]
    if done.killed_by is None and any(word in said for word in missing):
        return TargetError(f"{what} cannot be had: {lines}", "Check name and version.")
    return Infrastructure(f"{what} could not be fetched: {done.killed_by or lines}", "It is tried again.")


def _npm(name: str, version: str, tree: Path) -> dict[str, Any]:
    program = shutil.which("npm")
    if program is None:
        raise Infrastructure("npm is not installed.", "apt-get install nodejs npm")
    with tempfile.TemporaryDirectory() as folder:
        done = run_limited(
            [
                program, "pack", f"{name}@{version}", "--json", "--ignore-scripts", "--loglevel=error",
                "--prefix", folder, "--pack-destination", folder,
            ],
            limits=FETCH,
            env={**environment(), "npm_config_update_notifier": "false", "npm_config_cache": f"{folder}/cache"},
        )  # fmt: skip
        if done.returncode != 0:
            raise refused(done, f"{name}@{version}", missing=("E404", "ETARGET", "EINTEGRITY"))
        packed = [path for path in Path(folder).glob("*.tgz") if path.is_file()]
        if len(packed) != 1:
            raise Infrastructure(f"npm packed {len(packed)} files of {name}@{version}.", "It is tried again.")
        integrity = _integrity(done.stdout)
        algorithm, _, wanted = integrity.partition("-")
        if algorithm in {"sha512", "sha384", "sha256"}:
            _check(packed[0], algorithm, _hex(wanted), f"{name}@{version}")
        shutil.move(packed[0], tree / packed[0].name)
    return {"integrity": integrity}


def _integrity(said: bytes) -> str:
    try:
        told = json.loads(said)
        entry = next(iter(told.values())) if isinstance(told, dict) else told[0]
        return str(entry["integrity"])
    except (ValueError, LookupError, TypeError, StopIteration, RecursionError) as error:
        raise Infrastructure("npm pack answered in a way that is not known.", "Use npm 9 or later.") from error


def _hex(text: str) -> str:
    try:
        return base64.b64decode(text, validate=True).hex()
    except binascii.Error:
        return ""


def _check(path: Path, algorithm: str, wanted: str, what: str) -> None:
    if not hmac.compare_digest(digest(path, algorithm), wanted.lower()):
        raise TargetError(
            f"{what} does not have the {algorithm} digest that its registry names.", "It is not what was published."
        )


class _Links(HTMLParser):
    """Addresses of a simple index's page."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep what an anchor points to."""
        to = dict(attrs).get("href") if tag == "a" else None
        if to and len(self.found) < LINKS_MAX:
            self.found.append(to)


def _pypi(name: str, version: str, tree: Path) -> dict[str, Any]:
    """The sdist; a wheel for every machine where there is none."""
    from packaging.utils import canonicalize_name  # noqa: PLC0415 - only where it is needed

    index = os.environ.get("UV_DEFAULT_INDEX", os.environ.get("UV_INDEX_URL", PYPI)).rstrip("/")
    page = f"{index}/{canonicalize_name(name)}/"
    links = _Links()
    links.feed(_get(page, INDEX_MAX, f"{name}").decode("utf-8", errors="replace"))
    chosen = _chosen(links.found, name, version)
    if chosen is None:
        raise TargetError(f"{name} {version} has no sdist on the index, nor a wheel for every machine.", "Check it.")
    url, fragment = urldefrag(urljoin(page, chosen))
    if urlsplit(url).scheme != urlsplit(index).scheme:
        raise TargetError(f"The index points from {index} to another kind of address for {name} {version}.", "Ask it.")
    file = tree / Path(unquote(urlsplit(url).path)).name
    file.write_bytes(_get(url, FILE_MAX, f"{name} {version}"))
    algorithm, _, wanted = fragment.partition("=")
    if algorithm in {"sha256", "sha384", "sha512"}:
        _check(file, algorithm, wanted, f"{name} {version}")
    return {"promised": fragment}


def _chosen(links: list[str], name: str, version: str) -> str | None:
    from packaging.utils import (  # noqa: PLC0415 - only where it is needed
        InvalidSdistFilename,
        InvalidWheelFilename,
        canonicalize_name,
        parse_sdist_filename,
        parse_wheel_filename,
    )
    from packaging.version import InvalidVersion, Version  # noqa: PLC0415

    try:
        wanted = (canonicalize_name(name), Version(version))
    except InvalidVersion as error:
        raise TargetError(f"{version} is no version of PyPI's.", "Write it as the index does.") from error
    wheel = None
    for link in links:
        file = unquote(urlsplit(urldefrag(link)[0]).path).rpartition("/")[2]
        try:
            if file.endswith(".whl"):
                if file.endswith("-none-any.whl") and parse_wheel_filename(file)[:2] == wanted:
                    wheel = link
            elif parse_sdist_filename(file) == wanted:
                return link
        except (InvalidSdistFilename, InvalidWheelFilename, InvalidVersion):
            continue
    return wheel


def _get(url: str, at_most: int, what: str) -> bytes:
    """The bytes at an address; of a folder (``file://``) its page."""
    from ipaddress import ip_network  # noqa: PLC0415

    from seawall.foundation.platform.errors import SeawallError  # noqa: PLC0415 - imports an HTTP client
    from seawall.foundation.platform.outbound import Policy  # noqa: PLC0415
    from seawall.foundation.platform.outbound import fetch as get  # noqa: PLC0415

    if url.startswith("file://"):
        path = Path(unquote(urlsplit(url).path))
        path = path / "index.html" if path.is_dir() else path
        try:
            return path.read_bytes()
        except OSError as error:
            raise TargetError(f"{what} is not on the index.", "Check name and version.") from error
    # The index is the operator's choice and may well stand inside, as it may for the installer.
    policy = Policy(
        schemes=frozenset({"https", "http"}),
        ports=frozenset({443, 80, urlsplit(url).port or 443}),
        max_bytes=at_most,
        deadline=DEADLINE_S,
        permitted=(ip_network("0.0.0.0/0"), ip_network("::/0")),
    )
    try:
        answer = get(url, headers={"accept": "text/html, */*;q=0.1"}, policy=policy)
    except SeawallError as error:
        raise Infrastructure(f"{what} could not be fetched: {error.detail}", "It is tried again.") from error
    if answer.status in {404, 410}:
        raise TargetError(f"{what} is not on the index.", "Check name and version.")
    if answer.status != 200:  # noqa: PLR2004 - HTTP's own number
        raise Infrastructure(f"{what} could not be fetched: the index answers {answer.status}.", "It is tried again.")
    return answer.content
