"""Proof bundles: a folder, .zip or .tar.gz with ``proof.toml`` at its root, read as the hostile thing it may be.

Refused, each with its reason: members that step out of the bundle (``../``, absolute, drive letters), links, devices,
names that differ only in case or repeat, more than ``ENTRIES_MAX`` members, more than ``UNPACKED_MAX`` bytes, a
member that unpacks to more than ``RATIO_MAX`` times its packed size. Nothing is written before all names are checked.
"""

import hashlib
import io
import re
import stat
import tarfile
import tomllib
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from packageurl import PackageURL

from seawall.clearinghouse.validation.errors import BundleError
from seawall.clearinghouse.validation.types import PROVES, Failure, Manifest, OracleKind, Runtime

ENTRIES_MAX = 2_000
UNPACKED_MAX = 64 * 2**20
"""Bytes of all members together; a proof is small, a source tree for C fits."""
RATIO_MAX = 200
"""Unpacked to packed size of one member; text packs 3 to 20 times."""
NAME_MAX = 300
MANIFEST_MAX = 64 * 1024
SCHEMA = "seawall.proof/1"

_SECTIONS: dict[str, frozenset[str]] = {
    "target": frozenset({"package", "vulnerable", "fixed", "requires", "vulnerable_tree", "fixed_tree"}),
    "claim": frozenset({"failure", "cwe", "identifiers"}),
    "run": frozenset({"runtime", "driver", "input", "control"}),
    "build": frozenset({"sources", "main", "include"}),
    "oracle": frozenset({"kind", "budget_s", "exception"}),
}
_VERSION = re.compile(r"^[0-9A-Za-z][0-9A-Za-z.+!_~-]{0,99}$")
_EXCEPTION = re.compile(r"^[A-Za-z_][A-Za-z0-9_.]{0,99}$")
BUDGET_DEFAULT_S = 2.0
BUDGET_MAX_S = 30.0


@dataclass(frozen=True)
class Bundle:
    """A bundle unpacked into a folder of ours."""

    folder: Path
    manifest: Manifest
    digest: str
    """SHA-256 over names and contents, the same for a folder, a ZIP and a tarball of it."""


def check_archive(name: str, data: bytes) -> None:
    """Check an archive's members and manifest in memory, without writing anything.

    Raises:
        BundleError: See the module's docstring; also a manifest that does not fit.
    """
    members = dict(_members(name, data))
    _manifest(members)


def open_bundle(source: Path, into: Path) -> Bundle:
    """Unpack (or copy) a bundle into a fresh folder.

    Args:
        source: Folder or archive.
        into: Folder that does not exist yet.

    Raises:
        BundleError: See the module's docstring.
    """
    members = dict(_folder_members(source) if source.is_dir() else _members(source.name, source.read_bytes()))
    manifest = _manifest(members)
    digest = hashlib.sha256()
    for path, content in sorted(members.items()):
        target = into / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
        digest.update(f"{len(path)}:{path}{len(content)}:".encode())
        digest.update(content)
    return Bundle(folder=into, manifest=manifest, digest=f"sha256:{digest.hexdigest()}")


def _members(name: str, data: bytes) -> Iterator[tuple[str, bytes]]:
    if zipfile.is_zipfile(io.BytesIO(data)):
        found = _zip_members(data)
    elif data[:2] == b"\x1f\x8b" or name.endswith(".tar"):
        found = _tar_members(data)
    else:
        raise BundleError(
            "The proof is neither a ZIP nor a .tar.gz archive.", "Pack the folder with proof.toml at its root."
        )
    seen: dict[str, str] = {}
    total = 0
    for count, (raw, content) in enumerate(found, 1):
        if count > ENTRIES_MAX:
            raise BundleError(
                f"The archive has more than {ENTRIES_MAX} members.", "Leave out what the proof does not use."
            )
        path = _safe(raw)
        if path.casefold() in seen:
            raise BundleError(f"Two members are called {path[:120]!r} (or differ only in case).", "Keep one of them.")
        seen[path.casefold()] = path
        total += len(content)
        if total > UNPACKED_MAX:
            raise BundleError(
                f"The archive unpacks to more than {UNPACKED_MAX >> 20} MiB.", "Leave out what is not used."
            )
        yield path, content


def _zip_members(data: bytes) -> Iterator[tuple[str, bytes]]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            infos = archive.infolist()
            if len(infos) > ENTRIES_MAX:
                raise BundleError(f"The archive has {len(infos)} members; {ENTRIES_MAX} are read.", "Leave some out.")
            for info in infos:
                if info.is_dir():
                    _safe(info.filename)
                    continue
                kind = stat.S_IFMT(info.external_attr >> 16)
                if kind and not stat.S_ISREG(kind):
                    raise BundleError(
                        f"{info.filename[:120]!r} is a link or device.", "Put plain files into the archive.", "proof"
                    )
                if info.file_size > UNPACKED_MAX or info.file_size > RATIO_MAX * max(info.compress_size, 512):
                    raise BundleError(
                        f"{info.filename[:120]!r} unpacks to far more than it holds.", "This looks like a bomb."
                    )
                with archive.open(info) as file:
                    # The header may lie: read one byte more than it says.
                    content = file.read(info.file_size + 1)
                if len(content) != info.file_size:
                    raise BundleError(f"{info.filename[:120]!r} is not as long as its header says.", "Pack it again.")
                yield info.filename, content
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError) as error:
        raise BundleError(f"The ZIP archive is damaged: {error}.", "Pack it again, without encryption.") from error


