"""schemathesis writes requests from the API's own description, valid and not; none may end in 5xx, and every answer
is as described. Each request is sent as written, and once more with identifiers of things that exist.
"""

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections, connection, transaction
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.generation.feedback import FeedbackSources
from schemathesis.pytest._test_builder import build_operation_test
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from seawall.clearinghouse.coordination import contacts
from seawall.clearinghouse.coordination import services as coordination
from seawall.clearinghouse.coordination.conversations import services as conversations
from seawall.clearinghouse.coordination.conversations.types import Audience
from seawall.clearinghouse.coordination.routing import sending
from seawall.clearinghouse.coordination.routing import services as routing
from seawall.clearinghouse.coordination.routing.types import Route
from seawall.clearinghouse.coordination.services import ProvedReport
from seawall.clearinghouse.deconfliction.collisions import queries as collision_queries
from seawall.clearinghouse.deconfliction.collisions import services as collisions
from seawall.clearinghouse.deconfliction.collisions.types import KeyKind, Tag
from seawall.clearinghouse.deconfliction.commitments.services import seal
from seawall.clearinghouse.deconfliction.ground.services import claim_target
from seawall.clearinghouse.deconfliction.networks import services as networks
from seawall.clearinghouse.deconfliction.networks.types import Limits
from seawall.clearinghouse.distribution.services import notify
from seawall.clearinghouse.intake.models import Report
from seawall.doors.bounds import BoundedBodies
from seawall.foundation.identity.services import mint_token
from seawall.foundation.platform import clock
from seawall.foundation.transparency.services import checkpoint
from support import KEEPER, World

pytestmark = pytest.mark.django_db

APPLICATION = BoundedBodies(get_wsgi_application(), 16 * 2**20)
SCHEMA = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", APPLICATION)
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
OPERATIONS = {found.ok().label: found.ok() for found in SCHEMA.get_all_operations()}
MANY = settings.get_current_profile_name() == "many"
STRICT = MANY or connection.vendor == "postgresql"
"""PostgreSQL refuses what SQLite keeps (NUL, numbers, times): there, requests at the borders of what is taken are sent, too."""
SCHEMA.config.phases.coverage.enabled = STRICT
if not MANY:  # the same requests each time: whatever new ones find is found by those who look for it
    SCHEMA.config.seed = 1
CASES = settings.default.max_examples if MANY else 15 if STRICT else 5
"""Cases that are drawn for an operation."""


@pytest.fixture
def things(world: World) -> dict[str, str]:
    """Identifiers of things that the clearinghouse's own token reaches, by the name of the path's variable."""
    lease = world.api("clearinghouse").post("/leases", {"target": "pkg:pypi/jinja2"}).body["leases"][0]["id"]
    row = Report.objects.create(
        organization_id=world.id("finder"),
        submitted_by="token_x",
        format="seawall",
        raw_digest="sha256:" + "0" * 64,
        title="t",
        description="d",
        package="pkg:pypi/jinja2",
        failure="code-execution",
        state="answered",
        proved=True,
        received_at=clock.now(),
    )
    report = ProvedReport(
        row.id, row.organization_id, row.title, row.package, row.failure, (), (), "", (), row.received_at
    )
    with transaction.atomic():
        case = coordination.open_case(KEEPER, report, reason="test.")
    notice = notify(world.id("clearinghouse"), kind="t", subject=case.id, title="t")
    token = mint_token(world.actor("clearinghouse"), "t", ["leases:read"])
    checkpoint(KEEPER)
    return {
        "lease_id": lease,
        **deconflicting(world),
        **talking(world, case.id),
        **routed(world, case.id),
        "report_id": row.id,
        "case_id": case.id,
        "contact_id": contacts.register(world.actor("clearinghouse"), pattern=case.package, reference="a@b.example").pk,
        "organization_id": world.id("finder"),
        "notice_id": notice,
        "token_id": token.id,
        "advisory_id": case.advisory_id,
    }


def deconflicting(world: World) -> dict[str, str]:
    """Claims and commitments of the clearinghouse; a network that the vendor runs and scans itself."""
    keeper, vendor = world.actor("clearinghouse"), world.actor("vendor")
    network = networks.register_network(vendor, value="192.0.2.0/24")
    networks.decide_network(keeper, network.id, vouch=True, reason="test")
    networks.set_limits(vendor, network.id, Limits(bookings_max=9), open_to_all=True)
    sealed = [seal(actor, digest=f"{number:064x}") for number, actor in enumerate((vendor, keeper))]
    for actor, row in zip((vendor, keeper), sealed, strict=True):
        collisions.check(actor, row.id, [Tag(KeyKind.CLAIM, "ab" * 32)], introduce=True)
    return {
        "stewardship_id": claim_target(keeper, target="pkg:pypi/jinja2").id,
        "commitment_id": sealed[1].id,
        "introduction_id": collision_queries.introductions_of(keeper)[0].pk,
        "network_id": network.id,
        "booking_id": networks.book(vendor, network.id, hours=1, rate=1, sources=["198.51.100.7"]).id,
        "day": "2026-11-26",
    }


def talking(world: World, case_id: str) -> dict[str, str]:
    """A thread of the clearinghouse with a message and a file."""
    desk = world.actor("clearinghouse")
    thread = conversations.open_thread(desk, case_id, topic="t", audience=Audience(), text="m")
    kept = conversations.keep_file(desk, thread.pk, "a.txt", [b"text"])
    message = conversations.post_message(desk, thread.pk, text="m", files=[kept])
    return {"thread_id": thread.pk, "message_id": message.pk, "file_id": message.files.get().pk}


def routed(world: World, case_id: str) -> dict[str, str]:
    """A link to a case, and a delivery of it."""
    desk = world.actor("clearinghouse")
    link = routing.mint_link(desk, case_id, name="t")
    return {"link_id": link.id, "delivery_id": sending.begin(desk, case_id, Route.VINCE).pk}


@pytest.fixture
def shared(things: dict[str, str]) -> Iterator[dict[str, str]]:
    """The server in this process shares the test's transaction, as Django's own test client does."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield things
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


def send(case: Any, world: World, things: dict[str, str]) -> None:
    if not hasattr(world, "fuzzing_token"):
        world.fuzzing_token = world.token("clearinghouse")  # type: ignore[attr-defined]
        world.operator_token = world.token("vendor")  # type: ignore[attr-defined]
    by_operator = case.path.startswith(("/api/v1/networks", "/networks", "/api/v1/bookings", "/bookings"))
    token = world.operator_token if by_operator else world.fuzzing_token  # type: ignore[attr-defined]
    headers = {"Authorization": f"Bearer {token}"}
    case.call_and_validate(headers=headers, checks=CHECKS)
    if case.path_parameters:
        case.path_parameters.update({name: things[name] for name in case.path_parameters if name in things})
        case.call_and_validate(headers=headers, checks=CHECKS)


@pytest.mark.parametrize("label", OPERATIONS)
def test_each_operation_answers_as_described(label: str, world: World, shared: dict[str, str]) -> None:
    @settings(
        max_examples=CASES,
        derandomize=not MANY,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
    )
    def ask(case: Any) -> None:
        send(case, world, shared)

    # What ``SCHEMA.parametrize`` does with an operation. It would write all requests in each process while tests are
    # collected, and gives all tests of pytest 9.2 one name, of which pytest-xdist then runs one.
    build_operation_test(
        config=SCHEMA.config, operation=OPERATIONS[label], test_func=ask, given_kwargs={}, feedback=FeedbackSources()
    )()
