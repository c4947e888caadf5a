"""Linux distributions: how OSV, package URLs and SBOM generators name them and their releases. Pure; tables and their readers.

A release is part of a package's identity, so all spellings lead to one: ``debian-12.5``, ``bookworm`` and ``12`` to
``Debian:12``; OSV's ``Ubuntu:Pro:22.04:LTS`` to ``Ubuntu:22.04``, ``SUSE:Linux Enterprise Server 15 SP5`` to ``SUSE:15.5``,
``Red Hat:enterprise_linux:9::baseos`` to ``Red Hat:9``.

Advisories of most distributions name source packages; those of Red Hat and AlmaLinux name binary packages.
"""

import re
from dataclasses import dataclass

RELEASE_MAX = 100
"""Characters of a release that are looked at."""


@dataclass(frozen=True, slots=True)
class Distribution:
    """A distribution."""

    name: str
    """OSV's, or the usual one where OSV has none."""
    purl_type: str
    namespace: str
    """Of its package URLs."""
    id: str
    """Of the ``distro`` qualifier, as in ``/etc/os-release``."""
    numbers: int
    """How many numbers of a release tell its packages apart; 0: it has no releases."""
    by_source: bool = True
    """Its advisories name source packages."""
    prefix: str = ""
    """What OSV writes before the release."""


_ALL = (
    Distribution("Debian", "deb", "debian", "debian", 1),
    Distribution("Ubuntu", "deb", "ubuntu", "ubuntu", 2),
    Distribution("Echo", "deb", "echo", "echo", 0),
    Distribution("Alpine", "apk", "alpine", "alpine", 2, prefix="v"),
    Distribution("Wolfi", "apk", "wolfi", "wolfi", 0),
    Distribution("Chainguard", "apk", "chainguard", "chainguard", 0),
    Distribution("MinimOS", "apk", "minimos", "minimos", 0),
    Distribution("Alpaquita", "apk", "alpaquita", "alpaquita", 1),
    Distribution(
        "BellSoft Hardened Containers", "apk", "bellsoft-hardened-containers", "bellsoft-hardened-containers", 1
    ),
    Distribution("Red Hat", "rpm", "redhat", "rhel", 1, by_source=False),
    Distribution("AlmaLinux", "rpm", "almalinux", "almalinux", 1, by_source=False),
    Distribution("Rocky Linux", "rpm", "rocky-linux", "rocky", 1),
    Distribution("CentOS", "rpm", "centos", "centos", 1, by_source=False),
    Distribution("Oracle Linux", "rpm", "oraclelinux", "ol", 1, by_source=False),
    Distribution("Amazon Linux", "rpm", "amazon", "amzn", 1, by_source=False),
    Distribution("Fedora", "rpm", "fedora", "fedora", 1),
    Distribution("openSUSE", "rpm", "opensuse", "opensuse-leap", 2),
    Distribution("SUSE", "rpm", "suse", "sles", 2),
    Distribution("Mageia", "rpm", "mageia", "mageia", 1),
    Distribution("openEuler", "rpm", "openeuler", "openeuler", 2),
    Distribution("Photon OS", "rpm", "photon", "photon", 2, by_source=False),
    Distribution("Azure Linux", "rpm", "azurelinux", "azurelinux", 1),
    Distribution("Mariner", "rpm", "mariner", "mariner", 2),
)
_BY_NAME = {found.name: found for found in _ALL}
_ALIASES = {
    "bellsoft": "BellSoft Hardened Containers",
    "red-hat": "Red Hat",
    "rhel": "Red Hat",
    "redhat": "Red Hat",
    "el": "Red Hat",
    "alma": "AlmaLinux",
    "rocky": "Rocky Linux",
    "rockylinux": "Rocky Linux",
    "centos-stream": "CentOS",
    "centos-linux": "CentOS",
    "oracle": "Oracle Linux",
    "ol": "Oracle Linux",
    "oracle-linux": "Oracle Linux",
    "amzn": "Amazon Linux",
    "amazonlinux": "Amazon Linux",
    "amazon-linux": "Amazon Linux",
    "opensuse-leap": "openSUSE",
    "opensuse-tumbleweed": "openSUSE",
    "opensuse.leap": "openSUSE",
    "opensuse.tumbleweed": "openSUSE",
    "sles": "SUSE",
    "sled": "SUSE",
    "sles_sap": "SUSE",
    "sle_hpc": "SUSE",
    "sle-micro": "SUSE",
    "sl-micro": "SUSE",
    "suse-linux-enterprise-micro": "SUSE",
    "suse-linux-enterprise-server": "SUSE",
    "suse-linux-enterprise-desktop": "SUSE",
    "photon-os": "Photon OS",
    "azl": "Azure Linux",
    "azure-linux": "Azure Linux",
    "cbl-mariner": "Mariner",
}
_BY_ID = {**{found.namespace: found for found in _ALL}, **{name: _BY_NAME[known] for name, known in _ALIASES.items()}}

