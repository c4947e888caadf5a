"""From what either edition of SPDX says to an inventory."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from seawall.clearinghouse.matching.formats.documents import NOTES_MAX
from seawall.clearinghouse.matching.formats.interface import TEXT_MAX, Sbom
from seawall.clearinghouse.matching.formats.listings import listing
from seawall.clearinghouse.matching.formats.trees import TREE_DEPTH_MAX, ways
from seawall.clearinghouse.matching.purls import PURL_MAX

PRODUCTS_MAX = 20
"""Package URLs of what a document describes that are kept; most describe one thing."""
LABEL_MAX = 80
"""Characters of a step of the way to a component."""


@dataclass(frozen=True, slots=True)
class Package:
    """A package as a document has it."""

    ref: str
    name: str
    version: str
    purls: tuple[str, ...]
    cpes: tuple[str, ...] = ()
    """CPE names, the likeliest first; generators that guess several sort them so."""


@dataclass(frozen=True, slots=True)
class Document:
    """What both editions say, in one shape."""

    name: str
    packages: tuple[Package, ...]
    described: tuple[str, ...]
    """References of what the document is of."""
    edges: Mapping[str, Sequence[str]]
    """Reference -> what it needs or has in it."""
    notes: tuple[str, ...] = ()


def build(document: Document) -> Sbom:
    """The inventory; one listing for each package.

    What the document describes is a package too. It is left out where it has no package URL or CPE name and others are there: like the
    root of a CycloneDX document, it only names the whole.
    """
    labels = {package.ref: f"{package.name} {package.version}".strip()[:LABEL_MAX] for package in document.packages}
    described = dict.fromkeys(document.described)
    # A node above all roots, left out of the ways again: no reference is empty.
    found = ways("", {"": "", **labels}, {**document.edges, "": list(described)}, depth_max=TREE_DEPTH_MAX + 1)
    notes = list(document.notes)
    if several := sum(len(package.purls) > 1 for package in document.packages):
        notes.append(f"{several} packages have several package URLs; the first of each is matched.")
    listings = tuple(
        listing(
            package.purls[0] if package.purls else "",
            ref=package.ref,
            name=package.name,
            version=package.version,
            path=found.get(package.ref, ())[1:],
            cpe=package.cpes[0] if package.cpes else "",
        )
        for package in document.packages
        if package.purls or package.cpes or package.ref not in described or len(document.packages) == len(described)
    )
    subject = ", ".join(labels[ref] for ref in list(described)[:3] if ref in labels) or document.name
    product = [
        package.purls[0][:PURL_MAX] for package in document.packages if package.ref in described and package.purls
    ]
    return Sbom("spdx", subject[:TEXT_MAX], listings, tuple(notes[:NOTES_MAX]), tuple(product[:PRODUCTS_MAX]))
