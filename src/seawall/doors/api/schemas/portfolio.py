"""Products and assets."""

from datetime import date, datetime

from ninja import Schema
from pydantic import Field

from seawall.clearinghouse.matching.queries import AssetRow, InventoryRow, ProductRow
from seawall.clearinghouse.matching.types import Reach


class ReleaseView(Schema):
    """A release in force."""

    release: str
    inventory_id: str
    components: int
    uploaded_at: datetime


class ProductView(Schema):
    """A system of yours."""

    id: str
    name: str
    releases: list[ReleaseView] = Field(description="Those in force, the newest first.")

    @staticmethod
    def of(row: ProductRow, releases: list[InventoryRow]) -> "ProductView":
        """The view of a row."""
        return ProductView(
            id=row.id,
            name=row.name,
            releases=[
                ReleaseView(
                    release=one.release,
                    inventory_id=one.id,
                    components=one.components,
                    uploaded_at=one.uploaded_at,
                )
                for one in releases
            ],
        )


class ProductPage(Schema):
    """Your products, by name."""

    items: list[ProductView]
    next: str | None = None


class RunView(Schema):
    """A release of a product, on an asset."""

    product_id: str
    product: str
    release: str


class AssetView(Schema):
    """A host or device of yours."""

    id: str
    name: str
    group: str
    reach: Reach
    environment: str
    asset_type: str
    next_upgrade: date | None
    runs: list[RunView]

    @staticmethod
    def of(row: AssetRow) -> "AssetView":
        """The view of a row."""
        return AssetView(
            id=row.id,
            name=row.name,
            group=row.group,
            reach=Reach(row.reach),
            environment=row.environment,
            asset_type=row.asset_type,
            next_upgrade=row.next_upgrade,
            runs=[
                RunView(product_id=one.product_id, product=one.product.name, release=one.release)
                for one in row.runs.all()
            ],
        )


class AssetPage(Schema):
    """Your assets, by name."""

    items: list[AssetView]
    next: str | None = None
