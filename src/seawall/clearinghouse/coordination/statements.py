"""What vendors say of their products in a case, with its history; and the table in which 150 of them stay usable.

A statement is for one vendor's one product: affected, not affected (with one of VEX's justifications), fixed in a version,
under investigation, or unknown. The newest counts; what was said before is kept. At publication they go into the documents.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from seawall.clearinghouse.coordination import models, queries
from seawall.clearinghouse.coordination.contacts import plain_package
from seawall.clearinghouse.coordination.participants import Steps, acting, name_of, reads_content, roles_of, steps_of
from seawall.clearinghouse.coordination.services import WITH_A_PATH
from seawall.clearinghouse.coordination.tiers import Part
from seawall.clearinghouse.coordination.timeline import note
from seawall.clearinghouse.coordination.types import FixPath, Justification, VendorStatus
from seawall.clearinghouse.distribution.types import (
    STATEMENTS_MAX,
    AffectedPackage,
    ProductStatement,
    VersionRange,
    check_url,
)
from seawall.foundation.access.types import Actor
from seawall.foundation.identity.queries import organization_names
from seawall.foundation.platform import clock
from seawall.foundation.platform.errors import BadInput, Conflict

StatementRow = models.VendorStatement
"""The row, for the doors: they read it, and write only through services."""
TEXT_MAX = 4000
"""Characters of a statement's text; advisories print it."""
PRODUCTS_MAX = 50
"""Products of one vendor in one case."""
VERSION_MAX = 256
PURL_MAX = 500


@dataclass(frozen=True, slots=True)
class VendorRow:
    """One vendor's one product, or a vendor that has said nothing yet."""

    organization_id: str
    organization: str
    roles: tuple[str, ...]
    tier: int
    until: datetime | None
    report_management: str
    consent: str
    fix: str
    joined_at: datetime
    answered_at: datetime | None
    product: str
    """Empty: nothing was said yet."""
    status: str
    """``unknown`` where nothing was said."""
    justification: str
    fixed_version: str
    text: str
    link: str
    made_by: str
    made_at: datetime | None
    steps: Steps
    """What this participant may do next by the machines."""

    @property
    def is_silent(self) -> bool:
        """Whether the vendor has neither acted nor said anything."""
        return self.answered_at is None and not self.product


@dataclass(frozen=True, slots=True)
class VendorTable:
    """The vendors of a case."""

    rows: tuple[VendorRow, ...]
    counts: Mapping[str, int]
    """Rows by status, before the filter; and ``silent``."""
    vendors: int


@transaction.atomic
def record_statement(
    actor: Actor,
    case_id: str,
    *,
    product: str,
    status: VendorStatus,
    justification: Justification | None = None,
    fixed_version: str = "",
    text: str = "",
    link: str = "",
    organization_id: str | None = None,
    reason: str = "",
) -> models.VendorStatement:
    """Say how a product stands; the same again changes nothing.

    Args:
        actor: A vendor's member, or a coordinator for it.
        case_id: The case.
        product: Package URL; its version is left out.
        status: How it stands.
        justification: Why it is not affected; with that status only, and needed there.
        fixed_version: The first fixed version; with ``fixed`` only, and needed there.
        text: For people, in the vendor's words.
        link: http or https address that says more.
        organization_id: For whom, where a coordinator writes it down.
        reason: Where they said it, in that case.

    Raises:
        NotFound: No such case or participant for this actor.
        Conflict: Not a vendor in this case, the report was not read yet, or too many products.
        BadInput: A field does not fit; it is named.
    """
    case, row = acting(actor, case_id, organization_id, reason)
    own = row.organization_id == actor.organization_id
    if not roles_of(row) & WITH_A_PATH:
        raise Conflict("Only vendors and deployers say how products stand.", "Ask the coordinator for that role.")
    if own and not reads_content(case, row):
        raise Conflict("What you have not read you cannot judge.", "Accept the embargo first.")
    said = _checked(product, status, justification, fixed_version, text, link)
    current = models.VendorStatement.objects.select_for_update().filter(
        case=case, organization_id=row.organization_id, superseded_at=None
    )
    before = current.filter(product=said["product"]).first()
    if before is not None and all(getattr(before, name) == value for name, value in said.items()):
        return before
    if before is None and current.count() >= PRODUCTS_MAX:
        raise Conflict(f"A vendor speaks of at most {PRODUCTS_MAX} products in a case.", "Speak of the package itself.")
    now = clock.now()
    if before is not None:
        before.superseded_at = now
        before.save(update_fields=["superseded_at"])
    made = models.VendorStatement.objects.create(
        case=case, organization_id=row.organization_id, made_by=actor.label[:200], made_at=now, **said
    )
    if own:
        row.answered_at = now
        row.save(update_fields=["answered_at"])
    because = f" ({reason})" if reason.strip() else ""
    spoken = f"{name_of(row.organization_id)} says of {made.product}: {_words(made)}.{because}"
    note(actor, case, "statement", spoken, organization=row.organization_id, said=said)
    return made


