"""Facts about vulnerabilities: what is known, by whom, as of when."""

from datetime import date
from typing import Annotated

from django.http import HttpRequest, HttpResponse
from ninja import Path, Router, Schema
from pydantic import Field

from seawall.clearinghouse.prioritization import queries, services
from seawall.clearinghouse.prioritization.errors import NotAFact
from seawall.clearinghouse.prioritization.types import SOURCE_MAX, Fact, FactName
from seawall.doors.api.bearer import actor_of
from seawall.doors.api.operations import IdempotencyKey, Line, described, write_once
from seawall.foundation.access.declarations import declares
from seawall.foundation.access.types import Actor

router = Router()
_NAMES = ", ".join(FactName)
VulnerabilityId = Annotated[str, Path(max_length=80, description="CVE, GHSA, advisory id or the like.")]


class FactStatement(Schema):
    """One statement."""

    name: Annotated[Line, Field(description=f"One of {_NAMES}.", examples=["automatable"])]
    value: Annotated[Line, Field(description="yes or no, partial or total, none, poc or active, or an ISO date.")]
    source: Annotated[
        Line, Field(max_length=SOURCE_MAX, description="Who says it. The names of CISA's feeds are refused.")
    ]
    as_of: date = Field(description="Day for which it is said.")


class FactsRequest(Schema):
    """Statements about one vulnerability."""

    facts: list[FactStatement] = Field(min_length=1, max_length=100)


class FactsView(Schema):
    """What is known about a vulnerability; what nobody said is not in it."""

    identifier: str
    facts: list[FactStatement]

    @staticmethod
    def of(actor: Actor, identifier: str) -> "FactsView":
        """What the actor may know now."""
        known = queries.facts_for(actor, identifier).known
        return FactsView(
            identifier=identifier,
            facts=[
                FactStatement(name=fact.name.value, value=fact.value, source=fact.source, as_of=fact.as_of)
                for fact in known.values()
            ],
        )


@router.get(
    "/{identifier}/facts",
    **described("facts.read", FactsView, summary="What is known about a vulnerability", tag="vulnerabilities"),
)
@declares("facts.read")
def get_facts(request: HttpRequest, identifier: VulnerabilityId) -> FactsView:
    """KEV membership and SSVC answers as CISA's feeds say them, each with its source and day. Unknown stays unknown.

    What the clearinghouse itself has stated is shown to coordinators.
    """
    return FactsView.of(actor_of(request), identifier)


@router.post(
    "/{identifier}/facts",
    **described("facts.write", FactsView, summary="State facts about a vulnerability", tag="vulnerabilities"),
)
@declares("facts.write")
def set_facts(
    request: HttpRequest,
    response: HttpResponse,
    identifier: VulnerabilityId,
    body: FactsRequest,
    idempotency_key: IdempotencyKey = None,
) -> FactsView:
    """Adds statements; earlier ones stay as history. Due dates that rest on them move, and say why."""
    actor = actor_of(request)
    facts = [_fact(item, index) for index, item in enumerate(body.facts)]

    def write() -> FactsView:
        services.set_facts(actor, identifier, facts)
        return FactsView.of(actor, identifier)

    return write_once(
        request,
        response,
        operation="set_facts",
        key=idempotency_key,
        content={"identifier": identifier, "facts": [item.model_dump(mode="json") for item in body.facts]},
        view=FactsView,
        write=write,
    )


def _fact(item: FactStatement, index: int) -> Fact:
    try:
        return Fact(FactName(item.name), item.value, item.source, item.as_of)
    except ValueError as error:
        raise NotAFact(
            f"Fact {index + 1} cannot be kept: {error}.", f"Names are {_NAMES}.", field=f"facts/{index}"
        ) from error
