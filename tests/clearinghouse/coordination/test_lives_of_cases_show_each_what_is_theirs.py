"""Cases live through everything that can happen to them, at random; after each step everybody sees what an oracle says.

The oracle (``Life``) is written from the published rules and knows nothing of the queries: content is for participants whose
time is not over, whose tier reads the flaw, who have received the report, and who signed the embargo unless none binds.
"""

import random
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import transaction

from seawall.clearinghouse.coordination import inviting, participants, publication, queries, services
from seawall.clearinghouse.coordination.embargoes import services as embargoes
from seawall.clearinghouse.coordination.inviting import Outcome, Wish
from seawall.clearinghouse.coordination.models import Participant
from seawall.clearinghouse.coordination.types import ParticipantRole, Tier
from seawall.clearinghouse.deduplication import deciding
from seawall.clearinghouse.validation.types import Side
from seawall.foundation.access.queries import get_visible
from seawall.foundation.identity.queries import tokens_of
from seawall.foundation.identity.services import mint_token, revoke_token
from seawall.foundation.platform import clock
from seawall.foundation.platform.errors import NotFound, SeawallError
from support import Api, World
from support.world import Scene, confirmed, run

pytestmark = pytest.mark.django_db
WATCHED = ("finder", "rival", "lab", "vendor", "stranger", "hospital")
FINDERS = ("finder", "rival", "lab")
INVITED = ("vendor", "stranger", "hospital", "rival")
PACKAGE = "pkg:pypi/nobodys-contact"
NO_CONSENT = ("invited", "lapsed")
ROLES = {Tier.MAKERS: ParticipantRole.VENDOR, Tier.EXPERTS: ParticipantRole.OBSERVER}


@dataclass
class Seat:
    """One organization's place in a case, as the rules say."""

    consent: str
    tier: int = 0
    until: datetime | None = None
    answer_by: datetime | None = None
    role: str = "vendor"


@dataclass
class Known:
    """What the oracle knows of a case."""

    embargo: str
    ends_at: datetime
    seats: dict[str, Seat]
    reports: dict[str, str] = field(default_factory=dict)
    """Report and its finder, in the order in which they came."""
    merged: bool = False
    published: bool = False

    def sees(self, name: str, now: datetime) -> bool:
        """Whether the content is open to an organization."""
        seat = self.seats.get(name)
        if seat is None or (seat.until is not None and seat.until <= now) or seat.tier > 1:
            return False
        return seat.consent == "signatory" or self.embargo in {"none", "exited"}


class _TakenBackError(Exception):
    """Ends a life."""


