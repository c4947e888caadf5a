"""Checks of single fields, shared by the formats: the same wrong purl gets the same words everywhere."""

import re
from functools import lru_cache
from typing import Any

from packageurl import PackageURL

from seawall.clearinghouse.intake.errors import NotThisFormat, ReportTooLarge, UnknownPackageType
from seawall.clearinghouse.intake.types import AffectedRange, FailureClass
from seawall.foundation.platform import strict_json
from seawall.foundation.platform.errors import BadInput

LIST_MAX = 200
"""Entries of one list field such as paths."""
PURL_MAX = 500
"""Characters of a package URL, as written and as normalized."""
PATH_MAX = 1024
"""Characters of a path or symbol."""
SEVERITY_MAX = 120
TITLE_MAX = 300
TEXT_MAX = 64 * 1024
WORD_MAX = 300
"""Characters of one entry of a list field."""
PACKAGE_TYPES = frozenset(
    [
        "alpm",
        "apk",
        "bitbucket",
        "bitnami",
        "cargo",
        "cocoapods",
        "composer",
        "conan",
        "conda",
        "cran",
        "deb",
        "docker",
        "gem",
        "generic",
        "github",
        "golang",
        "hackage",
        "hex",
        "huggingface",
        "luarocks",
        "maven",
        "npm",
        "nuget",
        "oci",
        "pub",
        "pypi",
        "qpkg",
        "rpm",
        "swid",
        "swift",
    ]
)
"""Types registered with the purl specification; another one is a typing error more often than news."""

_CWE = re.compile(r"^CWE-[1-9]\d{0,5}$")


@lru_cache(maxsize=1)
def load_json(data: bytes) -> Any:
    """JSON, strictly; see ``platform.strict_json``. The value is shared, so readers leave it as it is: what tells the
    format and what reads it ask for the same bytes, and 16 MiB take seconds.

    Raises:
        NotThisFormat: Not strict JSON; says where or what.
    """
    try:
        return strict_json.loads(data)
    except BadInput as error:
        raise NotThisFormat(error.detail, error.action) from error


def without_nul(value: str) -> str:
    """The text with NUL made visible, because no database keeps it."""
    return value.replace("\x00", "\N{REPLACEMENT CHARACTER}")


def word(value: Any) -> str:
    """A short text from a place where a format allows anything: cut, without NUL."""
    return without_nul(str(value)[:WORD_MAX])


def text(value: Any, field: str, *, limit: int = TEXT_MAX, required: bool = False) -> str:
    """A text without NUL, trimmed.

    Raises:
        NotThisFormat: Not a text, or missing though required.
        ReportTooLarge: Over ``limit`` characters.
    """
    if value is None:
        value = ""
    if not isinstance(value, str):
        raise NotThisFormat(f"{field} must be a text.", field=field)
    clean = value.replace("\x00", "\N{REPLACEMENT CHARACTER}").strip()
    if required and not clean:
        raise NotThisFormat(f"{field} is missing or empty.", "Every report needs it.", field=field)
    if len(clean) > limit:
        raise ReportTooLarge(
            f"{field} has {len(clean)} characters; {limit} are read.", "Put long evidence into the proof.", field=field
        )
    return clean


def texts(value: Any, field: str, *, limit: int = WORD_MAX) -> tuple[str, ...]:
    """A list of short texts, in order, without repeats or blanks."""
    if value is None:
        return ()
    if not isinstance(value, list):
        raise NotThisFormat(f"{field} must be a list of texts.", field=field)
    if len(value) > LIST_MAX:
        raise ReportTooLarge(f"{field} has {len(value)} entries; {LIST_MAX} are read.", field=field)
    items = (text(item, f"{field}/{index}", limit=limit) for index, item in enumerate(value))
    return tuple(dict.fromkeys(item for item in items if item))


def package(value: Any, field: str) -> tuple[str, str | None]:
    """A purl: its spelling without version and qualifiers, and the version it named.

    Raises:
        NotThisFormat: Not a purl.
        UnknownPackageType: A type that the purl specification does not list.
    """
    raw = text(value, field, limit=PURL_MAX, required=True)
    try:
        purl = PackageURL.from_string(raw)
    except ValueError as error:
        raise NotThisFormat(
            f"{field}: {raw[:120]!r} is not a package URL.", "Write it like pkg:pypi/jinja2.", field=field
        ) from error
    if purl.type not in PACKAGE_TYPES:
        raise UnknownPackageType(
            f"{field}: the package type {purl.type[:40]!r} is not known.",
            "Use a type of the purl specification, or pkg:generic/<name>.",
            field=field,
        )
    plain = PackageURL(purl.type, purl.namespace, purl.name).to_string()
    if len(plain) > PURL_MAX:  # what is not ASCII grows threefold
        raise ReportTooLarge(f"{field}: the package URL has over {PURL_MAX} characters when normalized.", field=field)
    return plain, word(purl.version).strip() or None if purl.version else None


def versions(value: Any, named: str | None, field: str) -> tuple[str, ...]:
    """A list of versions, and the one that the purl named, if any."""
    found = texts(value, field)
    whole = tuple(dict.fromkeys([*found, *([named] if named else [])]))
    if len(whole) > LIST_MAX:
        raise ReportTooLarge(f"{field} has {len(whole)} entries; {LIST_MAX} are read.", field=field)
    return whole


def fingerprints(value: Any, field: str) -> dict[str, str]:
    """An object of short texts."""
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise NotThisFormat(f"{field} must be an object.", field=field)
    if len(value) > LIST_MAX:
        raise ReportTooLarge(f"{field} has {len(value)} entries; {LIST_MAX} are read.", field=field)
    return {text(key, field, limit=WORD_MAX): text(one, field, limit=WORD_MAX) for key, one in value.items()}


def weaknesses(value: Any, field: str) -> tuple[str, ...]:
    """A list of CWE identifiers."""
    found = texts(value, field)
    for item in found:
        if not _CWE.match(item):
            raise NotThisFormat(f"{field}: {item[:40]!r} is not a CWE identifier.", "Write CWE-79.", field=field)
    return found


def failure(value: Any, field: str) -> FailureClass:
    """A failure class; none said is ``other``."""
    raw = text(value, field, limit=40)
    if not raw:
        return FailureClass.OTHER
    try:
        return FailureClass(raw)
    except ValueError as error:
        names = ", ".join(item.value for item in FailureClass)
        raise NotThisFormat(
            f"{field}: {raw!r} is not a failure class.", f"Choose from {names}.", field=field
        ) from error


def affected(value: Any, field: str) -> tuple[AffectedRange, ...]:
    """A list of ``{"introduced": ..., "fixed": ...}``."""
    if value is None:
        return ()
    if not isinstance(value, list):
        raise NotThisFormat(f"{field} must be a list.", field=field)
    if len(value) > LIST_MAX:
        raise ReportTooLarge(f"{field} has {len(value)} entries; {LIST_MAX} are read.", field=field)
    ranges = []
    for index, item in enumerate(value):
        if not isinstance(item, dict):
            raise NotThisFormat(f"{field}/{index} must be an object.", field=f"{field}/{index}")
        ranges.append(
            AffectedRange(
                introduced=text(item.get("introduced"), f"{field}/{index}/introduced", limit=WORD_MAX) or "0",
                fixed=text(item.get("fixed"), f"{field}/{index}/fixed", limit=WORD_MAX) or None,
            )
        )
    return tuple(ranges)
