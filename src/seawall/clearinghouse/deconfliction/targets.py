"""One spelling for each target and path, so that two names of one ground meet. Pure.

    normalize_target("git@GitHub.com:Pallets/Jinja.git")   # https://github.com/pallets/jinja
    normalize_target("pkg:PyPI/Jinja2@3.1.4?vcs_url=git%2Bhttps://github.com/pallets/jinja")
    # Target("pkg:pypi/jinja2", repository="https://github.com/pallets/jinja")

A false meeting costs a finder a question; a missed one costs two finders the same work. So case, scheme, user, port,
``.git``, slashes, query, fragment and a purl's version, qualifiers and subpath make no difference.
"""

import re
import unicodedata
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from packageurl import PackageURL

from seawall.foundation.platform.errors import BadInput

ADDRESS_MAX = 400
"""Characters of a target; the longest repository addresses at hand have under 150."""

_SCP = re.compile(r"^(?:[\w.-]{1,64}@)?(?P<host>[\w.-]+\.[\w-]+):(?!//)(?P<path>[^\s:].*)$", re.ASCII)
_SCHEMES = frozenset({"http", "https", "git", "ssh", "git+http", "git+https", "git+ssh", "git+git"})
_HOST = re.compile(r"^[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?$")
_PATH = re.compile(r"^[^\x00-\x1f\x7f\\]{0,400}$")
_TWO_PARTS = frozenset({"github.com", "bitbucket.org", "codeberg.org"})
"""Forges on which a repository's address has exactly an owner and a name."""
_FORGES = {"github": "github.com", "bitbucket": "bitbucket.org", "gitlab": "gitlab.com"}
"""purl types whose packages are repositories."""


@dataclass(frozen=True)
class Target:
    """What is scanned."""

    name: str
    """purl without version, or ``https`` address."""
    repository: str = ""
    """The purl's repository, where the purl itself says it."""


def normalize_repository(address: str) -> str | None:
    """``https`` address of a repository in one spelling, or None where it is not one.

    The host is case-insensitive everywhere; the path is on the large forges, so it is lowered too.
    """
    text = address.strip()
    if not text or len(text) > ADDRESS_MAX:
        return None
    scp = _SCP.match(text)
    if scp and "://" not in text:
        text = f"ssh://{scp['host']}/{scp['path']}"
    try:
        parts = urlsplit(text)
        host = (parts.hostname or "").rstrip(".").removeprefix("www.").encode("idna").decode("ascii").lower()
    except ValueError:  # a port that is none, brackets that do not close, a name that IDNA refuses
        return None
    if parts.scheme.lower() not in _SCHEMES or not _HOST.match(host):
        return None
    kept = _repository_path(host, parts.path)
    return f"https://{host}/{'/'.join(kept)}" if kept else None


def _repository_path(host: str, given: str) -> list[str]:
    """The parts of the path that name the repository; none where they name no one."""
    path = unicodedata.normalize("NFC", unquote(given))
    kept = [part for part in path.lower().split("/") if part not in {"", "."}]
    if not _PATH.match(path) or any(one.isspace() for one in path) or ".." in kept:
        return []
    if host in _TWO_PARTS:
        kept = kept[:2]
    elif "-" in kept:  # GitLab: everything behind /-/ is a view of the repository
        kept = kept[: kept.index("-")]
    while kept and kept[-1].endswith(".git"):
        kept[-1] = kept[-1].removesuffix(".git")
        if not kept[-1]:
            kept.pop()
    return [] if host in _TWO_PARTS and len(kept) < 2 else kept  # noqa: PLR2004 - owner and name


def normalize_path(path: str) -> str | None:
    """A path prefix in one spelling (no leading ``/`` or ``./``), or None where it steps out of the target."""
    path = unicodedata.normalize("NFC", path)
    if not _PATH.match(path):
        return None
    kept: list[str] = []
    for part in path.split("/"):
        if part in {"", "."}:
            continue
        if part == "..":
            return None
        kept.append(part)
    joined = "/".join(kept)
    return f"{joined}/" if joined and path.endswith("/") else joined


def normalize_target(target: str) -> Target:
    """A purl (version, qualifiers and subpath dropped) or repository address in one spelling.

    Raises:
        BadInput: Neither.
    """
    text = target.strip()
    if len(text) > ADDRESS_MAX:
        raise BadInput(f"A target has at most {ADDRESS_MAX} characters.", field="target")
    if text[:4].lower() == "pkg:":
        return _package(text)
    repository = normalize_repository(text)
    if repository is None:
        raise BadInput(
            "The target is neither a package URL nor a repository's address.",
            "Write pkg:pypi/jinja2 or https://example.org/team/project.",
            field="target",
        )
    return Target(repository)


def _package(text: str) -> Target:
    try:
        purl = PackageURL.from_string(text)
    except ValueError as error:
        raise BadInput(
            f"{text[:120]!r} is not a package URL.", "Write it like pkg:pypi/jinja2.", field="target"
        ) from error
    namespace = purl.namespace.lower() if purl.namespace else None
    name = purl.name.lower()
    if any(one.isspace() or not one.isprintable() for one in f"{namespace}{name}"):
        raise BadInput("A package's name has no blanks.", "Write it like pkg:pypi/jinja2.", field="target")
    if purl.type in _FORGES and namespace:
        found = normalize_repository(f"https://{_FORGES[purl.type]}/{namespace}/{name}")
        if found:
            return Target(found)
    said = purl.qualifiers.get("vcs_url", "") if isinstance(purl.qualifiers, dict) else ""
    repository = normalize_repository(said.partition("@")[0] if said.count("@") == 1 else said) or ""
    if not repository and purl.type == "golang" and namespace:
        module = re.sub(r"/v[0-9]+$", "", f"{namespace}/{name}")
        repository = (normalize_repository(f"https://{module}") or "") if module.startswith("github.com/") else ""
    return Target(PackageURL(purl.type, namespace, name).to_string(), repository)
