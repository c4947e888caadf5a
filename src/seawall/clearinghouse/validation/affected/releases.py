"""Which versions of a package were released, as its registry says.

PyPI's list comes from the index that the installer asks (PEP 503 and 691; ``UV_DEFAULT_INDEX``), npm's from ``npm view``.
What a registry has withdrawn is listed where it says so: an unpublished version cannot be tested, and may be affected.
"""

import json
import os
import re
import shutil
from collections.abc import Iterator, Sequence
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from seawall.clearinghouse.validation.affected.errors import NothingToScan
from seawall.clearinghouse.validation.affected.rules import is_prerelease
from seawall.clearinghouse.validation.affected.types import Key, Release
from seawall.clearinghouse.validation.errors import Infrastructure, TargetError
from seawall.clearinghouse.validation.processes import run_limited
from seawall.clearinghouse.validation.targets import packages
from seawall.clearinghouse.validation.types import Manifest

RELEASES_MAX = 5_000
"""Versions of one package; the largest on npm have some thousand, mostly nightly ones."""
LIST_MAX = 64 * 2**20
"""Bytes of a registry's list."""
VERSION_MAX = 128
_PYPI = "https://pypi.org/simple"
_JSON = "application/vnd.pypi.simple.v1+json"
_ARCHIVES = (".tar.gz", ".zip", ".tar.bz2", ".tgz", ".tar.xz")
_VERSION = re.compile(r"[0-9A-Za-z!+._-]{1,128}")

Listed = dict[str, str]
"""Versions, and why a version is withdrawn (empty where it is not)."""


def listed(manifest: Manifest, key: Key, only: Sequence[str] = ()) -> list[Release]:
    """All releases of a proof's package.

    Args:
        manifest: The proof's.
        key: The ecosystem's order.
        only: These versions, in place of what the registry lists.

    Raises:
        NothingToScan: No registry with a list, or no version on it.
        TargetError: No such package.
        Infrastructure: The registry is out of reach.
    """
    if manifest.package_type not in {"pypi", "npm"}:
        raise NothingToScan(f"Releases of {manifest.package} cannot be listed.", "Only pkg:pypi and pkg:npm can.")
    if only:
        found: Listed = dict.fromkeys(only, "")
    else:
        found = _pypi(manifest.package_name) if manifest.package_type == "pypi" else _npm(manifest.package_name)
    versions = [version for version in found if _VERSION.fullmatch(version)]
    if not versions:
        raise NothingToScan(f"The registry lists no version of {manifest.package}.", "Name some with --version.")
    if len(versions) > RELEASES_MAX:
        raise NothingToScan(f"{manifest.package} has {len(versions)} versions.", "Name some with --version.")
    return [
        Release(version, is_prerelease(version, manifest.package_type), found[version][:200], key(version))
        for version in versions
    ]


def released(manifest: Manifest, key: Key, *, prereleases: bool, only: Sequence[str] = ()) -> list[Release]:
    """What the registry lists, and the version that the proof names, whether it is listed or not."""
    found = listed(manifest, key, only)
    named = listed_as(found, manifest.vulnerable, key)
    kept = [one for one in found if prereleases or not one.prerelease or one.version == named]
    if not any(release.version == named for release in kept):
        pre = is_prerelease(manifest.vulnerable, manifest.package_type)
        word = "" if only else "not listed"
        kept.append(Release(manifest.vulnerable, pre, word, key(manifest.vulnerable)))
    return kept


def listed_as(found: Sequence[Release], version: str, key: Key) -> str:
    """A version as the registry writes it: 1.0 may be its 1.0.0."""
    place = key(version) if version else None
    same = [one.version for one in found if one.version == version or (place is not None and one.place == place)]
    return version if version in same or not same else same[0]


def _npm(name: str) -> Listed:
    program = shutil.which("npm")
    if program is None:
        raise Infrastructure("npm is not installed.", "apt-get install nodejs npm")
    done = run_limited(
        [program, "view", name, "versions", "time", "--json", "--loglevel=error"],
        limits=packages.FETCH,
        env={**packages._environment(), "npm_config_update_notifier": "false"},  # noqa: SLF001 - the installer's own
    )
    packages._check(done, name, missing=("E404",))  # noqa: SLF001
    try:
        said = json.loads(done.stdout)
    except ValueError as error:
        raise Infrastructure(f"npm's list of {name} cannot be read.", "It is tried again.") from error
    return npm_list(said)