class Life:
    """Random steps over a few cases, each done in earnest and by the oracle."""

    def __init__(self, world: World, later: Callable[..., None], chance: random.Random) -> None:
        self.world, self.later, self.chance = world, later, chance
        self.scene = Scene(world)
        self.ines = world.actor("clearinghouse")
        self.ruben = world.second()
        self.names = {world.id(name): name for name in world.organizations}
        self.cases: dict[str, Known] = {}
        self.apis: dict[str, tuple[Api, str]] = {}
        self.steps: list[str] = []

    def step(self) -> None:
        """One of everything that can happen."""
        deeds = [
            self.opened,
            self.joined,
            self.invited,
            self.answered,
            self.read_in,
            self.ended,
            self.told,
            self.passed,
        ]
        deeds += [self.merged, self.unmerged, self.split, self.published, self.revised, self.minted, self.revoked]
        deed = self.opened if not self.cases else self.chance.choice(deeds)
        self.steps.append(deed.__name__)
        with suppress(SeawallError), transaction.atomic():
            deed()

    # --- deeds: first in earnest; where that is refused, the oracle learns nothing -----------------

    def opened(self) -> None:
        self._folds(self.chance.choice(FINDERS), len(self.steps))

    def joined(self) -> None:
        self._folds(self.chance.choice(FINDERS), self.chance.randrange(max(len(self.steps), 1)))

    def _folds(self, finder: str, flaw: int) -> None:
        signature = f"crash/1:{flaw}@f{flaw}"  # each in a function of its own: no helper where many flaws end
        target = {"package": PACKAGE, "vulnerable": {"version": "1"}, "fixed": {"version": "2"}}
        report = self.scene.report(finder, package=PACKAGE, title=f"{signature} {len(self.steps)}", identifiers=())
        hit = run(Side.VULNERABLE, triggered=True, signature=signature, stack=(f"a.py:f{flaw}",))
        runs = (run(Side.CONTROL, triggered=False), hit, run(Side.FIXED, triggered=False))
        self.scene.judged(report, confirmed(target=target, signature=signature, runs=runs))
        case_id = self.scene.folded(report)
        if case_id not in self.cases:
            ends = queries.case(self.ines, case_id).embargo_ends_at
            assert ends is not None
            self.cases[case_id] = Known("active", ends, {})
        known = self.cases[case_id]
        known.reports[report] = finder
        seat = known.seats.setdefault(finder, Seat("signatory", role="finder"))
        seat.tier, seat.until = 0, None  # whoever found it knows it

    def invited(self) -> None:
        case_id, known = self._any()
        name, tier = self.chance.choice(INVITED), self.chance.choice([Tier.MAKERS, Tier.MAKERS, Tier.EXPERTS])
        until = clock.now() + timedelta(days=self.chance.choice([1, 20])) if tier else None
        role = ROLES[tier]
        wishes = [Wish(organization_id=self.world.id(name))]
        answer = inviting.invite(self.ines, case_id, wishes, reason="r", role=role, tier=tier, until=until)[0]
        seat = known.seats.get(name)
        due = clock.now() + timedelta(days=7)
        if seat is None:
            assert answer.outcome is Outcome.INVITED
            binding = known.embargo not in {"none", "exited"}
            known.seats[name] = Seat(
                "invited" if binding else "no_embargo", int(tier), until, due if binding else None, role.value
            )
        elif known.embargo in {"none", "exited"} or seat.consent in {"signatory", "invited"}:
            assert answer.outcome is Outcome.ALREADY
        else:
            seat.consent, seat.answer_by = "invited", due
            if seat.role == role.value:
                seat.tier, seat.until = int(tier), until

    def answered(self) -> None:
        case_id, known = self._any()
        name, accept = self.chance.choice(INVITED), self.chance.random() < 0.8
        services.answer_invitation(self.world.actor(name), case_id, accept=accept)
        seat = known.seats[name]
        assert seat.consent in {"invited", "no_embargo", "lapsed"}
        seat.consent, seat.answer_by = "signatory" if accept else "declined", None

    def read_in(self) -> None:
        case_id, known = self._any()
        name = self.chance.choice(INVITED)
        until = clock.now() + timedelta(hours=self.chance.choice([-1, 30]))
        inviting.set_reading(self.ines, case_id, self.world.id(name), reason="r", until=until)
        known.seats[name].until = until

    def ended(self) -> None:
        case_id, known = self._any()
        embargoes.end_embargo(self.ines, case_id, reason="r")
        self._exit(known)

    def told(self) -> None:
        case_id, known = self._any()
        what = self.chance.choice(["public_aware", "exploit_public", "attacks_observed"])
        participants.record_case_state(self.ines, case_id, reason="r", **{what: True})
        if what != "attacks_observed" and not known.published:
            self._exit(known)

    @staticmethod
    def _exit(known: Known) -> None:
        known.embargo = "exited" if known.embargo in {"active", "revise"} else known.embargo
        for seat in known.seats.values():
            seat.answer_by = None

    def passed(self) -> None:
        self.later(days=self.chance.choice([0.5, 3, 40]))
        self.scene.works()
        now = clock.now()
        for known in self.cases.values():
            if known.merged or known.published:
                continue
            for seat in known.seats.values():
                if seat.answer_by is not None and seat.answer_by <= now and seat.consent in NO_CONSENT:
                    seat.consent, seat.answer_by = "declined", None
            if known.ends_at <= now and known.embargo == "active":
                self._exit(known)

    def merged(self) -> None:
        (source_id, source), (target_id, target) = self._any(), self._any()
        deciding.merge(self.ines, source_id, target_id, reason="r")
        source.merged = True
        target.ends_at = min(source.ends_at, target.ends_at)
        for name, seat in source.seats.items():
            target.seats.setdefault(name, replace(seat, answer_by=None))
        target.reports |= source.reports

    def unmerged(self) -> None:
        case_id, known = self._any()
        deciding.undo_merge(self.ines, case_id, reason="r")
        # What becomes of seats after a merge in between is the service's to say: the oracle reads participants anew.
        known.merged = False
        self._reread()

    def split(self) -> None:
        case_id, known = self._any()
        if not known.reports:
            return
        report = self.chance.choice(list(known.reports))
        own = deciding.take_out(self.ines, case_id, report, reason="r")
        self.cases[own.id] = Known(known.embargo, known.ends_at, {})
        self._reread()

    def _reread(self) -> None:
        """Who sits in which case after reports moved: from the rows, for only what a seat sees is the oracle's."""
        for case_id, known in self.cases.items():
            due = {name: seat.answer_by for name, seat in known.seats.items()}
            rows = Participant.objects.filter(case_id=case_id).select_related("case")
            known.seats = {
                self.names[row.organization_id]: Seat(
                    row.consent, row.tier, row.until, due.get(self.names[row.organization_id]), row.role
                )
                for row in rows
                if self.names[row.organization_id] != "clearinghouse"
            }
            case = queries.case(self.ines, case_id)
            known.ends_at = case.embargo_ends_at or known.ends_at
            known.reports = {link.report_id: link.organization_id for link in queries.links_of_case(case_id)}

    def published(self) -> None:
        case_id, known = self._any()
        publication.propose_publication(self.ines, case_id, reason="r")
        publication.approve_publication(self.ruben, case_id, reason="r")
        known.published = True

    def revised(self) -> None:
        case_id, known = self._any()
        until = known.ends_at - timedelta(days=self.chance.choice([1, 5]))
        embargoes.propose_terms(self.ines, case_id, until=until, reason="r")
        embargoes.decide_terms(self.ines, case_id, accept=True, reason="r")
        known.ends_at = queries.case(self.ines, case_id).embargo_ends_at or known.ends_at
        for seat in known.seats.values():
            if seat.consent == "signatory":
                seat.consent, seat.answer_by = "lapsed", clock.now() + timedelta(days=7)

    def minted(self) -> None:
        name = self.chance.choice(WATCHED)
        minted = mint_token(self.world.actor(name), "life", ["cases:read"])
        self.apis[name] = (Api(minted.secret), "valid")

    def revoked(self) -> None:
        name = self.chance.choice(WATCHED)
        if name in self.apis:
            for token in tokens_of(self.world.actor(name)):
                revoke_token(self.world.actor(name), token.id)
            self.apis[name] = (self.apis[name][0], "revoked")

    def _any(self) -> tuple[str, Known]:
        return self.chance.choice(list(self.cases.items()))

    # --- and what everybody then sees ---------------------------------------------------------------

    def check(self, number: int) -> int:
        """Hold lists, checks and one token's answers against the oracle; how many sets were compared."""
        now = clock.now()
        for name in WATCHED:
            actor = self.world.actor(name)
            expected = {case_id for case_id, known in self.cases.items() if known.sees(name, now)}
            seen = set(queries.cases_of(actor).values_list("id", flat=True))
            assert seen == expected, (
                number,
                name,
                self.steps[-4:],
                seen ^ expected,
                [self.cases.get(one) for one in seen ^ expected],
            )
        name, case_id = self.chance.choice(WATCHED), self._any()[0]
        assert _opens(self.world.actor(name), case_id) is self.cases[case_id].sees(name, now)
        if self.apis:
            name, (api, state) = self.chance.choice(list(self.apis.items()))
            answer = api.get(f"/cases/{case_id}")
            fits = {"revoked": {401}, "valid": {200} if self.cases[case_id].sees(name, now) else {404}}[state]
            assert answer.status in fits | ({401} if self._is_old(name) else set()), (name, state, self.steps)
        return len(WATCHED)

    def _is_old(self, name: str) -> bool:
        """Whether the token may have run out: time passes in lives."""
        return all(
            token.expires_at is not None and token.expires_at <= clock.now()
            for token in tokens_of(self.world.actor(name))
        )


def _opens(actor: Any, case_id: str) -> bool:
    try:
        get_visible(actor, "case.read", queries.CaseRow.objects.all(), case_id)
    except NotFound:
        return False
    return True


LONG = [pytest.param(first, 200, 50, id=f"from{first}", marks=pytest.mark.long) for first in range(0, 2000, 200)]


@pytest.mark.parametrize(("first", "lives", "steps"), [pytest.param(0, 2, 25, id="2x25"), *LONG])
def test_everybody_sees_what_the_oracle_says(
    first: int, lives: int, steps: int, world: World, later: Callable[..., None], record_property: Any
) -> None:
    compared = 0
    for number in range(first, first + lives):
        with suppress(_TakenBackError), transaction.atomic():
            life = Life(world, later, random.Random(number))  # noqa: S311 - which life, not a secret
            for _ in range(steps):
                life.step()
                compared += life.check(number) if life.cases else 0
            raise _TakenBackError
    record_property("said", f"lives of cases: {lives} of {steps} steps, {compared} sets of visible cases equal")
