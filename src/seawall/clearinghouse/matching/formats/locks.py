"""What every lock file comes to: packages, what needs what, and where the tree begins; made into one inventory.

    lock = Lock("cargo", "Cargo.lock")
    lock.package("serde 1.0.1", "cargo", "serde", "1.0.1")
    lock.root("serde 1.0.1")
    lock.sbom()

A package that stands in several places is listed once, with the shortest way to it. Needed by several parts, it has the
scope of the one that matters most. A package that did not come from its registry (a fork in a Git repository, a
file, a URL) is kept with that reason and has no key: its version text says nothing about the published versions.
"""

import re
from collections.abc import Hashable, Iterable
from dataclasses import dataclass, replace
from urllib.parse import quote

from seawall.clearinghouse.matching.ecosystems.interface import VERSION_MAX
from seawall.clearinghouse.matching.errors import InventoryTooLarge
from seawall.clearinghouse.matching.formats import trees
from seawall.clearinghouse.matching.formats.interface import COMPONENTS_MAX, TEXT_MAX, Listing, Sbom
from seawall.clearinghouse.matching.formats.listings import listing
from seawall.clearinghouse.matching.formats.reading import shown

NOTES_MAX = 50
LABEL_MAX = 80
_PLAIN = re.compile(r"[A-Za-z0-9._~-]+")
_WHOLE = 100_000
"""Characters of a name; what is too long is refused with its length where it is identified, not cut here."""
_ROOT = object()
_SCOPES = ("", "optional", "build", "dev")
"""The one that matters most first."""


def purl_of(kind: str, name: str, version: str = "", *, namespace: str = "", **qualifiers: str) -> str:
    """A package URL as text; not checked here, ``listing`` does that."""
    path = "/".join(_quoted(part) for part in [*namespace.split("/"), name] if part)
    text = f"pkg:{kind}/{path}"
    if version:
        text += f"@{_quoted(version)}"
    given = "&".join(f"{key}={quote(value, safe=':/')}" for key, value in sorted(qualifiers.items()) if value)
    return f"{text}?{given}" if given else text


def _quoted(part: str) -> str:
    return part if _PLAIN.fullmatch(part) else quote(part, safe="", errors="replace")


@dataclass(frozen=True, slots=True)
class _Package:
    purl: str
    name: str
    version: str
    ref: str
    why_not: str
    scope: str


