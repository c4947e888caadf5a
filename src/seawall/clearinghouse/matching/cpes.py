"""Names of products in the Common Platform Enumeration, for what has no package URL.

CPE 2.3 formatted strings and 2.2 URIs are parsed strictly by NIST IR 7695 (7.1 and 7.2 of its section 6) into one form.
Of NIST IR 7696's comparison, matching uses part, vendor, product and version with its update; what else a name says
(edition, language, target software and hardware) is not compared, because inventories mostly leave it out. ``unsaid``
tells it, and the advisory's match is flagged with it.

    identify("cpe:2.3:a:openssl:openssl:1.1.1k:*:*:*:*:*:*:*")   # Package("CPE", "a:openssl:openssl"), "1.1.1k"
    identify("cpe:/a:microsoft:sql_server:2008:sp1")             # Package("CPE", "a:microsoft:sql_server"), "2008:sp1"
"""

import re
from dataclasses import astuple, dataclass, fields

from seawall.clearinghouse.matching.ecosystems import registry
from seawall.clearinghouse.matching.ecosystems.interface import VERSION_MAX, Ecosystem
from seawall.clearinghouse.matching.types import Package

CPE_MAX = 1000
"""Characters of a name; the longest in the CVE records at hand has 230."""
NAME_MAX = 300
"""Characters of part, vendor and product together; the longest at hand has 100."""
ECOSYSTEM = "CPE"
ANY = "*"
NOT_APPLICABLE = "-"

_PARTS = frozenset({"a", "o", "h", ANY, NOT_APPLICABLE})
_QUOTED = r"\\[!-,./:;<=>?@\[\\\]^`{|}~-]"
_PLAIN = r"[A-Za-z0-9._-]"
# Wildcards stand unquoted, at the ends only: question marks in a row, or one asterisk.
_VALUE = re.compile(rf"(?:\?+|\*)?(?:{_PLAIN}|{_QUOTED})+(?:\?+|\*)?")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-(?:[A-Za-z]{2}|[0-9]{3}))?")
_FIELD = re.compile(r"(?:^|:)((?:[^:\\]|\\.)*)", re.DOTALL)
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_NEEDS_ESCAPE = re.compile(r"[^A-Za-z0-9._-]")
_ENCODED = re.compile(r"%([0-9A-Fa-f]{2})|([A-Za-z0-9._-])|(~)")
_URI_WILDCARDS = {0x01: "?", 0x02: "*"}
_PRINTABLE = range(0x21, 0x7F)
_URI_FIELDS = 7
_PACKED = 6


@dataclass(frozen=True, slots=True)
class Cpe:
    """A name: each attribute lower-cased, as 2.3 formatted strings write it: ``*`` any, ``-`` not applicable, else quoted."""

    part: str
    vendor: str
    product: str
    version: str = ANY
    update: str = ANY
    edition: str = ANY
    language: str = ANY
    sw_edition: str = ANY
    target_sw: str = ANY
    target_hw: str = ANY
    other: str = ANY

    def __str__(self) -> str:
        return ":".join(("cpe:2.3", *astuple(self)))


@dataclass(frozen=True, slots=True)
class NotACpe:
    """A text that names no product, or none that could be matched."""

    why: str


@dataclass(frozen=True, slots=True)
class Named:
    """A name that was understood."""

    package: Package
    """Of ecosystem ``CPE``; its name is ``part:vendor:product``."""
    version: str
    """As its maker writes it, with the update after a colon; empty where the name has none."""
    order: Ecosystem
    cpe: Cpe


_ATTRIBUTES = tuple(field.name for field in fields(Cpe))
_UNCOMPARED = _ATTRIBUTES[5:]


def parse(text: str) -> Cpe | NotACpe:
    """A name in either binding; never raises."""
    if len(text) > CPE_MAX:
        return NotACpe(f"it has {len(text)} characters; {CPE_MAX} are read")
    if text.startswith("cpe:2.3:"):
        return _formatted(text)
    if text[:5].lower() == "cpe:/":
        return _uri(text)
    return NotACpe(f"{text[:80]!r} begins neither with cpe:2.3: nor with cpe:/")


def identify(text: str) -> Named | NotACpe:
    """The identity under which a name is matched; never raises."""
    cpe = parse(text)
    if isinstance(cpe, NotACpe):
        return cpe
    for attribute in ("part", "vendor", "product"):
        if has_wildcard(getattr(cpe, attribute)) or getattr(cpe, attribute) == NOT_APPLICABLE:
            return NotACpe(f"its {attribute} is {getattr(cpe, attribute)}, which names no product")
    package = package_of(cpe)
    if len(package.name) > NAME_MAX:
        return NotACpe(f"its vendor and product have {len(package.name)} characters; {NAME_MAX} are read")
    return Named(package, version_of(cpe), registry.ecosystem_of_folder("cpe"), cpe)


def package_of(cpe: Cpe) -> Package:
    """Its identity."""
    return Package(ECOSYSTEM, f"{cpe.part}:{cpe.vendor}:{cpe.product}")


def version_of(cpe: Cpe) -> str:
    """Version and update as one text (``2008:sp1``); empty where the name stands for several versions, or for none."""
    if has_wildcard(cpe.version) or cpe.version == NOT_APPLICABLE:
        return ""
    version = unquoted(cpe.version)
    if has_wildcard(cpe.update) or cpe.update == NOT_APPLICABLE:
        return version
    return f"{version}:{unquoted(cpe.update)}"


