"""Package URLs of statements: what they match, and which are too wide to be honored."""

from functools import lru_cache

from packageurl import PackageURL

from seawall.clearinghouse.matching.vex.types import Pattern

PURL_MAX = 1000
"""Characters of a package URL, as ``matching.purls`` reads."""

_WILD = frozenset("*?[]{}")
"""Characters by which a name is meant to stand for several; no package has them in its name."""


@lru_cache(maxsize=50_000)
def pattern(text: str) -> Pattern | None:
    """The package URL in a text; None where it is none."""
    if len(text) > PURL_MAX:
        return None
    try:
        purl = PackageURL.from_string(text)
    except ValueError:
        return None
    qualifiers = purl.qualifiers if isinstance(purl.qualifiers, dict) else {}
    return Pattern(
        purl.type,
        purl.namespace or "",
        purl.name,
        purl.version or "",
        tuple(sorted(qualifiers.items())),
        purl.subpath or "",
    )


def too_wide(found: Pattern) -> bool:
    """Whether it has a wildcard; package URLs know none, and a reader that takes them silences what nobody looked at."""
    return any(_WILD & set(part) for part in (found.type, found.namespace, found.name, found.version))


def matches(wanted: Pattern, purl: Pattern) -> bool:
    """Whether a statement's package URL covers a component's.

    Type, namespace and name are the same; version, qualifiers and subpath too, as far as the statement's has them.
    """
    if wanted.package != purl.package or (wanted.version and wanted.version != purl.version):
        return False
    return wanted.subpath in {"", purl.subpath} and set(wanted.qualifiers) <= set(purl.qualifiers)


def sources(purl: Pattern) -> Pattern | None:
    """The source package that a distribution's package was made from, as its ``upstream`` says; statements name either."""
    upstream = dict(purl.qualifiers).get("upstream", "")
    name, _, version = upstream.partition("@")
    if not name or purl.type not in {"deb", "apk"}:
        return None
    kept = tuple(pair for pair in purl.qualifiers if pair[0] not in {"arch", "upstream"})
    return Pattern(purl.type, purl.namespace, name, version or purl.version, (*kept, ("arch", "source")), "")
