"""Through the service: reports in any order end in the same clusters, which are those of the pure function of their set.

Reports come in clusters of equal signatures, among them helpers in which many signatures end, fixes that leave another
proof working, ambiguous pairs (one signature, other lines; the same words, another run), proofs without a signature, and
the same report sent again. Each order is a receipt of its own: what came first is received first.
"""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from seawall.clearinghouse.coordination.models import Case, CaseReport
from seawall.clearinghouse.deduplication import comparing, deciding, grouping
from seawall.clearinghouse.deduplication.models import Observation, Posting, Suggestion
from seawall.clearinghouse.intake.models import Report
from seawall.foundation.platform import clock
from support import World
from support.reports import folded, proved

pytestmark = pytest.mark.django_db
OURS = [HealthCheck.function_scoped_fixture]
"""What a test writes it takes back itself (``undone``); the world is only read."""


@dataclass(frozen=True)
class Sent:
    """One report of a made-up set."""

    name: str
    package: str
    signature: str | None
    stack: tuple[tuple[str, int | None], ...]
    version: str
    fixed: str
    words: str

    @property
    def result(self) -> dict[str, Any]:
        frames = [{"symbol": symbol, "file": "src/a.c", "line": line} for symbol, line in self.stack]
        crash = {"kind": "heap-buffer-overflow", "access": "write", "frames": frames}
        run = {"side": "vulnerable", "triggered": True, "stack": [symbol for symbol, _ in self.stack], "crash": crash}
        target = {"vulnerable": {"version": self.version}, "fixed": {"version": self.fixed}}
        return {"signature": self.signature, "runs": [run] if self.stack else [], "target": target}


