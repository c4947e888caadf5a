"""The case page's sections about who takes part: vendors and their products, steps, readers, SSVC row by row."""

from typing import Any

from django.http import HttpRequest

from seawall.clearinghouse.coordination import participants, queries, reading, statements, triage
from seawall.clearinghouse.coordination.queries import CaseRow
from seawall.clearinghouse.coordination.types import Justification, ParticipantRole, Tier, VendorStatus
from seawall.foundation.access.rules import grants_for
from seawall.foundation.access.types import Actor
from seawall.foundation.identity.queries import organization_names

ROWS_SHOWN = 200
"""Vendors' products on one page; more are reached by the filter."""
FIND_MAX = 200
"""Characters of a search."""
TIERS = {
    Tier.MAKERS: "everything",
    Tier.EXPERTS: "the flaw, not who else knows",
    Tier.DISTRIBUTORS: "the fix and the date",
    Tier.REGISTRIES: "the artifact and when it goes live",
}
_VENDING = {ParticipantRole.VENDOR, ParticipantRole.DEPLOYER}


def section(request: HttpRequest, actor: Actor, row: CaseRow) -> dict[str, Any]:
    """What ``parts/participants.html`` shows of a case that the actor was found to see."""
    show, sort = request.GET.get("vendors", ""), request.GET.get("sort", "silent")
    show = show if show in statements.SHOWS else ""
    sort = sort if sort in statements.SORTS else "silent"
    find = request.GET.get("find", "").replace("\x00", "")[:FIND_MAX]
    table = statements.table_of(actor, row, show=show, find=find, sort=sort)
    people = queries.participants_of(actor, row)
    mine = next((one for one in people if one.organization_id == actor.organization_id), None)
    decides = bool(grants_for(actor, "case.decide")) and row.merged_into_id is None
    return {
        "vendors": table.rows[:ROWS_SHOWN],
        "vendors_left": max(0, len(table.rows) - ROWS_SHOWN),
        "vendors_all": table.vendors,
        "vendor_filters": _filters(dict(table.counts)),
        "vendors_show": show,
        "vendors_sort": sort,
        "vendors_sorts": statements.SORTS,
        "vendors_find": find,
        "others": [one for one in people if not participants.roles_of(one) & _VENDING],
        "others_names": organization_names([one.organization_id for one in people]),
        "vendor_choices": [one for one in people if participants.roles_of(one) & _VENDING],
        "my_steps": participants.steps_after(mine) if mine and row.merged_into_id is None else None,
        "i_am_vendor": mine is not None and bool(participants.roles_of(mine) & _VENDING),
        "directs": decides,
        "may_invite": decides and row.published_at is None,
        "statuses": [one.value for one in VendorStatus],
        "justifications": [one.value for one in Justification],
        "tiers": [(int(tier), text) for tier, text in TIERS.items()],
        "readers": reading.readers_in(row) if reading.may_see_readers(actor, row) else None,
        "ssvc": triage.triage_in(actor, row) if queries.may_see_people(actor, row) else None,
        "statable": triage.STATABLE.items(),
    }


def _filters(counts: dict[str, int]) -> list[tuple[str, str, int | None]]:
    """Name, words and count of each filter that has rows."""
    order = ("silent", "affected", "under_investigation", "unknown", "fixed", "not_affected")
    return [("", "all", None), *((name, name.replace("_", " "), counts[name]) for name in order if counts.get(name))]