def vendor_table(actor: Actor, case_id: str, *, show: str = "", find: str = "", sort: str = "silent") -> VendorTable:
    """The vendors of a case with what they say; three queries, however many they are.

    Args:
        actor: A reader of the case; a tier that may not know who takes part sees its own rows.
        case_id: The case.
        show: A status, or ``silent``; empty for all.
        find: Part of a name or product, whatever its case.
        sort: ``silent`` (who never answered first, then the longest quiet), ``name``, ``status`` or ``recent``.

    Raises:
        NotFound: See ``queries.case``.
    """
    return table_of(actor, queries.case(actor, case_id), show=show, find=find, sort=sort)


def table_of(actor: Actor, case: models.Case, *, show: str = "", find: str = "", sort: str = "silent") -> VendorTable:
    """``vendor_table`` of a case that the actor was found to see."""
    people = [row for row in queries.participants_of(actor, case) if roles_of(row) & WITH_A_PATH]
    said: dict[str, list[models.VendorStatement | None]] = {}
    for statement in case.statements.filter(superseded_at=None).order_by("product", "id"):
        said.setdefault(statement.organization_id, []).append(statement)
    names = organization_names([row.organization_id for row in people])
    nothing: list[models.VendorStatement | None] = [None]
    ready = any(row.fix in {FixPath.READY, FixPath.DEPLOYED} for row in people)
    rows = [
        _row(case, row, statement, names.get(row.organization_id, ""), ready=ready)
        for row in people
        for statement in said.get(row.organization_id, nothing)
    ]
    counts = Counter(row.status for row in rows)
    counts["silent"] = sum(row.is_silent for row in rows)
    wanted = find.casefold()
    shown = [
        row
        for row in rows
        if (not show or (row.is_silent if show == "silent" else row.status == show))
        and (not wanted or wanted in row.organization.casefold() or wanted in row.product.casefold())
    ]
    return VendorTable(tuple(sorted(shown, key=_ORDERS.get(sort, _silence))), counts, len(people))


def history(actor: Actor, case_id: str) -> list[models.VendorStatement]:
    """Every statement of a case, the newest first; a tier that may not know who takes part sees its own.

    Raises:
        NotFound: See ``queries.case``.
    """
    case = queries.case(actor, case_id)
    rows = case.statements.order_by("-made_at", "-id")
    if Part.PEOPLE not in queries.parts_of(actor, case):
        rows = rows.filter(organization_id=actor.organization_id)
    return list(rows)


def for_publication(case: models.Case) -> tuple[ProductStatement, ...]:
    """The standing statements for the case's advisory; coordination's own publication calls this, no door does."""
    found = case.statements.filter(superseded_at=None).order_by("organization_id", "product")
    rows = list(found[:STATEMENTS_MAX])  # the first ones of so many are better than no advisory
    names = organization_names([row.organization_id for row in rows])
    return tuple(
        ProductStatement(
            purl=row.product,
            vendor=names.get(row.organization_id, ""),
            status=row.status,
            justification=row.justification,
            fixed_version=row.fixed_version,
            text=row.text,
            url=row.link or None,
        )
        for row in rows
    )