def made(seed: int, count: int) -> list[Sent]:
    """Reports of some dozens of flaws in two packages, a fifth of them sent twice."""
    chance = random.Random(seed)  # noqa: S311 - chance that repeats
    found: list[Sent] = []
    flaws = max(4, count // 5)
    while len(found) < count:
        flaw = chance.randrange(flaws)
        package = f"pkg:pypi/pier{flaw % 2}"
        inner = "helper" if flaw % 5 == 0 else f"put{flaw % 7}"  # in helper many signatures end
        stack = ((inner, 40 + chance.randrange(2) * (flaw % 3 == 1)), (f"read{flaw}", 90), ("run_all", 200))
        version, fixed = chance.choice([("1.0", "1.1"), ("1.0", "1.1"), ("1.0", "3.0"), ("2.0", "3.0"), ("1.0", "")])
        bare = chance.random() < 0.1
        signature = None if bare else f"crash/2:heap-buffer-overflow-write@{' < '.join(name for name, _ in stack)}"
        words = f"A record of kind {flaw} writes beyond its block in {inner}, which read{flaw} had sized too small."
        one = Sent(f"n{len(found)}", package, signature, () if bare else stack, version, fixed, words)
        found.append(one)
        if chance.random() < 0.2 and len(found) < count:
            found.append(replace(one, name=f"n{len(found)}"))
    return found


@contextmanager
def undone() -> Iterator[None]:
    """All that is written inside is taken back."""
    with transaction.atomic():
        try:
            yield
        finally:
            transaction.set_rollback(True)


def send(world: World, sent: list[Sent]) -> dict[str, str]:
    """Receive and fold reports in this order; name by report."""
    names = {}
    for minute, one in enumerate(sent):
        report_id = proved(
            world, ("finder", "rival", "lab")[minute % 3], minute, result=one.result, package=one.package,
            failure="memory-safety", title=one.words[:60], description=one.words, affected=[],
        )  # fmt: skip
        names[report_id] = one.name
    for report_id in names:
        folded(report_id)
    return names


def clusters(names: dict[str, str]) -> frozenset[frozenset[str]]:
    """The cases as sets of names."""
    found: dict[str, set[str]] = {}
    for report_id, case_id in CaseReport.objects.filter(undone_at=None).values_list("report_id", "case_id"):
        found.setdefault(case_id, set()).add(names[report_id])
    return frozenset(map(frozenset, found.values()))


def expected(names: dict[str, str]) -> frozenset[frozenset[str]]:
    """What the pure function says of the same reports."""
    findings = [comparing.finding(report) for report in Report.objects.filter(pk__in=names)]
    return frozenset(frozenset(names[one] for one in group) for group in grouping.clusters(findings))


def held(world: World, sent: list[Sent]) -> frozenset[frozenset[str]]:
    with undone():
        names = send(world, sent)
        ended = clusters(names)
        assert ended == expected(names)
        for case in Case.objects.filter(merged_into=None):
            links = list(case.links.filter(undone_at=None).order_by("received_at", "report_id"))
            assert [link.role for link in links] == ["first"] + ["duplicate"] * (len(links) - 1)
            assert {link.organization_id for link in links} <= set(
                case.participants.values_list("organization_id", flat=True)
            )
        assert dict(Report.objects.values_list("pk", "case_id")) == dict(
            CaseReport.objects.filter(undone_at=None).values_list("report_id", "case_id")
        )
    return ended


def test_the_made_up_set_holds_what_makes_order_matter(world: World) -> None:
    with undone():
        names = send(world, made(1, 60))
        sizes = [len(one) for one in clusters(names)]
        assert max(sizes) > 2
        assert sizes.count(1) > 5
        assert CaseReport.objects.exclude(undone_at=None).exists()  # something was linked and taken apart again
        assert Suggestion.objects.exists()


@settings(max_examples=1, deadline=None, suppress_health_check=OURS)
@given(st.randoms(use_true_random=False))
def test_sixty_reports_in_any_order_end_in_the_same_clusters(world: World, chance: random.Random) -> None:
    sent = made(1, 60)
    shuffled = list(sent)
    chance.shuffle(shuffled)
    assert held(world, shuffled) == held(world, sent[::-1])


@settings(max_examples=8, deadline=None, suppress_health_check=OURS)
@given(st.integers(0, 10_000), st.randoms(use_true_random=False))
def test_few_reports_of_any_set_in_any_order(world: World, seed: int, chance: random.Random) -> None:
    sent = made(seed, 9)
    assert held(world, chance.sample(sent, len(sent))) == held(world, sent)


@pytest.mark.long
@settings(max_examples=3, deadline=None, suppress_health_check=OURS)
@given(st.integers(0, 10_000), st.randoms(use_true_random=False))
def test_five_hundred_reports_in_any_order(world: World, seed: int, chance: random.Random) -> None:
    sent = made(seed, 500)
    assert held(world, chance.sample(sent, len(sent))) == held(world, sent)


def test_an_order_of_proofs_other_than_that_of_receipt_changes_nothing(world: World) -> None:
    sent = made(3, 24)
    ended = held(world, sent)
    with undone():
        names = {}
        for minute, one in enumerate(sent):
            report_id = proved(
                world, "finder", minute, result=one.result, package=one.package, failure="memory-safety",
                title=one.words[:60], description=one.words, affected=[],
            )  # fmt: skip
            names[report_id] = one.name
        for report_id in reversed(names):
            folded(report_id)
        assert clusters(names) == ended


@settings(max_examples=2, deadline=None, suppress_health_check=OURS)
@given(st.integers(0, 10_000), st.randoms(use_true_random=False))
def test_a_merge_that_is_taken_back_is_the_identity_in_any_world(
    world: World, seed: int, chance: random.Random
) -> None:
    with undone():
        names = send(world, made(seed, 14))
        before = clusters(names)
        roles = dict(CaseReport.objects.filter(undone_at=None).values_list("report_id", "role"))
        package = chance.choice(sorted(set(Case.objects.values_list("package", flat=True))))
        cases = sorted(Case.objects.filter(package=package).values_list("pk", flat=True))
        if len(cases) < 2:
            return
        source, target = chance.sample(cases, 2)
        keeper = world.actor("clearinghouse")
        deciding.merge(keeper, source, target, reason="One fix.")
        assert len(clusters(names)) == len(before) - 1
        deciding.undo_merge(keeper, source, reason="Two.")
        assert clusters(names) == before
        assert dict(CaseReport.objects.filter(undone_at=None).values_list("report_id", "role")) == roles


def test_folding_all_again_changes_nothing(world: World) -> None:
    names = send(world, made(5, 20))
    before = clusters(names), Observation.objects.count(), Posting.objects.count(), Suggestion.objects.count()
    for report_id in names:
        folded(report_id)
    assert (clusters(names), Observation.objects.count(), Posting.objects.count(), Suggestion.objects.count()) == before


def test_what_a_person_has_touched_no_machine_takes_apart(world: World) -> None:
    sent = [one for one in made(1, 400) if one.stack and one.stack[0][0] == "helper" and one.package.endswith("0")]
    twins = next([one, other] for one in sent for other in sent if one.name < other.name and one.result == other.result)
    strangers = list({one.signature: one for one in sent if one.signature != twins[0].signature}.values())[:3]
    names = send(world, twins)
    case = Case.objects.get()
    assert case.links.filter(undone_at=None).count() == 2
    case.events.create(at=clock.now(), actor_label="Ines", kind="consent", text="She accepted.", log_index=1)
    names |= send(world, [replace(one, name=f"s{at}") for at, one in enumerate(strangers)])
    assert frozenset(one.name for one in twins) in clusters(names)
    late = send(world, [replace(twins[0], name="late")])
    names |= late
    assert frozenset({"late"}) in clusters(names)
    assert Suggestion.objects.filter(report_id=next(iter(late)), case_id=case.id).exists()