def npm_list(said: Any) -> Listed:
    """Versions in what ``npm view NAME versions time --json`` says; it drops lists of one and what is missing."""
    document = said if isinstance(said, dict) else {"versions": said}
    versions = document.get("versions")
    texts = [versions] if isinstance(versions, str) else versions if isinstance(versions, list) else []
    found: Listed = {version: "" for version in texts if isinstance(version, str)}
    times = document.get("time")
    for version in times if isinstance(times, dict) else ():
        if version not in {"created", "modified", "unpublished"}:
            found.setdefault(version, "unpublished")
    return found


def _pypi(name: str) -> Listed:
    base = os.environ.get("UV_DEFAULT_INDEX") or os.environ.get("UV_INDEX_URL") or _PYPI
    address = f"{base.rstrip('/')}/{_normalized(name)}/"
    place = urlsplit(address)
    if place.scheme == "file":
        try:
            return pypi_list(name, (Path(unquote(place.path)) / "index.html").read_bytes(), "text/html")
        except FileNotFoundError as error:
            raise TargetError(f"{name} is not on the index.", "Check the name.") from error
    content, kind = _asked(name, address)
    return pypi_list(name, content, kind)


def _asked(name: str, address: str) -> tuple[bytes, str]:
    """A registry's answer and its type."""
    from ipaddress import ip_network  # noqa: PLC0415 - start-up

    from seawall.foundation.platform.errors import SeawallError  # noqa: PLC0415
    from seawall.foundation.platform.outbound import Policy, fetch  # noqa: PLC0415

    place = urlsplit(address)
    policy = Policy(
        schemes=frozenset({place.scheme}) & {"http", "https"},
        ports=frozenset({place.port or (443 if place.scheme == "https" else 80)}),
        max_bytes=LIST_MAX,
        # The index is named by whoever runs this, as for the installer; a company's own may well be inside.
        permitted=(ip_network("0.0.0.0/0"), ip_network("::/0")),
    )
    try:
        answer = fetch(address, headers={"accept": f"{_JSON}, text/html;q=0.1"}, policy=policy)
    except SeawallError as error:
        raise Infrastructure(f"{place.hostname} does not list {name}: {error.detail}", "Or name --version.") from error
    if answer.status == 404:  # noqa: PLR2004 - HTTP's
        raise TargetError(f"{name} is not on {place.hostname}.", "Check the name.")
    if answer.status != 200:  # noqa: PLR2004
        raise Infrastructure(f"{place.hostname} answers {answer.status} for {name}.", "It is tried again.")
    return answer.content, answer.headers.get("content-type", "")


def pypi_list(name: str, content: bytes, kind: str) -> Listed:
    """Versions in an index's page about a project, PEP 691's JSON or PEP 503's HTML; yanked only if all files are."""
    files = _files_of_json(content) if "json" in kind else _files_of_page(content)
    found: Listed = {}
    for file, yanked in files:
        version = _version_of(file, _normalized(name))
        if version is not None:
            found[version] = yanked if found.get(version, yanked) else ""
    return found


def _files_of_json(content: bytes) -> Iterator[tuple[str, str]]:
    try:
        document = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise Infrastructure("The index's answer is no JSON.", "It is tried again.") from error
    entries = document.get("files") if isinstance(document, dict) else None
    for entry in entries if isinstance(entries, list) else ():
        if isinstance(entry, dict) and isinstance(entry.get("filename"), str):
            yanked = entry.get("yanked", False)
            reason = f": {yanked}" if isinstance(yanked, str) and yanked else ""
            yield entry["filename"], f"yanked{reason}" if yanked is not False else ""


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.files: list[tuple[str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        href = values.get("href")
        if tag == "a" and href:
            reason = values.get("data-yanked")
            yanked = f"yanked: {reason}" if reason else "yanked"
            self.files.append(
                (unquote(urlsplit(href).path.rpartition("/")[2]), yanked if "data-yanked" in values else "")
            )


def _files_of_page(content: bytes) -> list[tuple[str, str]]:
    page = _Page()
    page.feed(content.decode("utf-8", errors="replace"))
    return page.files


def _version_of(file: str, name: str) -> str | None:
    """The version in the name of a wheel or source archive; None for other files and other projects."""
    if file.endswith(".whl"):
        parts = file.split("-")
        return parts[1] if len(parts) >= 5 and _normalized(parts[0]) == name else None  # noqa: PLR2004 - PEP 427
    stem = next((file.removesuffix(ending) for ending in _ARCHIVES if file.endswith(ending)), "")
    for at, letter in enumerate(stem):
        if letter == "-" and _normalized(stem[:at]) == name:
            return stem[at + 1 :] or None
    return None


def _normalized(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
