"""The contact register: whom to bring in for a package, who said so, and when that was last confirmed.

An entry is for one package (``pkg:npm/left-pad``), a namespace (``pkg:npm/@scope/*``, ``pkg:maven/org.apache/*``) or a
repository (``https://github.com/owner/name``). It names an organization here, or gives a reference to where the
maintainers say how to reach them (a security.txt, a SECURITY.md, an address): data for people, never followed.

- Owners keep their own entries; nobody is brought in by an entry that no coordinator has confirmed, because an entry
  opens embargoed reports.
- The nearest entry comes first: exact, then the longest namespace, then the repository; among these the lower priority.
"""

import re
from dataclasses import dataclass
from urllib.parse import unquote

from django.db import transaction
from django.db.models import QuerySet
from packageurl import PackageURL

from seawall.clearinghouse.coordination import models
from seawall.clearinghouse.coordination.types import ContactKind
from seawall.clearinghouse.deconfliction.targets import normalize_repository
from seawall.clearinghouse.distribution.types import check_url
from seawall.foundation.access.queries import get_visible, visible_to
from seawall.foundation.access.services import require
from seawall.foundation.access.types import Actor
from seawall.foundation.identity.queries import organization_names
from seawall.foundation.platform import clock
from seawall.foundation.platform.errors import BadInput, Conflict, Forbidden
from seawall.foundation.transparency.services import record

ContactRow = models.Contact
"""The row, for the doors: they read it, and write only through services."""
PATTERN_MAX = 500
ENTRIES_MAX = 2000
"""Entries that one organization keeps; who maintains more packages has a namespace."""
PRIORITY_MAX = 100
NOTE_MAX = 300
NAMESPACE_SLASHES = 2
"""``pkg:npm/@scope/`` has two; less is a whole ecosystem."""
_MAIL = re.compile(r"^[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9.-]{1,250}\.[A-Za-z]{2,24}$")
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


# --- by people -----------------------------------------------------------------------------------


def pattern_of(text: str) -> Pattern:
    """The pattern that somebody wrote, in its one spelling.

    Raises:
        BadInput: Neither a package URL, nor a namespace ending in ``/*``, nor a repository's address.
    """
    wrong = BadInput(
        "This names no package, namespace or repository.",
        "Write pkg:npm/name, pkg:npm/@scope/*, or https://host/owner/name.",
        field="pattern",
    )
    written = text.strip()
    if not written or len(written) > PATTERN_MAX or "\x00" in written:
        raise wrong
    if written.startswith("pkg:") and written.endswith("/*"):
        try:  # a namespace is spelled like a package's, so a package below it is made and taken off again
            plain = plain_package(f"{written[:-1]}x")
        except ValueError as error:
            raise wrong from error
        prefix = plain.removesuffix("x")
        if prefix.removeprefix("pkg:").count("/") < NAMESPACE_SLASHES:
            raise BadInput("A whole ecosystem has no one contact.", "Name a namespace below it.", field="pattern")
        return Pattern(ContactKind.PREFIX, prefix)
    if written.startswith("pkg:"):
        try:
            return Pattern(ContactKind.EXACT, plain_package(written))
        except ValueError as error:
            raise wrong from error
    repository = normalize_repository(written)
    if repository is None:
        raise wrong
    return Pattern(ContactKind.REPOSITORY, repository)


@transaction.atomic
def register(
    actor: Actor,
    *,
    pattern: str,
    organization_id: str = "",
    reference: str = "",
    priority: int = 10,
    note: str = "",
) -> models.Contact:
    """Add an entry; the same again changes nothing. Nobody is brought in by it before a coordinator confirms it.

    Args:
        actor: Anybody for its own organization or with a reference; a coordinator for every organization.
        pattern: What it is for.
        organization_id: Whom to bring in; must have an account here.
        reference: Where the maintainers say how to reach them: https address or mail address; data, never followed.
        priority: 1 to 100; lower comes first.
        note: For people.

    Raises:
        Forbidden: For another organization, and no coordinator.
        BadInput: A field does not fit; it is named.
        Conflict: The organization keeps too many.
    """
    require(actor, "contact.register")
    found = pattern_of(pattern)
    if len(found.text) > PATTERN_MAX:
        raise BadInput(f"The pattern has more than {PATTERN_MAX} characters.", "Name a namespace.", field="pattern")
    if not organization_id and not reference:
        raise BadInput("An entry names an organization or a reference.", "Give one.", field="organization_id")
    if organization_id and organization_id != actor.organization_id and not actor.is_coordinator:
        raise Forbidden("Owners register themselves.", "Leave the organization out and give a reference instead.")
    if organization_id and not organization_names([organization_id]):
        raise BadInput("There is no such organization here.", "Give a reference instead.", field="organization_id")
    _check_texts(reference, priority, note)
    mine = standing().filter(said_by_organization=actor.home)
    standing_already = standing().filter(
        pattern=found.text, kind=found.kind, organization_id=organization_id, reference=reference
    )
    if (row := standing_already.first()) is not None:
        return row
    if not actor.is_coordinator and mine.count() >= ENTRIES_MAX:
        raise Conflict(f"One organization keeps at most {ENTRIES_MAX} entries.", "Register a namespace.")
    row = models.Contact.objects.create(
        kind=found.kind,
        pattern=found.text,
        organization_id=organization_id,
        reference=reference,
        priority=priority,
        note=note,
        said_by=actor.label[:200],
        said_by_organization=actor.home,
        said_at=clock.now(),
    )
    record(actor, "contact.registered", row.id, {"pattern": row.pattern, "organization": organization_id})
    return row


