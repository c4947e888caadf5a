"""Products and assets: which releases an operator has, and on what they run."""

from datetime import date
from typing import Annotated

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router, Schema
from pydantic import Field

from seawall.clearinghouse.matching import portfolio, queries
from seawall.clearinghouse.matching.types import Reach
from seawall.doors.api.bearer import actor_of
from seawall.doors.api.operations import (
    Cursor,
    IdempotencyKey,
    Identifier,
    Limit,
    Line,
    binding,
    described,
    no_nul_query,
    write_once,
)
from seawall.doors.api.paging import Order, Window, window
from seawall.doors.api.schemas.portfolio import AssetPage, AssetView, ProductPage, ProductView
from seawall.foundation.access.declarations import declares

products = Router()
assets = Router()
AssetId = Annotated[str, Identifier("asset")]
ProductId = Annotated[str, Identifier("product")]


class Run(Schema):
    """A release of a product, on an asset."""

    product: Line = Field(description="Name of one of your products.", examples=["Patient portal"])
    release: Line = Field("", description="As in the inventory's `release`; empty where it has none.", examples=["4.2"])


class AssetRequest(Schema):
    """A host or device of yours."""

    name: Line = Field(examples=["ward-3-gateway"])
    group: Line = Field("", description="Name that assets share which are handled together.", examples=["Ward 3"])
    reach: Reach = Field(
        Reach.UNKNOWN, description="Whether strangers reach it; counts where a component's inventory says nothing."
    )
    environment: Line = ""
    asset_type: Line = ""
    next_upgrade: date | None = Field(None, description="Day of the next scheduled upgrade.")
    runs: list[Run] = Field(default_factory=list, max_length=portfolio.RUNS_MAX)

    def said(self) -> portfolio.AssetSaid:
        """What the service takes."""
        return portfolio.AssetSaid(
            name=self.name,
            group=self.group,
            reach=self.reach,
            environment=self.environment,
            asset_type=self.asset_type,
            next_upgrade=self.next_upgrade,
            runs=tuple((run.product, run.release) for run in self.runs),
        )


@products.get("", **described("product.read", ProductPage, summary="List products", tag="products and assets"))
@declares("product.read")
def list_products(request: HttpRequest, limit: Limit, cursor: Cursor = None) -> ProductPage:
    """Your products by name, each with its releases in force."""
    actor = actor_of(request)
    page: Window[queries.ProductRow] = window(
        queries.products_of(actor),
        [Order("name"), Order("id")],
        binding(request, "list_products"),
        lambda row: row,
        cursor=cursor,
        limit=limit,
    )
    releases = queries.releases_of(actor, [row.pk for row in page.items])
    return ProductPage(items=[ProductView.of(row, releases.get(row.pk, [])) for row in page.items], next=page.next)


@assets.get("", **described("asset.read", AssetPage, summary="List assets", tag="products and assets"))
@declares("asset.read")
def list_assets(
    request: HttpRequest,
    limit: Limit,
    group: Annotated[str, Query(max_length=portfolio.NAME_MAX, description="Only those of one group.")] = "",
    product_id: Annotated[ProductId | None, Query(description="Only those that run a product.")] = None,
    cursor: Cursor = None,
) -> AssetPage:
    """Your assets by name."""
    page = window(
        queries.assets_of(actor_of(request), group=no_nul_query(group), product_id=product_id or ""),
        [Order("name"), Order("id")],
        binding(request, "list_assets", group=group, product=product_id or ""),
        AssetView.of,
        cursor=cursor,
        limit=limit,
    )
    return AssetPage(items=page.items, next=page.next)


@assets.post("", **described("asset.register", AssetView, 201, "Register an asset", tag="products and assets"))
@declares("asset.register")
def register_asset(
    request: HttpRequest, response: HttpResponse, body: AssetRequest, idempotency_key: IdempotencyKey = None
) -> AssetView:
    """Says that there is an asset and what runs on it; a release that some asset runs stays in force."""
    actor = actor_of(request)
    return write_once(
        request,
        response,
        operation="register_asset",
        key=idempotency_key,
        content=body.model_dump(mode="json"),
        view=AssetView,
        write=lambda: AssetView.of(queries.asset(actor, portfolio.register_asset(actor, body.said()).pk)),
    )


@assets.get("/{asset_id}", **described("asset.read", AssetView, summary="Get one", tag="products and assets"))
@declares("asset.read")
def get_asset(request: HttpRequest, asset_id: AssetId) -> AssetView:
    """One asset, and what runs on it."""
    return AssetView.of(queries.asset(actor_of(request), asset_id))


@assets.post(
    "/{asset_id}", **described("asset.change", AssetView, summary="Change an asset", tag="products and assets")
)
@declares("asset.change")
def change_asset(
    request: HttpRequest,
    response: HttpResponse,
    asset_id: AssetId,
    body: AssetRequest,
    idempotency_key: IdempotencyKey = None,
) -> AssetView:
    """Says anew what an asset is and runs; a release that no asset runs any more gives way to a newer one."""
    actor = actor_of(request)
    return write_once(
        request,
        response,
        operation="change_asset",
        key=idempotency_key,
        content={"asset": asset_id, **body.model_dump(mode="json")},
        view=AssetView,
        write=lambda: AssetView.of(queries.asset(actor, portfolio.change_asset(actor, asset_id, body.said()).pk)),
    )


@assets.delete("/{asset_id}", **described("asset.change", None, 204, "Remove an asset", tag="products and assets"))
@declares("asset.change")
def remove_asset(request: HttpRequest, asset_id: AssetId) -> None:
    """Forgets an asset."""
    portfolio.remove_asset(actor_of(request), asset_id)
