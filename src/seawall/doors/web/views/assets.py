"""Products and assets: which releases an operator has, and on what they run."""

from typing import Any

from django.http import HttpRequest, HttpResponse

from seawall.clearinghouse.matching import portfolio, queries
from seawall.clearinghouse.matching.types import Reach
from seawall.doors.api.paging import Order, window
from seawall.doors.web.pages import actor_of, binding, cursor_of, day_of, done, field, page, render
from seawall.foundation.access.rules import grants_for
from seawall.foundation.platform.errors import BadInput, Conflict, SeawallError

PAGE = 100
PRODUCTS = 200
"""Products that the page offers; more are searched for over the API."""


@page("asset.read")
def assets(request: HttpRequest) -> HttpResponse:
    """Products with their releases in force, assets, and the form for a new one."""
    return _list(request)


def _list(request: HttpRequest, error: SeawallError | None = None) -> HttpResponse:
    actor = actor_of(request)
    group = request.GET.get("group", "")[: portfolio.NAME_MAX].replace("\x00", "")
    found = window(
        queries.assets_of(actor, group=group),
        [Order("name"), Order("id")],
        binding(request, "assets", group=group),
        lambda row: row,
        cursor=cursor_of(request),
        limit=PAGE,
    )
    context = {
        **_products(request),
        "assets": found.items,
        "next": found.next,
        "group": group,
        "groups": queries.groups_of(actor),
        "may_register": bool(grants_for(actor, "asset.register")),
        "error": error,
        "kept": request.POST if error else {},
        "kept_runs": request.POST.getlist("runs") if error else [],
    }
    return render(request, "web/assets.html", context, status=error.status if error else 200)


def _products(request: HttpRequest) -> dict[str, Any]:
    actor = actor_of(request)
    rows = list(queries.products_of(actor)[:PRODUCTS])
    releases = queries.releases_of(actor, [row.pk for row in rows])
    return {
        "products": [(row, releases.get(row.pk, [])) for row in rows],
        "choices": [(row, one.release, f"{row.pk}|{one.release}") for row in rows for one in releases.get(row.pk, [])],
        "reaches": (Reach.UNKNOWN, Reach.INTERNAL, Reach.PUBLIC),
        "name_max": portfolio.NAME_MAX,
        "tag_max": portfolio.TAG_MAX,
    }


def _said(request: HttpRequest) -> portfolio.AssetSaid:
    names = {row.pk: row.name for row in queries.products_of(actor_of(request))}
    runs = []
    for choice in request.POST.getlist("runs"):
        product_id, _, release = choice.partition("|")
        if product_id not in names:
            raise BadInput("This product is not known.", "Choose from the list.", field="runs")
        runs.append((names[product_id], release))
    reach = field(request, "reach") or Reach.UNKNOWN.value
    if reach not in set(Reach):
        raise BadInput("This choice is not known.", "Choose from the list.", field="reach")
    return portfolio.AssetSaid(
        name=field(request, "name", limit=portfolio.NAME_MAX, required=True),
        group=field(request, "group", limit=portfolio.NAME_MAX),
        reach=Reach(reach),
        environment=field(request, "environment", limit=portfolio.TAG_MAX),
        asset_type=field(request, "asset_type", limit=portfolio.TAG_MAX),
        next_upgrade=day_of(request, "next_upgrade"),
        runs=tuple(runs),
    )


@page("asset.register", "POST")
def register_asset(request: HttpRequest) -> HttpResponse:
    """Say that there is an asset, and what it runs."""
    try:
        row = portfolio.register_asset(actor_of(request), _said(request))
    except (BadInput, Conflict) as error:
        return _list(request, error)
    return done(request, f"{row.name} is noted.", "assets")


@page("asset.read")
def asset(request: HttpRequest, asset_id: str) -> HttpResponse:
    """One asset, and the form to say it anew."""
    return _one(request, asset_id)


def _one(request: HttpRequest, asset_id: str, error: SeawallError | None = None) -> HttpResponse:
    actor = actor_of(request)
    row = queries.asset(actor, asset_id)
    found = _products(request)
    running = {f"{one.product_id}|{one.release}" for one in row.runs.all()}
    offered = {choice for _, _, choice in found["choices"]}
    # What it runs stays a choice, even where no inventory of that release is in force any more.
    found["choices"] += [
        (one.product, one.release, f"{one.product_id}|{one.release}")
        for one in row.runs.all()
        if f"{one.product_id}|{one.release}" not in offered
    ]
    context = {
        **found,
        "asset": row,
        "kept_runs": request.POST.getlist("runs") if error else sorted(running),
        "kept": request.POST if error else row,
        "may_change": bool(grants_for(actor, "asset.change")),
        "error": error,
    }
    return render(request, "web/asset.html", context, status=error.status if error else 200)


@page("asset.change", "POST")
def change_asset(request: HttpRequest, asset_id: str) -> HttpResponse:
    """Say anew what an asset is and runs."""
    try:
        row = portfolio.change_asset(actor_of(request), asset_id, _said(request))
    except (BadInput, Conflict) as error:
        return _one(request, asset_id, error)
    return done(request, f"{row.name} is noted.", "asset", row.pk)


@page("asset.change", "POST")
def remove_asset(request: HttpRequest, asset_id: str) -> HttpResponse:
    """Forget an asset."""
    portfolio.remove_asset(actor_of(request), asset_id)
    return done(request, "It is forgotten.", "assets")