@transaction.atomic
def confirm(actor: Actor, contact_id: str, *, reason: str) -> models.Contact:
    """Vouch for an entry, now; from then on it brings its organization in.

    Raises:
        NotFound: No such entry for this actor.
        Forbidden: The actor is no coordinator.
        Conflict: It was withdrawn.
        BadInput: No reason.
    """
    row = _changing(actor, contact_id, "contact.confirm")
    if not reason.strip():
        raise BadInput("Vouching needs its reason.", "Say how you know.", field="reason")
    row.confirmed_at, row.confirmed_by, row.bounced_at = clock.now(), actor.label[:200], None
    row.save(update_fields=["confirmed_at", "confirmed_by", "bounced_at"])
    record(actor, "contact.confirmed", row.id, {"pattern": row.pattern, "reason": reason})
    return row


@transaction.atomic
def bounced(actor: Actor, contact_id: str) -> models.Contact:
    """Note that a contact was not reached; it brings nobody in until somebody confirms it again.

    Raises:
        NotFound: No such entry for this actor.
        Forbidden: Not the actor's, and no coordinator.
        Conflict: It was withdrawn.
    """
    row = _changing(actor, contact_id, "contact.change")
    row.bounced_at = clock.now()
    row.save(update_fields=["bounced_at"])
    record(actor, "contact.bounced", row.id, {"pattern": row.pattern})
    return row


@transaction.atomic
def withdraw(actor: Actor, contact_id: str) -> models.Contact:
    """Take an entry back; owners their own, the coordinator every one.

    Raises:
        NotFound: No such entry for this actor.
        Forbidden: The actor may not change it.
        Conflict: It was withdrawn already.
    """
    row = _changing(actor, contact_id, "contact.change")
    row.withdrawn_at = clock.now()
    row.save(update_fields=["withdrawn_at"])
    record(actor, "contact.withdrawn", row.id, {"pattern": row.pattern})
    return row


def contacts_of(actor: Actor, *, package: str = "") -> QuerySet[models.Contact]:
    """The standing entries that the actor may see: an organization its own, a coordinator all.

    Args:
        actor: Who asks.
        package: Only those that a package falls under; empty for all.

    Raises:
        BadInput: Not a package URL.
    """
    rows = visible_to(actor, "contact.read", standing())
    if package:
        try:
            patterns = patterns_of(plain_package(package))
        except ValueError as error:
            raise BadInput("This is no package URL.", "Write pkg:type/name.", field="package") from error
        rows = rows.filter(pattern__in=[one.text for one in patterns])
    return rows.order_by("pattern", "priority", "id")


def _changing(actor: Actor, contact_id: str, action: str) -> models.Contact:
    row = get_visible(actor, "contact.read", models.Contact.objects.select_for_update(), contact_id)
    require(actor, action, row)
    if row.withdrawn_at is not None:
        raise Conflict("The entry was withdrawn.", "Register it anew.")
    return row


def _check_texts(reference: str, priority: int, note: str) -> None:
    if not 1 <= priority <= PRIORITY_MAX:
        raise BadInput(f"The priority is 1 to {PRIORITY_MAX}.", "Lower comes first.", field="priority")
    if len(note) > NOTE_MAX or "\x00" in note:
        raise BadInput(f"The note has more than {NOTE_MAX} characters, or NUL.", "Shorten it.", field="note")
    if not reference:
        return
    if reference.startswith("https://"):
        try:
            check_url("reference", reference)
        except ValueError as error:
            raise BadInput(f"{error}.", "Give the address of the page.", field="reference") from error
    elif not _MAIL.fullmatch(reference):
        raise BadInput("This is neither an https nor a mail address.", "Give one of the two.", field="reference")
    if len(reference) > PATTERN_MAX:
        raise BadInput(f"The reference has more than {PATTERN_MAX} characters.", "Shorten it.", field="reference")
