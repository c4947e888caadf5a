"""CSAF 2.0 and 2.1 with the profile VEX.

Products are identified by the package URLs in the product tree; of those in a platform (``relationships``), the platform is the
product where it has a package URL. Distributions name platforms by CPE alone; their packages' URLs name the distribution already.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from seawall.clearinghouse.matching.vex.errors import NotVex, VexTooLarge
from seawall.clearinghouse.matching.vex.formats.fields import (
    PRODUCTS_MAX,
    Budget,
    Flags,
    identifiers,
    items,
    moment,
    record,
    records,
    text,
)
from seawall.clearinghouse.matching.vex.types import Pattern, Product, Statement, Status

CATEGORIES = frozenset({"csaf_vex", "csaf_security_advisory"})

_STATUSES = {
    "known_affected": Status.AFFECTED,
    "first_affected": Status.AFFECTED,
    "last_affected": Status.AFFECTED,
    "under_investigation": Status.UNDER_INVESTIGATION,
    "fixed": Status.FIXED,
    "first_fixed": Status.FIXED,
    "known_not_affected": Status.NOT_AFFECTED,
}
_OF_DISTRIBUTIONS = frozenset({"apk", "deb", "rpm"})


@dataclass(frozen=True, slots=True)
class _Named:
    """A product of the tree."""

    name: str
    purl: str
    version: str
    """Of the branch that it hangs on; empty where none says."""
    is_range: bool
    """The branch names a range of versions."""


def claims(document: dict[str, Any]) -> bool:
    """Whether a document is CSAF."""
    head = document.get("document")
    return isinstance(head, dict) and "csaf_version" in head


def read(document: dict[str, Any], source: str) -> Iterator[Statement]:
    """Its statements: one for each vulnerability, status and justification.

    Raises:
        NotVex: Of the wrong shape, or another category; says where.
        VexTooLarge: Over a limit.
    """
    head = record(document.get("document"), "document")
    category = text(head.get("category"), "document/category")
    if category not in CATEGORIES:
        raise NotVex(
            f"The CSAF document is of the category {category[:40]!r}.",
            "Give one of the category csaf_vex.",
            "document/category",
        )
    tracking = record(head.get("tracking"), "document/tracking")
    when = moment(tracking.get("current_release_date"), tracking.get("initial_release_date"))
    author = text(record(head.get("publisher"), "document/publisher").get("name"), "document/publisher/name")
    tree = _Tree(record(document.get("product_tree"), "product_tree"))
    budget = Budget()
    for place, entry in records(document.get("vulnerabilities"), "vulnerabilities"):
        names = identifiers(_names(entry, place))
        why = _by_product(entry, place, "flags", "label", tree)
        impact = _by_product(entry, place, "threats", "details", tree)
        statuses = record(entry.get("product_status"), f"{place}/product_status")
        for kind, status in _STATUSES.items():
            pointer = f"{place}/product_status/{kind}"
            sorted_out: dict[tuple[str, str], list[str]] = {}
            for index, value in enumerate(items(statuses.get(kind), pointer)):
                product = text(value, f"{pointer}/{index}", None)
                reason = (why.get(product, ""), impact.get(product, "")) if status is Status.NOT_AFFECTED else ("", "")
                sorted_out.setdefault(reason, []).append(product)
            for (justification, said), listed in sorted_out.items():
                budget.statement()
                flags = Flags()
                products = tuple(tree.products(listed, flags, budget))
                yield Statement(
                    names, products, status, justification, said, author, when, f"{source}: {pointer}", flags.all()
                )


def _names(entry: dict[str, Any], place: str) -> Iterator[str]:
    yield text(entry.get("cve"), f"{place}/cve")
    for pointer, other in records(entry.get("ids"), f"{place}/ids"):
        yield text(other.get("text"), f"{pointer}/text")


def _by_product(entry: dict[str, Any], place: str, name: str, value: str, tree: "_Tree") -> dict[str, str]:
    found: dict[str, str] = {}
    for pointer, item in records(entry.get(name), f"{place}/{name}"):
        if name == "threats" and item.get("category") != "impact":
            continue
        said = text(item.get(value), f"{pointer}/{value}")
        for product in tree.named_in(item, pointer):
            found.setdefault(product, said)
    return found


class _Tree:
    """Products by their identifiers."""

    def __init__(self, tree: dict[str, Any]) -> None:
        self._named: dict[str, _Named] = {}
        self._in: dict[str, tuple[str, str]] = {}
        self._groups: dict[str, list[str]] = {}
        self._count = 0
        for pointer, entry in records(tree.get("full_product_names"), "product_tree/full_product_names"):
            self._keep(entry, pointer, "", is_range=False)
        self._branches(tree)
        for pointer, entry in records(tree.get("relationships"), "product_tree/relationships"):
            whole = record(entry.get("full_product_name"), f"{pointer}/full_product_name")
            parts = tuple(
                text(entry.get(name), f"{pointer}/{name}", None)
                for name in ("product_reference", "relates_to_product_reference")
            )
            self._in[text(whole.get("product_id"), f"{pointer}/full_product_name/product_id", None)] = (
                parts[0],
                parts[1],
            )
        for pointer, entry in records(tree.get("product_groups"), "product_tree/product_groups"):
            name = text(entry.get("group_id"), f"{pointer}/group_id", None)
            members = items(entry.get("product_ids"), f"{pointer}/product_ids")
            self._groups[name] = [member for member in members if isinstance(member, str)]

    def _branches(self, tree: dict[str, Any]) -> None:
        waiting = [("product_tree", tree)]
        while waiting:
            pointer, here = waiting.pop()
            for place, branch in records(here.get("branches"), f"{pointer}/branches"):
                category, name = (text(branch.get(key), f"{place}/{key}") for key in ("category", "name"))
                if "product" in branch:
                    version = name if category == "product_version" else ""
                    is_range = category == "product_version_range"
                    self._keep(record(branch["product"], f"{place}/product"), place, version, is_range=is_range)
                waiting.append((place, branch))

    def _keep(self, product: dict[str, Any], pointer: str, version: str, *, is_range: bool) -> None:
        self._count += 1
        if self._count > PRODUCTS_MAX:
            raise VexTooLarge(f"The document names over {PRODUCTS_MAX} products.", "Give one document per product.")
        helper = record(product.get("product_identification_helper"), f"{pointer}/product_identification_helper")
        purls = helper.get("purls")  # CSAF 2.1
        purl = helper.get("purl") or (purls[0] if isinstance(purls, list) and purls else None)
        place = f"{pointer}/product_identification_helper/purl"
        self._named[text(product.get("product_id"), f"{pointer}/product_id", None)] = _Named(
            text(product.get("name"), f"{pointer}/name"), text(purl, place, None), version, is_range
        )

    def named_in(self, item: dict[str, Any], pointer: str) -> Iterator[str]:
        """Products that a flag or a threat is about."""
        for name in items(item.get("product_ids"), f"{pointer}/product_ids"):
            if isinstance(name, str):
                yield name
        for name in items(item.get("group_ids"), f"{pointer}/group_ids"):
            yield from self._groups.get(name, ()) if isinstance(name, str) else ()

    def products(self, listed: list[str], flags: Flags, budget: Budget) -> Iterator[Product]:
        """What identifiers of products name, as far as it can be honored."""
        for name in listed:
            budget.product()
            part, whole = self._in.get(name, (name, ""))
            component = self._pattern(part, flags)
            if component is None:
                continue
            if not whole:
                yield Product(component)
                yield Product(None, component)
                continue
            product = self._pattern(whole, Flags())
            if product is not None:
                yield Product(component, product)
            elif component.type in _OF_DISTRIBUTIONS and component.version:
                yield Product(component)
            elif whole in self._named and self._named[whole].name:
                yield Product(component, None, self._named[whole].name[:80])

    def _pattern(self, name: str, flags: Flags) -> Pattern | None:
        found = self._named.get(name)
        if found is None or not found.purl:
            flags.add("Some of its products have no package URL, and are not honored.")
            return None
        wanted = flags.purl(found.purl)
        if wanted is None or wanted.version:
            return wanted
        if found.is_range:
            flags.add("Version ranges of a statement are not honored; name the versions.")
            return None
        return Pattern(wanted.type, wanted.namespace, wanted.name, found.version, wanted.qualifiers, wanted.subpath)
