"""schemathesis writes requests from the API's own description, valid and not; none may end in 5xx, and every answer
is as described. Each request is sent as written, and once more with identifiers of things that exist.
"""

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections, transaction
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from seawall.clearinghouse.coordination import services as coordination
from seawall.clearinghouse.coordination.services import ProvedReport
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
FEW = 15
"""Cases an operation in the fast run."""
MANY = 200
_QUIET = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.filter_too_much]


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
        "report_id": row.id,
        "case_id": case.id,
        "notice_id": notice,
        "token_id": token.id,
        "advisory_id": case.advisory_id,
    }


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
    headers = {"Authorization": f"Bearer {world.fuzzing_token}"}  # type: ignore[attr-defined]
    case.call_and_validate(headers=headers, checks=CHECKS)
    if case.path_parameters:
        case.path_parameters.update({name: things[name] for name in case.path_parameters if name in things})
        case.call_and_validate(headers=headers, checks=CHECKS)


@SCHEMA.parametrize()
@settings(max_examples=FEW, deadline=None, suppress_health_check=_QUIET)
def test_few_cases_an_operation(case: Any, world: World, shared: dict[str, str]) -> None:
    send(case, world, shared)


@pytest.mark.long
@SCHEMA.parametrize()
@settings(max_examples=MANY, deadline=None, suppress_health_check=_QUIET)
def test_many_cases_an_operation(case: Any, world: World, shared: dict[str, str]) -> None:
    send(case, world, shared)
