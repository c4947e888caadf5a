"""A drawn world as rows: written straight into the tables, past the services, because states are meant that take years.

What makes no difference to anybody's rights (how far a lease is, whether a token was revoked) is drawn here, apart from
the facts, so that the oracle cannot know of it.
"""

import random
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Model

from seawall.clearinghouse.coordination.conversations.models import Delivery, Message, NamedOrganization, Thread
from seawall.clearinghouse.coordination.conversations.types import DeliveryState, MessageKind
from seawall.clearinghouse.coordination.models import Case, CaseReport, Contact, Participant
from seawall.clearinghouse.deconfliction.commitments.types import CommitmentState
from seawall.clearinghouse.deconfliction.ground.types import StewardshipState
from seawall.clearinghouse.deconfliction.models import (
    Admission,
    Booking,
    Commitment,
    Introduction,
    Network,
    ScanLease,
    Stewardship,
    Target,
)
from seawall.clearinghouse.deconfliction.networks.types import BookingState
from seawall.clearinghouse.deconfliction.types import LeaseState
from seawall.clearinghouse.distribution.models import Document, Notice
from seawall.clearinghouse.intake.models import Report
from seawall.clearinghouse.intake.types import ReportState
from seawall.clearinghouse.matching.models import (
    AffectedAdvisory,
    Asset,
    Component,
    Exposure,
    Inventory,
    Judgment,
    PackageName,
    Product,
)
from seawall.clearinghouse.matching.types import ExposureState, InventoryState, JudgmentStatus
from seawall.clearinghouse.scanning.models import Finding, Scan, ScannedProject, Series
from seawall.clearinghouse.scanning.types import FindingState, ScanState
from seawall.foundation.identity.models import ApiToken, Organization

from . import worlds_facts as facts

MODELS: dict[str, type[Model]] = {
    "lease": ScanLease,
    "stewardship": Stewardship,
    "commitment": Commitment,
    "introduction": Introduction,
    "network": Network,
    "booking": Booking,
    "report": Report,
    "project": ScannedProject,
    "scan": Scan,
    "finding": Finding,
    "case": Case,
    "contact": Contact,
    "thread": Thread,
    "message": Message,
    "inventory": Inventory,
    "exposure": Exposure,
    "judgment": Judgment,
    "product": Product,
    "asset": Asset,
    "advisory": Document,
    "notice": Notice,
    "token": ApiToken,
}
TARGET, PACKAGE, ADVISORY = "pkg:pypi/drawn-{}", 1, "SEAWALL-2026-AAAAAAAA"
_SPAN = timedelta(days=2)


def base(now: datetime) -> None:
    """What belongs to nobody, once for all worlds."""
    Target.objects.bulk_create(Target(name=TARGET.format(number)) for number in range(20))
    PackageName.objects.create(pk=PACKAGE, ecosystem="PyPI", name="drawn")
    AffectedAdvisory.objects.create(pk=ADVISORY, case_id="case-0", registered_at=now)


