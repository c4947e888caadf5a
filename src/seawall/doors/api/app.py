"""The HTTP API: translates requests to services and errors to problem documents. See docs/api.md."""

from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError
from ninja.operation import Operation

from seawall.doors.api import (
    account,
    advisories,
    cases,
    collisions,
    commitments,
    contacts,
    conversations,
    description,
    embargoes,
    facts,
    ground,
    inventories,
    judgments,
    known_advisories,
    leases,
    likeness,
    log,
    messages,
    networks,
    participants,
    portfolio,
    problems,
    readings,
    reports,
    routing,
    scans,
)
from seawall.doors.api.wire import JsonRenderer, StrictParser
from seawall.foundation.platform.errors import SeawallError


class Api(NinjaAPI):
    """Operations are named by their functions, which is how ``allowed_next`` names them."""

    def get_openapi_operation_id(self, operation: Operation) -> str:
        """The function's name."""
        return str(operation.view_func.__name__)


api = Api(
    title="Seawall",
    version="1",
    description=description.TEXT,
    urls_namespace="api",
    openapi_url=None,
    docs_url=None,
    parser=StrictParser(),
    renderer=JsonRenderer(),
)

api.add_router("/me", account.me)
api.add_router("/tokens", account.tokens)
api.add_router("/notices", account.notices)
api.add_router("/leases", leases.router)
api.add_router("/ground", ground.router)
api.add_router("/stewardships", ground.stewardships)
api.add_router("/commitments", commitments.router)
api.add_router("/collisions", collisions.router)
api.add_router("/introductions", collisions.introductions)
api.add_router("", collisions.claims)
api.add_router("/networks", networks.router)
api.add_router("/bookings", networks.bookings)
api.add_router("/reports", reports.router)
api.add_router("/scans", scans.router)
api.add_router("/findings", scans.findings)
api.add_router("/cases", cases.router)
api.add_router("/cases", likeness.on_cases)
api.add_router("/reports", likeness.on_reports)
api.add_router("/cases", embargoes.on_cases)
api.add_router("/embargo-profiles", embargoes.profiles)
api.add_router("/cases", conversations.on_cases)
api.add_router("/threads", conversations.threads)
api.add_router("/threads", messages.on_threads)
api.add_router("/messages", messages.messages)
api.add_router("/files", messages.files)
api.add_router("/cases", participants.on_cases)
api.add_router("/cases", readings.on_cases)
api.add_router("/briefs", readings.briefs)
api.add_router("/contacts", contacts.router)
api.add_router("/invitations", cases.invitations)
api.add_router("/cases", routing.on_cases)
api.add_router("/pace", routing.paces)
api.add_router("/maintainer-addresses", routing.addresses)
api.add_router("/inventories", inventories.router)
api.add_router("/exposures", inventories.exposures)
api.add_router("/exposures", judgments.on_exposures)
api.add_router("/judgments", judgments.router)
api.add_router("/products", portfolio.products)
api.add_router("/assets", portfolio.assets)
api.add_router("/known-advisories", known_advisories.router)
api.add_router("/vulnerabilities", facts.router)
api.add_router("/advisories", advisories.router)
api.add_router("/log", log.router)
api.add_router("", log.openings)
api.add_router("", description.router_for(api))


def _refuse(request: HttpRequest, error: Exception | type[Exception]) -> HttpResponse:
    if isinstance(error, type):  # ninja's annotation allows it, nothing does it
        error = error()
    return problems.of_anything(request, error)


for kind in (Exception, SeawallError, ValidationError, HttpError):
    api.add_exception_handler(kind, _refuse)