# From the distributions' own lists (Debian's distro-info-data of July 2026).
_CODENAMES = {
    "Debian": {
        "buzz": "1", "rex": "1", "bo": "1", "hamm": "2", "slink": "2", "potato": "2", "woody": "3", "sarge": "3",
        "etch": "4", "lenny": "5", "squeeze": "6", "wheezy": "7", "jessie": "8", "stretch": "9", "buster": "10",
        "bullseye": "11", "bookworm": "12", "trixie": "13", "forky": "14", "duke": "15",
        "sid": "sid", "unstable": "sid", "experimental": "experimental",
    },
    "Ubuntu": {
        "warty": "4.10", "hoary": "5.04", "breezy": "5.10", "dapper": "6.06", "edgy": "6.10", "feisty": "7.04",
        "gutsy": "7.10", "hardy": "8.04", "intrepid": "8.10", "jaunty": "9.04", "karmic": "9.10", "lucid": "10.04",
        "maverick": "10.10", "natty": "11.04", "oneiric": "11.10", "precise": "12.04", "quantal": "12.10",
        "raring": "13.04", "saucy": "13.10", "trusty": "14.04", "utopic": "14.10", "vivid": "15.04", "wily": "15.10",
        "xenial": "16.04", "yakkety": "16.10", "zesty": "17.04", "artful": "17.10", "bionic": "18.04",
        "cosmic": "18.10", "disco": "19.04", "eoan": "19.10", "focal": "20.04", "groovy": "20.10", "hirsute": "21.04",
        "impish": "21.10", "jammy": "22.04", "kinetic": "22.10", "lunar": "23.04", "mantic": "23.10", "noble": "24.04",
        "oracular": "24.10", "plucky": "25.04", "questing": "25.10", "resolute": "26.04", "stonking": "26.10",
    },
    "Alpine": {"edge": "edge"},
    "Alpaquita": {"stream": "stream"},
    "BellSoft Hardened Containers": {"stream": "stream"},
    "openSUSE": {"tumbleweed": "Tumbleweed"},
    "Fedora": {"rawhide": "rawhide"},
}  # fmt: skip
_NUMBERS = re.compile(r"(?<![0-9.])v?([0-9]+(?:\.[0-9]+)*)")
_SERVICE_PACK = re.compile(r"(?<![0-9.])([0-9]+)[ -]?sp([0-9]+)")
_EULER = re.compile(r"([0-9]{2}\.[0-9]{2})[- (]+(lts(?:-(?:sp[0-9]+|next))?)")
_WORDS = re.compile(r"[a-z]+")
_ID = re.compile(r"[a-z][a-z._]*(?:[- ][a-z._]+)*")
_RED_HAT_STREAM = re.compile(r"enterprise_linux:([0-9]+)(?:\.[0-9]+)*(?::.*)?")
_SUSE_LINE = re.compile(r"[0-9].*|micro .*|linux micro .*|linux enterprise (?!live patching).*|package hub .*")
_LAST_CENTOS = 8
"""From 9 on CentOS is Stream, which is not built from Red Hat's releases but before them."""