def _tar_members(data: bytes) -> Iterator[tuple[str, bytes]]:
    try:
        unpacker = zlib.decompressobj(wbits=31)
        raw = unpacker.decompress(data, UNPACKED_MAX + 1) if data[:2] == b"\x1f\x8b" else data
        if len(raw) > UNPACKED_MAX:
            raise BundleError(
                f"The archive unpacks to more than {UNPACKED_MAX >> 20} MiB.", "Leave out what is not used."
            )
        with tarfile.open(fileobj=io.BytesIO(raw), mode="r:") as archive:
            for info in archive:
                if info.isdir():
                    _safe(info.name)
                    continue
                if not info.isreg():
                    raise BundleError(
                        f"{info.name[:120]!r} is a link or device.", "Put plain files into the archive.", "proof"
                    )
                file = archive.extractfile(info)
                yield info.name, file.read() if file else b""
    except (tarfile.TarError, zlib.error, EOFError, OSError, ValueError) as error:
        raise BundleError(f"The tar archive is damaged: {error}.", "Pack it again.") from error


def _folder_members(folder: Path) -> Iterator[tuple[str, bytes]]:
    total = 0
    for count, path in enumerate(sorted(folder.rglob("*")), 1):
        if count > ENTRIES_MAX:
            raise BundleError(f"The folder has more than {ENTRIES_MAX} entries.", "Leave out what is not used.")
        if path.is_symlink():
            raise BundleError(f"{path.name!r} is a link.", "Put plain files into the bundle.", "proof")
        if path.is_file():
            total += path.stat().st_size
            if total > UNPACKED_MAX:
                raise BundleError(
                    f"The folder holds more than {UNPACKED_MAX >> 20} MiB.", "Leave out what is not used."
                )
            yield path.relative_to(folder).as_posix(), path.read_bytes()


def _safe(raw: str) -> str:
    path = PurePosixPath(raw)
    wrong = (
        not raw.strip("/")
        or len(raw) > NAME_MAX
        or raw.startswith(("/", "~"))
        or "\\" in raw
        or re.match(r"^[A-Za-z]:", raw) is not None
        or ".." in path.parts
        or any(ord(letter) < 0x20 or ord(letter) == 0x7F or 0xD800 <= ord(letter) <= 0xDFFF for letter in raw)
    )
    if wrong:
        raise BundleError(
            f"The member name {raw[:120]!r} does not stay inside the bundle.",
            "Use relative names without '..'.",
            "proof",
        )
    return path.as_posix()


