"""Which statement is about a finding, and what several come to. Pure; the present is passed in.

    book = Book(statements)
    decision = book.decide(Subject(("CVE-2024-56326",), "pkg:pypi/jinja2@3.1.4"), now)

- A statement is about a finding when it names the flaw by one of its identifiers, and the component by its package URL. Where it
  names the product that the component is in, that product must be what the component is in; a statement of a product as a whole is about
  all components in it. So nobody's statement about their product silences a finding in ours.
- The latest statement stands. Of several at the same time, the most careful stands. Those that say otherwise are shown.
- A statement from the future is not honored: it would stand forever.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from seawall.clearinghouse.matching.vex.patterns import matches, pattern, sources
from seawall.clearinghouse.matching.vex.types import Applied, Decision, Pattern, Product, Statement, Status, Subject

CLOCKS_DIFFER = timedelta(days=1)
"""How far ahead a statement's time may be: clocks and zones differ."""

_CAREFUL = tuple(Status)
_OLDEST = datetime.min.replace(tzinfo=UTC)
_Key = tuple[str, str, str]


def applies(statement: Statement, subject: Subject) -> Applied | None:
    """Whether a statement is about a finding, by which of its products, and what is odd about it; None where it is not."""
    if not {name.upper() for name in subject.identifiers} & set(statement.identifiers):
        return None
    component = pattern(subject.purl)
    for product in statement.products:
        if _is_about(product, component, subject):
            return Applied(statement, product, _flags(statement, product))
    return None


class Book:
    """Statements by flaw and package, so that a finding asks only those that may be about it."""

    def __init__(self, statements: Iterable[Statement]) -> None:
        """Sort them."""
        self._by_package: dict[tuple[str, _Key | None], list[Statement]] = defaultdict(list)
        for statement in statements:
            packages = {None if item.component is None else item.component.package for item in statement.products}
            for identifier in statement.identifiers:
                for package in packages:
                    self._by_package[identifier, package].append(statement)

    def about(self, subject: Subject) -> tuple[Applied, ...]:
        """All statements about a finding, in the order in which they were given."""
        component = pattern(subject.purl)
        packages: list[_Key | None] = [None]
        if component is not None:
            packages.append(component.package)
            source = sources(component)
            packages += [source.package] if source is not None else []
        found: dict[int, Statement] = {}
        for identifier in subject.identifiers:
            for package in packages:
                for statement in self._by_package.get((identifier.upper(), package), ()):
                    found[id(statement)] = statement
        return tuple(applied for statement in found.values() if (applied := applies(statement, subject)) is not None)

    def decide(self, subject: Subject, now: datetime) -> Decision | None:
        """What the statements about a finding come to; None where there is none.

        Args:
            subject: The finding.
            now: With its zone.
        """
        return decide(self.about(subject), now)


def decide(found: Iterable[Applied], now: datetime) -> Decision | None:
    """What statements about one finding come to; None where there is none that counts."""
    counting = [applied for applied in found if _when(applied) <= now + CLOCKS_DIFFER]
    if not counting:
        return None
    ordered = sorted(counting, key=lambda applied: _CAREFUL.index(applied.statement.status))
    ordered.sort(key=_when, reverse=True)
    stands, *rest = ordered
    return Decision(
        stands, tuple(applied for applied in rest if applied.statement.status is not stands.statement.status)
    )


def _when(applied: Applied) -> datetime:
    return applied.statement.timestamp or _OLDEST


def _is_about(product: Product, component: Pattern | None, subject: Subject) -> bool:
    if product.component is not None:
        if component is None or not _covers(product, product.component, component, subject.version):
            return False
        if product.product is None and not product.label:
            return True
    return _is_in(product, subject.within)


def _covers(product: Product, wanted: Pattern, component: Pattern, version: str) -> bool:
    if product.versions and not {component.version, version} & set(product.versions):
        return False
    source = sources(component)
    return matches(wanted, component) or (source is not None and matches(wanted, source))


def _is_in(product: Product, within: Iterable[str]) -> bool:
    for text in within:
        if product.label and product.label == text:
            return True
        if product.product is not None and (found := pattern(text)) is not None and matches(product.product, found):
            return True
    return False


def _flags(statement: Statement, product: Product) -> tuple[str, ...]:
    flags = list(statement.flags)
    wanted = product.component or product.product
    if wanted is not None and not wanted.version and not product.versions:
        flags.append("It holds for every version, also for those that come.")
    if statement.status is Status.NOT_AFFECTED and not statement.justification and not statement.text:
        flags.append("It gives no reason.")
    if statement.timestamp is None:
        flags.append("It does not say when it was made.")
    return tuple(dict.fromkeys(flags))
