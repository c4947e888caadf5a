"""From what was found on a system to an inventory: package URLs as syft and Trivy write them.

The distribution's name is the namespace, ``distro`` its release, ``upstream`` the source package where it has another name or
version, ``epoch`` and ``arch`` stand apart. Files of languages that a package of the distribution brought are left out: that
package answers for them, since distributions mend flaws without a new version of what is inside.
"""

from collections.abc import Iterator
from dataclasses import replace

from packageurl import PackageURL

from seawall.clearinghouse.matching.formats.interface import COMPONENTS_MAX, TEXT_MAX, Listing, Sbom
from seawall.clearinghouse.matching.formats.listings import listing
from seawall.clearinghouse.matching.systems.errors import NotASystem, SystemTooLarge
from seawall.clearinghouse.matching.systems.gathering import Gathering, clean
from seawall.clearinghouse.matching.systems.readers import os_release
from seawall.clearinghouse.matching.systems.types import Installed, Release

FORMAT = "system"

_OF_DISTRIBUTIONS = frozenset({"apk", "deb", "rpm"})
_NAMESPACES = {
    "opensuse-leap": "opensuse",
    "opensuse-tumbleweed": "opensuse",
    "sled": "suse",
    "sles": "suse",
    "rhel": "redhat",
    "ol": "oracle",
    "amzn": "amazon",
}
"""os-release's ID: the vendor, where package URLs use another name."""
_USUAL = {"apk": "alpine", "deb": "debian"}
"""Distribution of a package database without an os-release."""


def sbom(gathering: Gathering, name: str, purl: str = "") -> Sbom:
    """The inventory of what was gathered.

    Args:
        gathering: With all files offered.
        name: What it is of; the distribution's title is added.
        purl: Package URL of what it is of; empty where it has none.

    Raises:
        NotASystem: Nothing was found that names a package.
        SystemTooLarge: More than ``COMPONENTS_MAX`` packages.
    """
    release = _release(gathering)
    owned = gathering.owned()
    listings: dict[tuple[str, str], Listing] = {}
    brought = unnamed = 0
    for path, reader, found in gathering.all():
        unnamed += found.unnamed
        for note in found.notes:
            gathering.notes.add(note)
        if reader.LANGUAGE and path in owned:
            brought += len(found.installed)
            continue
        for line in _listings(found.installed, release, path):
            listings.setdefault((line.purl or line.name, path), line)
            if len(listings) > COMPONENTS_MAX:
                raise SystemTooLarge(
                    f"The system has over {COMPONENTS_MAX} packages.", "Check the parts of it one by one."
                )
    if not listings:
        told = " ".join(("Nothing in it names a package.", *gathering.notes.all()[:3]))
        raise NotASystem(
            told,
            "dpkg, RPM, apk, Python, npm, Java, Go and Rust are looked for. Give an image, a root folder, or an SBOM.",
        )
    if unnamed:
        gathering.notes.add(f"{unnamed} Java archives do not say which Maven artifact they are, and are not matched.")
    if brought:
        gathering.notes.add(
            f"{brought} packages of languages came with the distribution's packages and are matched as those."
        )
    if any(line.purl.startswith(("pkg:deb", "pkg:apk", "pkg:rpm")) for line in listings.values()) and not release.id:
        gathering.notes.add("The distribution's release is not known: there is no os-release.")
    subject = ", ".join(part for part in (name, release.title) if part)
    product = (purl,) if purl else ()
    return Sbom(FORMAT, subject[:TEXT_MAX], tuple(listings.values()), gathering.notes.all(), product)


def _release(gathering: Gathering) -> Release:
    found = {path: item.release for path, _, item in gathering.all() if item.release is not None}
    return next((found[path] for path in os_release.PATHS if path in found), Release("", "", ""))


def _listings(installed: tuple[Installed, ...], release: Release, path: str) -> Iterator[Listing]:
    for found in installed:
        item = replace(found, name=clean(found.name), version=clean(found.version), namespace=clean(found.namespace))
        try:
            purl = package_url(item, release)
        except ValueError:
            purl = ""  # such as a name of slashes alone: kept, and matched by nothing
        yield listing(
            purl, ref=f"{purl or item.name} /{clean(path)}"[:TEXT_MAX], name=_title(item), version=item.version
        )


def _title(item: Installed) -> str:
    separator = ":" if item.kind == "maven" else "/"
    return separator.join(part for part in (item.namespace, item.name) if part)[:TEXT_MAX]


def package_url(item: Installed, release: Release) -> str:
    """The package URL of an installed package."""
    namespace, qualifiers = item.namespace, {}
    if item.kind in _OF_DISTRIBUTIONS:
        namespace = _NAMESPACES.get(release.id, release.id) or _USUAL.get(item.kind, "")
        distro = "-".join(part for part in (release.id, release.version) if part)
        qualifiers = {"arch": item.arch, "distro": distro, "epoch": item.epoch, "upstream": item.source}
    return PackageURL(
        item.kind,
        namespace or None,
        item.name,
        item.version,
        {key: value for key, value in qualifiers.items() if value},
    ).to_string()