def _manifest(members: dict[str, bytes]) -> Manifest:
    raw = members.get("proof.toml")
    if raw is None:
        raise BundleError(
            "There is no proof.toml at the root of the bundle.", "docs/proofs.md shows one.", "proof.toml"
        )
    if len(raw) > MANIFEST_MAX:
        raise BundleError("proof.toml is too long.", f"Stay under {MANIFEST_MAX} bytes.", "proof.toml")
    try:
        document = tomllib.loads(raw.decode("utf-8"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise BundleError(f"proof.toml is not TOML: {error}.", "docs/proofs.md shows one.", "proof.toml") from error
    if document.get("schema") != SCHEMA:
        raise BundleError(f"schema is {document.get('schema')!r}.", f'Write schema = "{SCHEMA}".', "schema")
    for section, value in document.items():
        if section == "schema":
            continue
        if section not in _SECTIONS or not isinstance(value, dict):
            raise BundleError(f"Unknown section [{section}].", f"Known are {', '.join(_SECTIONS)}.", section)
        unknown = sorted(set(value) - _SECTIONS[section])
        if unknown:
            raise BundleError(
                f"Unknown key {unknown[0]!r}.", "docs/proofs.md lists the keys.", f"{section}.{unknown[0]}"
            )
    return _Reader(document, members).manifest()


class _Reader:
    """Takes the manifest's fields one by one; each error names its field."""

    def __init__(self, document: dict[str, Any], members: dict[str, bytes]) -> None:
        self._document = document
        self._members = members

    def manifest(self) -> Manifest:
        kind, name, package = self._package()
        runtime = self._choice("run.runtime", Runtime)
        oracle = self._choice("oracle.kind", OracleKind)
        failure = self._choice("claim.failure", Failure)
        if failure not in PROVES[oracle]:
            fitting = ", ".join(item.value for item in sorted(PROVES[oracle]))
            raise BundleError(f"{oracle.value} cannot show {failure.value}; it shows {fitting}.", field="oracle.kind")
        generic = kind == "generic"
        vulnerable_tree = self._folder("target.vulnerable_tree", required=generic)
        fixed = self._text("target.fixed", required=False)
        return Manifest(
            package=package,
            package_type=kind,
            package_name=name,
            vulnerable=self._version("target.vulnerable", self._text("target.vulnerable")),
            fixed=self._version("target.fixed", fixed) if fixed else None,
            requires=self._requires(kind),
            vulnerable_tree=vulnerable_tree,
            fixed_tree=self._folder("target.fixed_tree", required=False),
            failure=failure,
            cwe=self._texts("claim.cwe"),
            identifiers=self._texts("claim.identifiers"),
            runtime=runtime,
            driver=self._file("build.main" if runtime is Runtime.NATIVE else "run.driver"),
            input=self._file("run.input"),
            control=self._file("run.control", required=False) or None,
            sources=self._texts("build.sources") or ("*.c",),
            include=self._texts("build.include"),
            oracle=oracle,
            budget_s=self._budget(),
            exception=self._exception(oracle),
        )

    def _get(self, field: str) -> Any:
        section, key = field.split(".")
        return self._document.get(section, {}).get(key)

    def _text(self, field: str, *, required: bool = True) -> str:
        value = self._get(field)
        if value is None and not required:
            return ""
        if not isinstance(value, str) or not value or len(value) > NAME_MAX:
            raise BundleError(f"{field} must be a short text.", "docs/proofs.md shows one.", field)
        return value

    def _texts(self, field: str) -> tuple[str, ...]:
        value = self._get(field)
        if value is None:
            return ()
        if not isinstance(value, list) or not all(isinstance(item, str) and len(item) <= NAME_MAX for item in value):
            raise BundleError(f"{field} must be a list of short texts.", field=field)
        return tuple(value)

    def _choice(self, field: str, kind: Any) -> Any:
        value = self._text(field)
        try:
            return kind(value)
        except ValueError:
            names = ", ".join(item.value for item in kind)
            raise BundleError(f"{field} is {value!r}.", f"Choose from {names}.", field) from None

    def _package(self) -> tuple[str, str, str]:
        value = self._text("target.package")
        try:
            purl = PackageURL.from_string(value)
        except ValueError:
            raise BundleError(
                f"target.package {value!r} is not a package URL.", "Write pkg:pypi/name.", "target.package"
            ) from None
        if purl.type not in {"pypi", "npm", "generic"}:
            raise BundleError(
                f"Packages of type {purl.type!r} cannot be built here yet.",
                "Use pypi, npm or generic.",
                "target.package",
            )
        name = f"{purl.namespace}/{purl.name}" if purl.namespace else purl.name
        return purl.type, name, PackageURL(purl.type, purl.namespace, purl.name).to_string()

    def _version(self, field: str, value: str) -> str:
        if not _VERSION.match(value):
            raise BundleError(f"{field} {value!r} is not an exact version.", "Write one version, no range.", field)
        return value

    def _requires(self, kind: str) -> tuple[tuple[str, str], ...]:
        pairs = []
        for item in self._texts("target.requires"):
            try:
                purl = PackageURL.from_string(item)
            except ValueError:
                purl = None
            if purl is None or purl.type != kind or not purl.version:
                raise BundleError(f"target.requires: {item!r} is not a pinned {kind} package.", field="target.requires")
            name = f"{purl.namespace}/{purl.name}" if purl.namespace else purl.name
            pairs.append((name, self._version("target.requires", purl.version)))
        return tuple(pairs)

    def _file(self, field: str, *, required: bool = True) -> str:
        value = self._text(field, required=required)
        if value and value not in self._members:
            raise BundleError(f"{field} names {value!r}, which is not in the bundle.", "Add the file.", field)
        return value

    def _folder(self, field: str, *, required: bool) -> str | None:
        value = self._text(field, required=required).rstrip("/")
        if value and not any(name.startswith(f"{value}/") for name in self._members):
            raise BundleError(f"{field} names {value!r}, which is not in the bundle.", "Add the folder.", field)
        return value or None

    def _budget(self) -> float:
        value = self._get("oracle.budget_s")
        if value is None:
            return BUDGET_DEFAULT_S
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0.5 <= value <= BUDGET_MAX_S:  # noqa: PLR2004
            raise BundleError(f"oracle.budget_s must be 0.5 to {BUDGET_MAX_S:.0f} seconds.", field="oracle.budget_s")
        return float(value)

    def _exception(self, oracle: OracleKind) -> str:
        value = self._text("oracle.exception", required=oracle is OracleKind.UNCAUGHT_EXCEPTION)
        if value and not _EXCEPTION.match(value):
            raise BundleError(f"oracle.exception {value!r} is not the name of a class.", field="oracle.exception")
        return value