def cpe_of(package: Package, version: str = "") -> str:
    """A 2.3 formatted string of an identity of this ecosystem.

    Raises:
        ValueError: The package is of another ecosystem.
    """
    found = _split(package.name)
    if package.ecosystem != ECOSYSTEM or len(found) < 3:  # noqa: PLR2004 - part, vendor, product
        raise ValueError(f"{package} is no identity by CPE")
    main, _, update = version.partition(":")
    return str(Cpe(found[0], found[1], found[2], quoted(main) or ANY, quoted(update) or ANY))


def of_names(vendor: str, product: str, part: str = "a") -> Cpe | NotACpe:
    """The name that a vendor's and a product's names lead to by the dictionary's habits; a likely one, not a known one."""
    made = [quoted("_".join(name.split())) for name in (vendor, product)]
    if not all(made) or not all(_VALUE.fullmatch(name) for name in made):
        return NotACpe("its names have characters that no CPE name has")
    found = Cpe(part, *made)
    if len(package_of(found).name) > NAME_MAX:
        return NotACpe(f"its names have over {NAME_MAX} characters")
    return found


def unsaid(cpe: Cpe) -> str:
    """What a name says beyond what is compared, as a clause; empty where that is nothing."""
    found = [
        f"{name} {unquoted(value)}"
        for name in _UNCOMPARED
        if (value := getattr(cpe, name)) not in {ANY, NOT_APPLICABLE}
    ]
    return f"only of {', '.join(found)}, which is not compared" if found else ""


def has_wildcard(value: str) -> bool:
    """Whether an attribute stands for several values."""
    bare = _ESCAPE.sub("", value)
    return "*" in bare or "?" in bare


def unquoted(value: str) -> str:
    """An attribute as people write it."""
    return _ESCAPE.sub(r"\1", value)


def quoted(text: str) -> str:
    """A text as an attribute, lower-cased, nothing in it a wildcard."""
    value = _NEEDS_ESCAPE.sub(lambda match: f"\\{match[0]}", text.lower())
    return f"\\{value}" if value == NOT_APPLICABLE else value


def _formatted(text: str) -> Cpe | NotACpe:
    found = _split(text.removeprefix("cpe:2.3:"))
    if len(found) != len(_ATTRIBUTES):
        return NotACpe(f"it has {len(found)} attributes; a name of CPE 2.3 has {len(_ATTRIBUTES)}")
    return _checked(found)


def _split(text: str) -> list[str]:
    """The attributes between the unquoted colons; nothing where a backslash quotes nothing."""
    found = _FIELD.findall(text)
    return found if len(":".join(found)) == len(text) else []


def _uri(text: str) -> Cpe | NotACpe:
    found = text[5:].split(":")
    if len(found) > _URI_FIELDS:
        return NotACpe(f"it has {len(found)} attributes; a name of CPE 2.2 has at most {_URI_FIELDS}")
    found += [""] * (_URI_FIELDS - len(found))
    if found[5].startswith("~"):
        packed = found[5].split("~")
        if len(packed) != _PACKED:
            return NotACpe("its edition is packed wrongly")
        edition, *rest = packed[1:]
    else:
        edition, rest = found[5], ["", "", "", ""]
    values = [_decoded(value) for value in (*found[:5], edition, found[6], *rest)]
    whole = [value for value in values if value is not None]
    return _checked(whole) if len(whole) == len(values) else NotACpe("it has a character that must be percent-encoded")


def _decoded(value: str) -> str | None:
    """An attribute of a URI as the formatted string writes it; None where it is none."""
    if value in {"", NOT_APPLICABLE}:
        return value or ANY
    made: list[str] = []
    position = 0
    while position < len(value):
        match = _ENCODED.match(value, position)
        if match is None:
            return None
        position = match.end()
        if match[1] is None:
            made.append(match[2] or "\\~")
            continue
        code = int(match[1], 16)
        if code not in _PRINTABLE and code not in _URI_WILDCARDS:
            return None
        # A lone encoded hyphen is the text, not "not applicable".
        made.append(_URI_WILDCARDS.get(code) or (f"\\{chr(code)}" if value == match[0] else quoted(chr(code))))
    return "".join(made)


def _checked(values: list[str]) -> Cpe | NotACpe:
    for name, value in zip(_ATTRIBUTES, values, strict=True):
        if name == "part":
            right = value.lower() in _PARTS
        elif name == "language":
            right = value in {ANY, NOT_APPLICABLE} or _LANGUAGE.fullmatch(value) is not None
        else:
            right = value in {ANY, NOT_APPLICABLE} or _VALUE.fullmatch(value) is not None
        if not right:
            return NotACpe(f"its {name} {value[:40]!r} is not written as NIST IR 7695 says")
        if len(value) > VERSION_MAX:
            return NotACpe(f"its {name} has {len(value)} characters; {VERSION_MAX} are read")
    return Cpe(*(_normal(value.lower()) for value in values))


def _normal(value: str) -> str:
    """Without the quotes that change nothing, as of dots."""
    if value == "\\-":
        return value
    # Pair by pair: the second of two backslashes quotes nothing.
    return _ESCAPE.sub(lambda match: match[1] if match[1] in "._-" else match[0], value)