class Rows:
    """Writes one world."""

    def __init__(self, world: facts.World, now: datetime) -> None:
        self.world, self.now = world, now
        self.chance = random.Random(f"rows of {world.seed}")  # noqa: S311 - which world, not a secret

    def write(self) -> None:
        """All of it."""
        Organization.objects.bulk_create(
            Organization(id=one.id, name=one.id, kind=one.kind, created_at=self.now) for one in self.world.organizations
        )
        for what, model in MODELS.items():
            things = self.world.things[what]
            fields: Callable[[int, Any], dict[str, Any]] = getattr(self, f"_{what}")
            rows = [
                (model(pk=thing.id, **self._owner(what, thing), **fields(n, thing))) for n, thing in enumerate(things)
            ]
            model._default_manager.bulk_create(rows)
            further: Callable[[Iterable[Any]], None] | None = getattr(self, f"_after_{what}", None)
            if further:
                further(things)

    @staticmethod
    def _owner(what: str, thing: facts.Thing) -> dict[str, Any]:
        return {} if what in {"case", "advisory", "introduction"} else {"organization_id": thing.owner}

    def _of(self, states: Iterable[Any]) -> str:
        return str(self.chance.choice([one.value for one in states]))

    def _sometimes(self) -> datetime | None:
        return self.now + self.chance.choice([-1, 1]) * _SPAN if self.chance.random() < 0.3 else None

    def _lease(self, n: int, _: facts.Thing) -> dict[str, Any]:
        return {
            "target_id": TARGET.format(n),
            "paths": [""],
            "techniques": ["any"],
            "state": self._of(LeaseState),
            "fence": n,
            "granted_at": self.now,
            "expires_at": self._sometimes() or self.now,
            "ended_at": self._sometimes(),
        }

    def _stewardship(self, n: int, _: facts.Thing) -> dict[str, Any]:
        return {"target_id": TARGET.format(n), "state": self._of(StewardshipState), "asked_at": self.now}

    def _commitment(self, n: int, _: facts.Thing) -> dict[str, Any]:
        return {
            "kind": "sealed",
            "algorithm": "sha256",
            "digest": f"{n:064}",
            "state": self._of(CommitmentState),
            "log_index": n,
            "sealed_at": self.now,
        }

    def _introduction(self, _: int, thing: facts.Introduction) -> dict[str, Any]:
        return {
            "asker_id": thing.owner,
            "holder_id": thing.holder,
            "commitment_id": f"commitment-of-{thing.id}",
            "kinds": ["claim"],
            "state": thing.state,
            "asked_at": self.now,
            "changed_at": self._sometimes() or self.now,
            "offered_at": self.now if thing.offered else None,
        }

    def _network(self, n: int, thing: facts.Network) -> dict[str, Any]:
        return {
            "value": f"192.0.2.{n}",
            "state": thing.state,
            "open_to_all": thing.open_to_all,
            "stopped_at": self._sometimes(),
            "registered_at": self.now,
        }

    def _after_network(self, things: Iterable[facts.Network]) -> None:
        Admission.objects.bulk_create(
            Admission(network_id=thing.id, organization_id=one) for thing in things for one in sorted(thing.admitted)
        )

    def _booking(self, _: int, thing: facts.Booking) -> dict[str, Any]:
        return {
            "network_id": thing.network.id,
            "operator_id": thing.network.owner,
            "targets": [],
            "sources": [],
            "rate": 1,
            "state": self._of(BookingState),
            "starts_at": self.now,
            "ends_at": self._sometimes() or self.now,
            "booked_at": self.now,
        }

    def _report(self, _: int, thing: facts.Report) -> dict[str, Any]:
        return {"proved": thing.proved, "state": self._of(ReportState), "received_at": self.now}

    def _project(self, n: int, _: facts.Thing) -> dict[str, Any]:
        return {"target": TARGET.format(n), "created_at": self.now}

    def _after_project(self, things: Iterable[facts.Thing]) -> None:
        Series.objects.bulk_create(
            Series(pk=n, project_id=thing.id, tool="a tool", run_number=1) for n, thing in enumerate(things, 1)
        )

    def _scan(self, _: int, thing: facts.Part) -> dict[str, Any]:
        return {"project_id": thing.of, "size": 1, "state": self._of(ScanState), "uploaded_at": self.now}

    def _finding(self, _: int, thing: facts.Part) -> dict[str, Any]:
        numbers = dict.fromkeys(("first_number", "changed_number", "rank", "line", "end_line", "column", "flows"), 1)
        series = 1 + [one.id for one in self.world.things["project"]].index(thing.of)
        return {"series_id": series, "state": self._of(FindingState), "level": "error", **numbers}

    def _case(self, n: int, thing: facts.Case) -> dict[str, Any]:
        return {
            "advisory_id": f"SEAWALL-2026-{n:08}",
            "embargo": thing.embargo,
            "embargo_ends_at": self._sometimes(),
            "public_aware": self.chance.random() < 0.3,
            "attacks_observed": self.chance.random() < 0.3,
            "published_at": self._sometimes(),
            "opened_at": self.now,
        }

    def _after_case(self, things: Iterable[facts.Case]) -> None:
        Participant.objects.bulk_create(
            Participant(
                case_id=thing.id,
                organization_id=one.organization,
                role=one.roles[0],
                further_roles=list(one.roles[1:]),
                report_management=one.report_management,
                consent=one.consent,
                tier=one.tier,
                until=None if one.ends_in is None else self.now + timedelta(microseconds=one.ends_in),
                answered_at=self._sometimes(),
                joined_at=self.now,
            )
            for thing in things
            for one in thing.participations
        )
        CaseReport.objects.bulk_create(
            CaseReport(
                case_id=case.id,
                report_id=report.id,
                organization_id=report.owner,
                role="first",
                received_at=self.now,
                linked_at=self.now,
                undone_at=None if case in report.cases else self.now - _SPAN,
            )
            for report in self.world.things["report"]
            if isinstance(report, facts.Report)
            for case in (*report.cases, *report.former)
        )

    def _contact(self, n: int, _: facts.Thing) -> dict[str, Any]:
        return {
            "kind": "exact",
            "pattern": TARGET.format(n),
            "said_at": self.now,
            "confirmed_at": self._sometimes(),
            "withdrawn_at": self._sometimes(),
        }

    def _thread(self, _: int, thing: facts.Thread) -> dict[str, Any]:
        return {
            "case_id": thing.case.id,
            "topic": "t",
            **{f"for_{part}": part in thing.parts for part in ("everybody", "vendors", "finders")},
            "history_shared": thing.history_shared,
            "opened_at": self.now,
            "closed_at": self._sometimes(),
        }

    def _after_thread(self, things: Iterable[facts.Thread]) -> None:
        # Whoever opens a thread is named in it.
        NamedOrganization.objects.bulk_create(
            NamedOrganization(thread_id=thing.id, organization_id=one)
            for thing in things
            for one in sorted(thing.named | {thing.owner})
        )

    def _message(self, n: int, thing: facts.Message) -> dict[str, Any]:
        return {
            "thread_id": thing.thread.id,
            "kind": self._of(MessageKind),
            "text": "m",
            "posted_at": self.now + timedelta(microseconds=n),
            "retracted_at": self._sometimes(),
        }

    def _after_message(self, things: Iterable[facts.Message]) -> None:
        Delivery.objects.bulk_create(
            Delivery(
                message_id=thing.id,
                thread_id=thing.thread.id,
                case_id=thing.thread.case.id,
                organization_id=one,
                posted_at=self.now,
                own=one == thing.owner,
                state=self._of(DeliveryState),
            )
            for thing in things
            for one in sorted(thing.readers_then)
        )

    def _inventory(self, n: int, _: facts.Thing) -> dict[str, Any]:
        return {"name": f"{n}", "size": 1, "state": self._of(InventoryState), "uploaded_at": self.now}

    def _exposure(self, n: int, thing: facts.Part) -> dict[str, Any]:
        Component.objects.bulk_create([Component(pk=n + 1, inventory_id=thing.of, ref="r", name="n", reach="public")])
        return {
            "component_id": n + 1,
            "advisory_id": ADVISORY,
            "state": self._of(ExposureState),
            "confidence": "range",
            "found_at": self.now,
            "published_at": self.now - _SPAN if thing.published else None,
        }

    def _judgment(self, _: int, thing: facts.Part) -> dict[str, Any]:
        return {
            "product_id": thing.of,
            "package_id": PACKAGE,
            "identifiers": [],
            "status": self._of(JudgmentStatus),
            "made_at": self.now,
            "ended_at": self._sometimes(),
        }

    def _product(self, n: int, _: facts.Thing) -> dict[str, Any]:
        return {"name": f"{n}", "created_at": self.now}

    def _asset(self, n: int, _: facts.Thing) -> dict[str, Any]:
        return {"name": f"{n}", "reach": "internal", "created_at": self.now}

    def _advisory(self, _: int, thing: facts.Thing) -> dict[str, Any]:
        return {
            "advisory_id": thing.id,
            "case_id": thing.id,
            "format": "osv",
            "envelope": b"",
            "signature": b"",
            "log_index": 0,
            "published_at": self.now,
            "modified_at": self.now,
        }

    def _notice(self, _: int, __: facts.Thing) -> dict[str, Any]:
        return {"kind": "test", "created_at": self.now, "read_at": self._sometimes()}

    def _token(self, n: int, _: facts.Thing) -> dict[str, Any]:
        return {
            "digest": f"{n}",
            "created_at": self.now,
            "expires_at": self._sometimes() or self.now,
            "revoked_at": self._sometimes(),
        }