@dataclass(frozen=True, slots=True)
class Release:
    """A release of a distribution."""

    distribution: Distribution
    release: str
    """Empty where the distribution has none."""

    @property
    def ecosystem(self) -> str:
        """Its packages' ecosystem: ``Debian:12``."""
        if not self.release:
            return self.distribution.name
        prefix = self.distribution.prefix if self.release[0].isdigit() else ""
        return f"{self.distribution.name}:{prefix}{self.release}"

    @property
    def distro(self) -> str:
        """The ``distro`` qualifier of its package URLs: ``debian-12``."""
        if self.distribution.name == "openSUSE" and not self.release[:1].isdigit():
            return f"opensuse-{self.release.lower()}"
        if self.release.startswith("Micro "):
            return f"sle-micro-{self.release.partition(' ')[2]}"
        return "-".join(part for part in (self.distribution.id, self.release) if part)


def named(purl_type: str, namespace: str, distro: str) -> Release | None:
    """The release that a package URL names.

    Args:
        purl_type: ``deb``, ``apk`` or ``rpm``.
        namespace: Asked where ``distro`` does not name the distribution.
        distro: The qualifier; may be empty.
    """
    text = distro[:RELEASE_MAX].strip().lower()
    found = _of_distro(text)
    if found is None or found.purl_type != purl_type:
        found = _BY_ID.get(namespace.strip().lower())
    if found is None or found.purl_type != purl_type:
        return None
    release = _release(found, text)
    if release is None:
        return None
    if found.name == "CentOS" and release.isdigit() and int(release) <= _LAST_CENTOS:
        # CentOS Linux was rebuilt from Red Hat's sources with the same versions.
        return Release(_BY_NAME["Red Hat"], release)
    return Release(found, release)


def of_ecosystem(ecosystem: str) -> Release | None:
    """The release that an OSV ecosystem names; None where it is no distribution's, or not of a release known here."""
    name, _, rest = ecosystem[: RELEASE_MAX + 40].partition(":")
    found = _BY_NAME.get(name)
    if found is None:
        return None
    text = rest.strip().lower()
    if name == "Red Hat" and ":" in text:
        stream = _RED_HAT_STREAM.fullmatch(text)
        return None if stream is None else Release(found, stream[1])
    if name == "SUSE" and _SUSE_LINE.fullmatch(text) is None:
        return None  # another product, with numbers of its own
    if text and not found.numbers:
        return None  # a publisher of several kinds: Echo:PyPI
    release = _release(found, text)
    return None if release is None else Release(found, release)


def canonical(ecosystem: str) -> str:
    """An OSV ecosystem as identities have it; itself where nothing is to be changed."""
    found = of_ecosystem(ecosystem)
    return ecosystem if found is None else found.ecosystem


def _of_distro(text: str) -> Distribution | None:
    match = _ID.match(text)
    if match is None:
        return None
    words = match[0].replace(" ", "-").rstrip("-.")
    while words:
        if words in _BY_ID:
            return _BY_ID[words]
        words = words.rpartition("-")[0]
    return next((_BY_NAME[name] for name in ("Debian", "Ubuntu") if match[0] in _CODENAMES[name]), None)


def _release(found: Distribution, text: str) -> str | None:
    """A release as its identities have it; None where the text says none, ``""`` where there are none."""
    if found.numbers == 0:
        return ""
    codenames = _CODENAMES.get(found.name, {})
    named = next((codenames[word] for word in _WORDS.findall(text) if word in codenames), None)
    if named is not None:
        return named
    if found.name == "openEuler":
        euler = _EULER.search(text)
        return None if euler is None else f"{euler[1]}-{euler[2].upper()}"
    numbers = _NUMBERS.search(text)
    if numbers is None:
        return None
    if found.name == "SUSE":
        return _of_suse(text, numbers[1])
    parts = numbers[1].split(".")[: found.numbers]
    if found.name in {"Photon OS", "Mariner"} and len(parts) == 1:
        parts.append("0")
    return ".".join(parts)


def _of_suse(text: str, numbers: str) -> str:
    if "micro" in text:
        return f"Micro {numbers}"
    pack = _SERVICE_PACK.search(text)
    return ".".join(numbers.split(".")[:2]) if pack is None else f"{pack[1]}.{pack[2]}"
