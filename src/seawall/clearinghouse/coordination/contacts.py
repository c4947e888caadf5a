"""The contact register: whom to bring in for a package, who said so, and when that was last confirmed.

An entry is for one package (``pkg:npm/left-pad``), a namespace (``pkg:npm/@scope/*``, ``pkg:maven/org.apache/*``) or a
repository (``https://github.com/owner/name``). It names an organization here, or gives a reference to where the
maintainers say how to reach them (a security.txt, a SECURITY.md, an address): data for people, never followed.

- Owners keep their own entries; nobody is brought in by an entry that no coordinator has confirmed, because an entry
  opens embargoed reports.
- The nearest entry comes first: exact, then the longest namespace, then the repository; among these the lower priority.
"""

from dataclasses import dataclass
from urllib.parse import unquote

from django.db import transaction
from django.db.models import QuerySet
from packageurl import PackageURL

from seawall.clearinghouse.coordination import models
from seawall.clearinghouse.coordination.types import ContactKind
from seawall.foundation.access.types import Actor
from seawall.foundation.platform import clock
from seawall.foundation.transparency.services import record

PATTERN_MAX = 500
FORGES = {"github": "https://github.com", "bitbucket": "https://bitbucket.org", "gitlab": "https://gitlab.com"}
"""purl types whose packages are repositories."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """What an entry is for, in its one spelling."""

    kind: ContactKind
    text: str


def patterns_of(package: str) -> list[Pattern]:
    """All patterns that a package falls under, the nearest first.

    ``pkg:npm/@scope/x`` gives itself and ``pkg:npm/@scope/``; a purl of a forge gives its repository too.
    """
    found = [Pattern(ContactKind.EXACT, package)]
    kind, _, path = package.removeprefix("pkg:").partition("/")
    parts = path.split("/")
    found += [
        Pattern(ContactKind.PREFIX, f"pkg:{kind}/{'/'.join(parts[:length])}/")
        for length in range(len(parts) - 1, 0, -1)
    ]
    if kind in FORGES:
        found.append(Pattern(ContactKind.REPOSITORY, f"{FORGES[kind]}/{unquote(path)}".lower()))
    if package.startswith("https://"):
        found = [Pattern(ContactKind.REPOSITORY, package)]
    return found


def plain_package(package: str) -> str:
    """A purl without version, qualifiers and subpath.

    Raises:
        ValueError: Not a purl.
    """
    purl = PackageURL.from_string(package)
    return PackageURL(purl.type, purl.namespace, purl.name).to_string()


def entries_for(packages: list[str]) -> dict[str, list[models.Contact]]:
    """The standing entries for each package, the nearest first; in one query. No door calls this."""
    wanted = {package: patterns_of(package) for package in packages}
    texts = {pattern.text for patterns in wanted.values() for pattern in patterns}
    by_pattern: dict[tuple[str, str], list[models.Contact]] = {}
    for row in standing().filter(pattern__in=texts).order_by("priority", "said_at", "id"):
        by_pattern.setdefault((row.kind, row.pattern), []).append(row)
    return {
        package: [row for pattern in patterns for row in by_pattern.get((pattern.kind, pattern.text), [])]
        for package, patterns in wanted.items()
    }


def first_contact(package: str) -> str:
    """The organization to bring in by itself when a case opens: of the nearest usable entry; empty where there is none."""
    return next((row.organization_id for row in entries_for([package])[package] if is_usable(row)), "")


def is_usable(row: models.Contact) -> bool:
    """Whether an entry brings somebody in: confirmed, not bounced since, and with an account here."""
    if row.confirmed_at is None or not row.organization_id:
        return False
    return row.bounced_at is None or row.bounced_at < row.confirmed_at


def standing() -> QuerySet[models.Contact]:
    """Entries that nobody has withdrawn."""
    return models.Contact.objects.filter(withdrawn_at=None)


@transaction.atomic
def set_contact(keeper: Actor, package: str, organization_id: str) -> None:
    """Say whom to bring in for a package, in place of who it was; called by the server's keeper, no door does."""
    now = clock.now()
    standing().filter(pattern=package, kind=ContactKind.EXACT).exclude(organization_id="").exclude(
        organization_id=organization_id
    ).update(withdrawn_at=now)
    fields = {"confirmed_at": now, "confirmed_by": keeper.label[:200], "bounced_at": None}
    models.Contact.objects.update_or_create(
        kind=ContactKind.EXACT,
        pattern=package,
        organization_id=organization_id,
        reference="",
        withdrawn_at=None,
        defaults=fields,
        create_defaults={**fields, "said_by": keeper.label[:200], "said_at": now},
    )
    record(keeper, "contact.set", package, {"organization": organization_id})
