"""Reads ``proof.toml``: every refusal names its field, and no key is ignored. Pure.

docs/proofs.md explains each key to people who write proofs; a test holds the two together.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import pairwise
from typing import Any, TypeVar

from packageurl import PackageURL

from seawall.clearinghouse.validation import shapes
from seawall.clearinghouse.validation.archives import NAME_MAX, shown
from seawall.clearinghouse.validation.errors import BundleError
from seawall.clearinghouse.validation.types import (
    COMPILED,
    LEAKS,
    NEEDS_CONTROL,
    PROVES,
    RUNTIMES,
    STYLES,
    Failure,
    Flavor,
    Manifest,
    OracleKind,
    Runtime,
    Style,
)

FILE = "proof.toml"
SCHEMA = "seawall.proof/1"
SIZE_MAX = 64 * 1024
LIST_MAX = 100
"""Items of one list."""
BUDGET_DEFAULT_S = 2.0
BUDGET_ALONE_S = 1.0
"""Where the driver alone is the attack: tests of slow expressions ask for a second or more."""
BUDGET_MIN_S = 0.5
BUDGET_MAX_S = 30.0
BUDGET_MIN_MIB = 64
BUDGET_MAX_MIB = 400
"""Below what a run may have at all (512 MiB), so that reaching it is seen."""
SIZES_MIN, SIZES_MAX = 3, 6
"""Points of a curve: two say nothing about its bend."""
SIZE_OF_ATTACK_MAX = 10_000_000
PUMP_MAX = 1_000
PUMPED_MAX = 32 * 2**20
"""Bytes that a pump may become."""

SECTIONS: dict[str, frozenset[str]] = {
    "target": frozenset({"package", "vulnerable", "fixed", "requires", "vulnerable_tree", "fixed_tree", "repository"}),
    "claim": frozenset({"failure", "cwe", "identifiers"}),
    "run": frozenset({"runtime", "style", "driver", "input", "control"}),
    "build": frozenset({"sources", "main", "include", "archive", "defines", "flavor"}),
    "oracle": frozenset(
        {"kind", "budget_s", "budget_mib", "exception", "sizes", "pump", "names", "commands", "inside", "hosts"}
    ),
}
"""Every key there is."""

_NEEDS_INPUT = frozenset({OracleKind.AUTHENTICATION_PASSED, OracleKind.PRIVILEGE_GAINED, OracleKind.SQL_CHANGED})
"""Oracles whose driver is a little program that the package guards: it must be apart from the attack."""
_SHOWS_ONE = "docs/proofs.md shows one."

Kind = TypeVar("Kind", bound=StrEnum)


def read(members: Mapping[str, bytes]) -> Manifest:
    """The manifest of a bundle.

    Args:
        members: Contents by name.

    Raises:
        BundleError: The first thing that is wrong, with its field.
    """
    raw = members.get(FILE)
    if raw is None:
        raise BundleError("There is no proof.toml at the root of the bundle.", _SHOWS_ONE, FILE)
    if len(raw) > SIZE_MAX:
        raise BundleError("proof.toml is too long.", f"Stay under {SIZE_MAX} bytes.", FILE)
    try:
        document = tomllib.loads(raw.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise BundleError(f"proof.toml is not TOML: {shown(str(error))}.", _SHOWS_ONE, FILE) from error
    _check_keys(document)
    return _Reader(document, members).manifest()


def with_versions(manifest: Manifest, *, vulnerable: str | None, fixed: str | None) -> Manifest:
    """The same proof for other versions of the package, such as a release that is being made.

    Raises:
        BundleError: Not an exact version, or the bundle brings its own source trees.
    """
    if vulnerable is None and fixed is None:
        return manifest
    if manifest.vulnerable_tree is not None:
        raise BundleError("The bundle brings its own source trees.", "Change the trees instead.", "target.fixed")
    kind = manifest.package_type
    return replace(
        manifest,
        vulnerable=shapes.exact("target.vulnerable", vulnerable, kind) if vulnerable else manifest.vulnerable,
        fixed=shapes.exact("target.fixed", fixed, kind) if fixed else manifest.fixed,
    )


def compiled_as(manifest: Manifest, other: Manifest) -> Manifest:
    """The same proof, its package compiled the way another proof of that package does."""
    return replace(
        manifest,
        archive=other.archive,
        sources=other.sources,
        include=other.include,
        defines=other.defines,
        flavor=other.flavor,
    )


def _check_keys(document: dict[str, Any]) -> None:
    schema = document.pop("schema", None)
    if schema != SCHEMA:
        raise BundleError(f"schema is {shown(str(schema))}.", f'Write schema = "{SCHEMA}".', "schema")
    for section, value in document.items():
        if section not in SECTIONS or not isinstance(value, dict):
            raise BundleError(
                f"Unknown section {shown(section)}.", f"Known are {', '.join(SECTIONS)}.", _field(section)
            )
        unknown = sorted(set(value) - SECTIONS[section])
        if unknown:
            known = ", ".join(sorted(SECTIONS[section]))
            raise BundleError(
                f"Unknown key {shown(unknown[0])} in [{section}].", f"Known are {known}.", _field(section, unknown[0])
            )


@dataclass(frozen=True)
class _Reader:
    """Takes the manifest's fields one by one; each error names its field."""

    document: dict[str, Any]
    members: Mapping[str, bytes]

    def manifest(self) -> Manifest:
        kind, name, package = self._package()
        runtime = self._choice("run.runtime", Runtime)
        if runtime not in shapes.RUNS_AS[kind]:
            names = " or ".join(shapes.RUNS_AS[kind])
            raise BundleError(f"{kind} packages run as {names}.", field="run.runtime")
        failure = self._choice("claim.failure", Failure)
        oracle = self._oracle(runtime, failure)
        generic = kind == "generic"
        is_root = runtime is Runtime.ROOT
        repository = self._repository(generic=generic and not is_root)
        fixed = self._text("target.fixed", required=False)
        attack = self._file("run.input", required=runtime in COMPILED or oracle in _NEEDS_INPUT)
        return Manifest(
            package=package,
            package_type=kind,
            package_name=name,
            vulnerable=shapes.exact("target.vulnerable", self._text("target.vulnerable"), kind),
            fixed=shapes.exact("target.fixed", fixed, kind) if fixed else None,
            requires=self._requires(kind, runtime),
            vulnerable_tree=self._tree(
                "target.vulnerable_tree", generic=generic, required=generic and not repository, is_root=is_root
            ),
            fixed_tree=self._tree("target.fixed_tree", generic=generic, required=False, is_root=is_root),
            failure=failure,
            cwe=self._texts("claim.cwe"),
            identifiers=self._texts("claim.identifiers"),
            runtime=runtime,
            driver=self._file("build.main" if runtime in COMPILED and not is_root else "run.driver"),
            input=attack,
            control=self._file("run.control", required=self._needs_control(oracle, attack)) or None,
            sources=self._patterns("build.sources") or shapes.SOURCES.get(runtime, ()),
            include=self._patterns("build.include"),
            oracle=oracle,
            budget_s=self._budget(BUDGET_DEFAULT_S if attack else BUDGET_ALONE_S),
            exception=self._exception(oracle),
            style=self._style(runtime),
            budget_mib=self._budget_mib(oracle),
            sizes=self._sizes(oracle),
            pump=self._pump(),
            names=self._matching(
                "oracle.names", shapes.NAME, "a file's name or a path below /etc, /home, /root, /opt or /var"
            ),
            commands=self._matching("oracle.commands", shapes.COMMAND, "a program's name"),
            inside=self._matching("oracle.inside", shapes.INSIDE, "a folder below the working folder"),
            hosts=self._matching("oracle.hosts", shapes.HOST, "a host's name"),
            repository=repository,
            archive=self._archive(generic=generic and not repository),
            defines=self._matching("build.defines", shapes.DEFINE, "a macro, NAME or NAME=value"),
            flavor=self._flavor(oracle),
        )

    def _get(self, field: str) -> Any:
        section, key = field.split(".")
        return self.document.get(section, {}).get(key)

    def _text(self, field: str, *, required: bool = True) -> str:
        value = self._get(field)
        if value is None and not required:
            return ""
        if not isinstance(value, str) or not value.strip() or len(value) > NAME_MAX:
            raise BundleError(f"{field} must be a short text.", _SHOWS_ONE, field)
        return value

    def _texts(self, field: str) -> tuple[str, ...]:
        value = self._get(field)
        if value is None:
            return ()
        short = isinstance(value, list) and len(value) <= LIST_MAX
        if not short or not all(isinstance(item, str) and len(item) <= NAME_MAX for item in value):
            raise BundleError(f"{field} must be a list of at most {LIST_MAX} short texts.", _SHOWS_ONE, field)
        return tuple(value)

    def _patterns(self, field: str) -> tuple[str, ...]:
        values = self._texts(field)
        for value in values:
            if not shapes.PATTERN.match(value) or ".." in value:
                raise BundleError(f"{field}: {shown(value)} is no pattern below the tree.", _SHOWS_ONE, field)
        return values

    def _choice(self, field: str, kind: type[Kind]) -> Kind:
        value = self._text(field)
        try:
            return kind(value)
        except ValueError:
            names = ", ".join(item.value for item in kind)
            raise BundleError(f"{field} is {shown(value)}.", f"Choose from {names}.", field) from None

    def _oracle(self, runtime: Runtime, failure: Failure) -> OracleKind:
        oracle = self._choice("oracle.kind", OracleKind)
        if failure not in PROVES[oracle]:
            fitting = ", ".join(sorted(PROVES[oracle]))
            raise BundleError(f"{oracle.value} cannot show {failure.value}; it shows {fitting}.", field="oracle.kind")
        serves = RUNTIMES.get(oracle)
        if serves is not None and runtime not in serves:
            names = ", ".join(sorted(serves))
            raise BundleError(f"{oracle.value} is for {names} programs.", field="oracle.kind")
        return oracle

    @staticmethod
    def _needs_control(oracle: OracleKind, attack: str) -> bool:
        # Where the driver alone is the attack, loading the package and doing nothing else is the control.
        return oracle in NEEDS_CONTROL and (bool(attack) or oracle in _NEEDS_INPUT or oracle is OracleKind.GROWTH)

    def _style(self, runtime: Runtime) -> Style:
        if self._get("run.style") is None:
            return Style.SCRIPT
        style = self._choice("run.style", Style)
        if runtime not in STYLES[style]:
            names = ", ".join(sorted(STYLES[style]))
            raise BundleError(f"{style.value} is for {names} programs.", field="run.style")
        return style

    def _matching(self, field: str, pattern: re.Pattern[str], what: str) -> tuple[str, ...]:
        values = self._texts(field)
        for value in values:
            if not pattern.match(value):
                raise BundleError(f"{field}: {shown(value)} is not {what}.", _SHOWS_ONE, field)
        return values

    def _budget_mib(self, oracle: OracleKind) -> int:
        field = "oracle.budget_mib"
        value = self._get(field)
        if value is None and oracle is not OracleKind.MEMORY_BUDGET:
            return 0
        whole = isinstance(value, int) and not isinstance(value, bool)
        if not whole or not BUDGET_MIN_MIB <= value <= BUDGET_MAX_MIB:
            raise BundleError(f"{field} must be {BUDGET_MIN_MIB} to {BUDGET_MAX_MIB} MiB.", field=field)
        return int(value)

    def _sizes(self, oracle: OracleKind) -> tuple[int, ...]:
        field = "oracle.sizes"
        value = self._get(field)
        if value is None and oracle is not OracleKind.GROWTH:
            return ()
        good = isinstance(value, list) and SIZES_MIN <= len(value) <= SIZES_MAX
        if not good or not all(isinstance(size, int) and 0 < size <= SIZE_OF_ATTACK_MAX for size in value):
            raise BundleError(f"{field} must be {SIZES_MIN} to {SIZES_MAX} whole numbers.", _SHOWS_ONE, field)
        if any(later < 1.2 * size for size, later in pairwise(value)):
            raise BundleError(f"{field} must grow by a fifth at least from one to the next.", field=field)
        return tuple(value)

    def _pump(self) -> str:
        field = "oracle.pump"
        value = self._get(field)
        if value is None:
            return ""
        if not isinstance(value, str) or not 1 <= len(value) <= PUMP_MAX:
            raise BundleError(f"{field} must be a text of at most {PUMP_MAX} characters.", _SHOWS_ONE, field)
        sizes = self._get("oracle.sizes")
        largest = max((size for size in sizes if isinstance(size, int)), default=0) if isinstance(sizes, list) else 0
        if len(value.encode()) * largest > PUMPED_MAX:
            raise BundleError(f"{field} becomes more than {PUMPED_MAX >> 20} MiB.", "Make it smaller.", field)
        return value

    def _package(self) -> tuple[str, str, str]:
        field = "target.package"
        value = self._text(field)
        purl = shapes.purl(value)
        if purl is None:
            raise BundleError(f"{field} {shown(value)} is not a package URL.", "Write pkg:pypi/name.", field)
        is_source = purl.type == "deb" and purl.qualifiers == {"arch": "source"}
        if purl.type not in shapes.NAMES:
            raise BundleError(
                f"Packages of type {shown(purl.type)} cannot be built here yet.",
                "Use pypi, npm, deb or generic.",
                field,
            )
        if purl.version or (purl.qualifiers and not is_source) or purl.subpath:
            raise BundleError(f"{field} names more than the package.", "Put the version into target.vulnerable.", field)
        name = self._name(field, purl)
        plain = PackageURL(purl.type, purl.namespace, purl.name, qualifiers=purl.qualifiers).to_string()
        return ("deb-source" if is_source else purl.type), name, plain

    @staticmethod
    def _name(field: str, purl: PackageURL) -> str:
        name = f"{purl.namespace}/{purl.name}" if purl.namespace else purl.name
        if not shapes.NAMES[purl.type].match(name):
            raise BundleError(f"{field}: {shown(name)} is no name of a {purl.type} package.", _SHOWS_ONE, field)
        return purl.name if purl.type == "deb" else name

    def _requires(self, kind: str, runtime: Runtime) -> tuple[tuple[str, str], ...]:
        field = "target.requires"
        pairs = []
        for item in self._texts(field):
            purl = shapes.purl(item)
            if kind == "generic" or runtime is Runtime.NATIVE or purl is None or purl.type != kind or not purl.version:
                raise BundleError(f"{field}: {shown(item)} is not a pinned {kind} package.", _SHOWS_ONE, field)
            pairs.append((self._name(field, purl), shapes.exact(field, purl.version, kind)))
        return tuple(pairs)

    def _file(self, field: str, *, required: bool = True) -> str:
        value = self._text(field, required=required)
        if value and value not in self.members:
            raise BundleError(f"{field} names {shown(value)}, which is not in the bundle.", "Add the file.", field)
        return value

    def _repository(self, *, generic: bool) -> str:
        field = "target.repository"
        value = self._text(field, required=False)
        if value and (not generic or not shapes.REPOSITORY.match(value)):
            raise BundleError(f"{field} {shown(value)} is no repository's address.", "Write https://…, generic.", field)
        return value

    def _archive(self, *, generic: bool) -> str:
        field = "build.archive"
        value = self._text(field, required=False)
        if value and generic:
            raise BundleError(f"{field} is for packages of a registry.", "Unpack it into the bundle.", field)
        if value and (not shapes.PATTERN.match(value) or ".." in value):
            raise BundleError(f"{field}: {shown(value)} is no pattern below the package.", _SHOWS_ONE, field)
        return value

    def _flavor(self, oracle: OracleKind) -> Flavor:
        field = "build.flavor"
        seeks_leaks = oracle is OracleKind.LEAK
        if self._get(field) is None:
            return Flavor.GCC_LEAK if seeks_leaks else Flavor.GCC_ADDRESS_UNDEFINED
        flavor = self._choice(field, Flavor)
        if seeks_leaks != (flavor in LEAKS):
            raise BundleError(f"{flavor.value} does not go with {oracle.value}.", "Leave it out.", field)
        return flavor

    def _tree(self, field: str, *, generic: bool, required: bool, is_root: bool) -> str | None:
        value = self._text(field, required=required).rstrip("/")
        if value and not generic:
            raise BundleError(f"{field} is for generic packages; others come from their registry.", field=field)
        if is_root and (value in self.members or shapes.DIGEST.match(value)):
            return value
        if value and not any(name.startswith(f"{value}/") for name in self.members):
            raise BundleError(f"{field} names {shown(value)}, which is not in the bundle.", "Add the folder.", field)
        return value or None

    def _budget(self, usual: float) -> float:
        value = self._get("oracle.budget_s")
        if value is None:
            return usual
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if not number or not BUDGET_MIN_S <= value <= BUDGET_MAX_S:
            limits = f"{BUDGET_MIN_S:g} to {BUDGET_MAX_S:g}"
            raise BundleError(f"oracle.budget_s must be {limits} seconds.", field="oracle.budget_s")
        return float(value)

    def _exception(self, oracle: OracleKind) -> str:
        field = "oracle.exception"
        value = self._text(field, required=oracle is OracleKind.UNCAUGHT_EXCEPTION)
        if value and not shapes.EXCEPTION.match(value):
            raise BundleError(f"{field} {shown(value)} is not the name of a class.", field=field)
        return value


def _field(*keys: str) -> str:
    """Where an unknown key stands; a key that is no plain word is left out."""
    return ".".join(key for key in keys if shapes.EXCEPTION.match(key)) or FILE