class Lock:
    """Collects what a lock file says."""

    def __init__(self, name: str, subject: str) -> None:
        """Begin.

        Args:
            name: The format's.
            subject: What the lock file is of; its own name where it does not say.
        """
        self._name = name
        self._subject = shown(subject, TEXT_MAX)
        self._packages: dict[Hashable, _Package] = {}
        self._labels: dict[Hashable, str] = {_ROOT: shown(subject)}
        self._edges: dict[Hashable, list[Hashable]] = {}
        self._roots: dict[str, list[Hashable]] = {}
        self._begins: dict[str, dict[Hashable, list[Hashable]]] = {}
        self._edge_count = 0
        self._notes: dict[str, None] = {}
        self._counted: dict[str, list[str]] = {}

    def __contains__(self, key: Hashable) -> bool:
        return key in self._labels

    def package(
        self,
        key: Hashable,
        kind: str,
        name: str,
        version: str,
        *,
        namespace: str = "",
        why_not: str = "",
        scope: str = "",
        ref: str = "",
        qualifiers: Iterable[tuple[str, str]] = (),
    ) -> None:
        """One package.

        Args:
            key: What edges call it; a second one of the same key is left out.
            kind: Of its package URL.
            name: Of the package, without the namespace.
            version: Empty where the file does not say.
            namespace: As in a package URL: npm's scope, Maven's group, Go's path.
            why_not: Why it must not be matched by its version; empty for a published package.
            scope: As in ``Listing``; empty where only the tree can say.
            ref: How the file calls it; its package URL where empty.
            qualifiers: Of the package URL.
        """
        if key in self._packages:
            return
        if len(self._packages) >= COMPONENTS_MAX:
            raise InventoryTooLarge(
                f"It has over {COMPONENTS_MAX:,} packages.", "Check what wrote it; real ones have far fewer."
            )
        name, version, namespace = (shown(part, _WHOLE) for part in (name, version, namespace))
        purl = purl_of(kind, name, version, namespace=namespace, **dict(qualifiers))
        full = f"{namespace}{':' if kind == 'maven' else '/'}{name}" if namespace else name
        self._packages[key] = _Package(purl, full, version, ref, why_not, scope)
        self._labels[key] = shown(f"{full[: LABEL_MAX - 20]} {version}".strip())

    def own(self, key: Hashable, label: str) -> None:
        """A part of the project itself: no package, but ways lead through it."""
        self._labels.setdefault(key, shown(label))

    def needs(self, key: Hashable, needed: Iterable[Hashable]) -> None:
        """What a package or part needs; keys that stand for nothing are passed over."""
        for target in needed:
            self._count_edge()
            self._edges.setdefault(key, []).append(target)

    def root(self, key: Hashable, scope: str = "", *, part: Hashable = None) -> None:
        """What the project itself needs, what for, and which part of it does, where it has several (added with ``own``)."""
        self._count_edge()
        self._roots.setdefault(scope, []).append(key)
        begins = self._begins.setdefault(scope, {_ROOT: []})
        if part is None:
            begins[_ROOT].append(key)
            return
        if part not in begins:
            begins[part] = []
            begins[_ROOT].append(part)
        begins[part].append(key)

    def roots_are_what_nothing_needs(self) -> None:
        """For files that do not list the project's own: what no other package needs is certainly one of them."""
        needed = {target for source, targets in self._edges.items() for target in targets if target != source}
        for key in self._labels:
            if key is not _ROOT and key not in needed:
                self.root(key)

    def note(self, sentence: str) -> None:
        """Something that was seen and left out, as a sentence."""
        if len(self._notes) < NOTES_MAX:
            self._notes[sentence] = None

    def left_out(self, why: str, what: str) -> None:
        """One thing that was left out; the notes have each reason, a sentence, once, with how many and a few of them."""
        self._counted.setdefault(why, []).append(what)

    def _count_edge(self) -> None:
        self._edge_count += 1
        if self._edge_count > trees.EDGES_MAX:
            raise InventoryTooLarge(
                f"Its dependency tree has over {trees.EDGES_MAX:,} edges.", "Check what wrote it; real ones have fewer."
            )

    def sbom(self) -> Sbom:
        """The inventory."""
        ways = self._ways()
        scopes = self._scopes()
        found: dict[tuple[str, str], Listing] = {}
        for key, package in self._packages.items():
            scope = _both(package.scope, scopes.get(key, ""))
            way = ways.get(key, ())
            known = found.get((package.purl, package.why_not))
            if known is None:
                found[package.purl, package.why_not] = _listing(package, scope, way)
            elif _better(scope, way, known):
                shortest = min(filter(None, (way, known.path)), key=len, default=())
                most = min(scope, known.scope, key=_SCOPES.index)
                found[package.purl, package.why_not] = replace(known, scope=most, path=shortest)
        notes = [*self._notes, *(_counted(why, what) for why, what in self._counted.items())]
        return Sbom(self._name, self._subject, tuple(found.values()), tuple(notes)[:NOTES_MAX])

    def _ways(self) -> dict[Hashable, tuple[str, ...]]:
        """The shortest way by which it is needed at run time, or else by what matters next."""
        found: dict[Hashable, tuple[str, ...]] = {}
        for scope in _SCOPES:
            if scope in self._begins:
                ways = trees.ways(_ROOT, self._labels, {**self._edges, **self._begins[scope]})
                found = {**ways, **found}
        return found

    def _scopes(self) -> dict[Hashable, str]:
        if not any(self._roots.get(scope) for scope in _SCOPES[1:]):
            return {}
        found: dict[Hashable, str] = {}
        for scope in _SCOPES:
            for key in trees.reached(self._roots.get(scope, ()), self._edges):
                found.setdefault(key, scope)
        return found


def _both(said: str, followed: str) -> str:
    """What the file says of a package, and what its tree says: optional parts of what is for development are that."""
    return max(said, followed, key=_SCOPES.index) if said and followed else said or followed


def _better(scope: str, way: tuple[str, ...], known: Listing) -> bool:
    return _SCOPES.index(scope) < _SCOPES.index(known.scope) or (
        bool(way) and (not known.path or len(way) < len(known.path))
    )


def _listing(package: _Package, scope: str, way: tuple[str, ...]) -> Listing:
    made = listing(
        package.purl,
        ref=shown(package.ref, TEXT_MAX),
        name=shown(package.name, TEXT_MAX),
        version=shown(package.version, VERSION_MAX),
        path=way,
    )
    why_not = package.why_not or ("" if package.version else "the file gives no version of it")
    if why_not:
        return replace(made, key=None, scheme="", why_not=why_not, scope=scope)
    return replace(made, scope=scope) if scope else made


def _counted(why: str, what: list[str]) -> str:
    few = ", ".join(shown(item, 60) for item in what[:3])
    return f"{why} ({len(what)}): {few}{', …' if len(what) > 3 else ''}."  # noqa: PLR2004 - as many as are shown


PATCHED = "Patched packages are matched by the version that was patched"
"""A note for ``left_out``."""


def of_git(url: str, commit: str = "") -> str:
    """Why a package from a Git repository is not matched."""
    place = f"{shown(url, 120)}{f' at {shown(commit, 40)}' if commit else ''}"
    return f"it comes from a Git repository ({place}), so its version need not be the published one of that number"


def of_file(path: str) -> str:
    """Why a package from a file or folder is not matched."""
    return f"it comes from a file or folder of the project ({shown(path, 120)}), not from a registry"


def of_url(url: str) -> str:
    """Why a package from a web address is not matched."""
    return f"it was fetched from {shown(url, 120)}, not from a registry"