def _checked(
    product: str, status: VendorStatus, justification: Justification | None, fixed_version: str, text: str, link: str
) -> dict[str, str]:
    try:
        plain = plain_package(product[: PURL_MAX + 1])
    except ValueError as error:
        raise BadInput("The product is no package URL.", "Write pkg:type/name.", field="product") from error
    if len(plain) > PURL_MAX:
        raise BadInput("The product's purl is too long.", f"At most {PURL_MAX} characters.", field="product")
    if (status is VendorStatus.NOT_AFFECTED) != (justification is not None):
        choices = ", ".join(Justification)
        raise BadInput(
            "'not_affected' comes with a justification, and nothing else does.",
            f"One of {choices}.",
            field="justification",
        )
    if (status is VendorStatus.FIXED) != bool(fixed_version):
        raise BadInput(
            "'fixed' comes with the fixed version, and nothing else does.", "Give both or none.", field="fixed_version"
        )
    if len(fixed_version) > VERSION_MAX or not fixed_version.isascii() or any(one <= " " for one in fixed_version):
        raise BadInput(
            "The fixed version does not fit.", "Printable ASCII without blanks, at most 256.", field="fixed_version"
        )
    if len(text) > TEXT_MAX or "\x00" in text:
        raise BadInput(f"The text has more than {TEXT_MAX} characters, or NUL.", "Shorten it.", field="text")
    if link:
        try:
            check_url("link", link)
        except ValueError as error:
            raise BadInput(f"{error}.", "Give the address of a page.", field="link") from error
    try:  # what an advisory could not say is refused here, not when somebody wants to publish
        made = ProductStatement(plain, "", status.value, justification.value if justification else "", fixed_version)
        AffectedPackage(made.purl, (VersionRange(),))
    except ValueError as error:
        raise BadInput(f"{error}.", "Write it as an advisory can say it.", field="product") from error
    return {
        "product": plain,
        "status": status.value,
        "justification": justification.value if justification else "",
        "fixed_version": fixed_version,
        "text": text.strip(),
        "link": link,
    }


def _words(made: models.VendorStatement) -> str:
    words = made.status.replace("_", " ")
    if made.fixed_version:
        return f"{words} in {made.fixed_version}"
    return f"{words}, {made.justification.replace('_', ' ')}" if made.justification else words


def _row(
    case: models.Case, row: models.Participant, said: models.VendorStatement | None, name: str, *, ready: bool
) -> VendorRow:
    return VendorRow(
        organization_id=row.organization_id,
        organization=name,
        roles=tuple(sorted(role.value for role in roles_of(row))),
        tier=row.tier,
        until=row.until,
        report_management=row.report_management,
        consent=row.consent,
        fix=row.fix,
        joined_at=row.joined_at,
        answered_at=row.answered_at,
        product=said.product if said else "",
        status=said.status if said else VendorStatus.UNKNOWN.value,
        justification=said.justification if said else "",
        fixed_version=said.fixed_version if said else "",
        text=said.text if said else "",
        link=said.link if said else "",
        made_by=said.made_by if said else "",
        made_at=said.made_at if said else None,
        steps=steps_of(case, row, fix_exists=ready),
    )


def _silence(row: VendorRow) -> tuple[object, ...]:
    return not row.is_silent, row.answered_at or row.joined_at, row.organization.casefold(), row.product


def _by_name(row: VendorRow) -> tuple[object, ...]:
    return row.organization.casefold(), row.product


_STATUS_ORDER = ("affected", "under_investigation", "unknown", "fixed", "not_affected")


def _by_status(row: VendorRow) -> tuple[object, ...]:
    return _STATUS_ORDER.index(row.status), *_silence(row)


def _by_recent(row: VendorRow) -> tuple[object, ...]:
    last = max(row.made_at or row.joined_at, row.answered_at or row.joined_at)
    return -last.timestamp(), row.organization.casefold(), row.product


_ORDERS = {"silent": _silence, "name": _by_name, "status": _by_status, "recent": _by_recent}
SORTS = tuple(_ORDERS)
SHOWS = (*(status.value for status in VendorStatus), "silent")
