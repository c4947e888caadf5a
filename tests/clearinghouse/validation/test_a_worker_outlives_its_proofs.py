"""Hostile proofs beside an honest one, through the job queue: each is judged, nothing else is lost, and nothing is left."""

import functools
import json
from dataclasses import replace
from pathlib import Path

import pytest

from seawall.clearinghouse.intake import services as intake
from seawall.clearinghouse.validation import jobs, queries
from seawall.clearinghouse.validation.errors import SandboxUnavailable
from seawall.clearinghouse.validation.sandboxes.interface import Provider
from seawall.foundation.jobs.models import Job
from seawall.foundation.jobs.runner import drain
from seawall.foundation.jobs.types import JobState
from support import World

from .conftest import SMALL, Proof
from .test_each_proof_gets_its_verdict import HOSTILE, READ

pytestmark = [pytest.mark.django_db, pytest.mark.sandbox]

KINDS = ("validation.replay", "validation.abandoned")


def submit(world: World, proof: Proof, **fields: object) -> str:
    report = {
        "schema": "seawall.report/1", "title": "Labels are run", "description": "label() calls eval.",
        "package": "pkg:pypi/pier", "versions": ["1.0"], "failure": proof.failure, **fields,
    }  # fmt: skip
    data = json.dumps(report).encode()
    actor = world.actor("finder")
    submission = intake.prepare(actor, "seawall", data, intake.Proof("proof.zip", proof.zip()))
    return intake.submit(actor, submission).report_ids[0]


@pytest.fixture
def small(registry: Path, bubblewrap: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    """The job's validation, with one run on each side and small limits."""
    del registry
    quick = functools.partial(jobs.validate, sandbox=bubblewrap, runs=1, at_most=SMALL)
    monkeypatch.setattr(jobs, "validate", quick)


@pytest.mark.usefixtures("small")
def test_each_report_is_answered_whatever_its_neighbours_do(world: World) -> None:
    hostile = ["fills the disk", "prints a gigabyte", "takes all memory", "crashes itself", "forges notes, exits 0"]
    first = submit(world, Proof())
    bad = {name: submit(world, HOSTILE[name][0]) for name in hostile}
    last = submit(world, Proof(driver=Proof().driver + "\n"))
    drain(kinds=KINDS)
    for identifier in (first, last):
        assert (verdict := queries.verdict_of(identifier)) is not None
        assert verdict.state == "confirmed"
    for name, identifier in bad.items():
        assert (verdict := queries.verdict_of(identifier)) is not None
        assert verdict.state == HOSTILE[name][1], name
    assert not Job.objects.filter(kind__in=KINDS).exclude(state=JobState.SUCCEEDED).exists()
    noted = [queries.evidence_of(identifier) for identifier in (first, last, *bad.values())]
    assert len({evidence.log_index for evidence in noted if evidence}) == len(noted)


@pytest.mark.usefixtures("small")
def test_the_proof_must_be_of_what_the_report_claims(world: World) -> None:
    about_another_package = submit(world, Proof(), package="pkg:pypi/quay")
    about_another_failure = submit(world, Proof(), failure="path-traversal")
    drain(kinds=KINDS)
    for identifier, says in (
        (about_another_package, "but on pkg:pypi/pier"),
        (about_another_failure, "shows code-execution"),
    ):
        assert (verdict := queries.verdict_of(identifier)) is not None
        assert verdict.state == "inconclusive"
        assert says in verdict.summary


def test_where_no_sandbox_works_the_report_waits_and_no_verdict_is_made_up(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise SandboxUnavailable("No sandbox works here, so no proof is run.", "apt-get install bubblewrap")

    monkeypatch.setattr(jobs, "validate", refuse)
    identifier = submit(world, replace(Proof(), driver=READ))
    drain(kinds=KINDS)
    job = Job.objects.get(kind="validation.replay")
    assert job.state == JobState.QUEUED
    assert "apt-get install bubblewrap" in job.error
    assert queries.verdict_of(identifier) is None
