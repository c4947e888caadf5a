"""Writes of what an operator has: products with their releases, and the assets that run them.

An inventory is of a release of a product. The newest one counts; an older release stays in force for as long as some asset
runs it, and is superseded in the moment in which none does any more.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from django.db import IntegrityError, transaction

from seawall.clearinghouse.directives import services as directives
from seawall.clearinghouse.matching import exposing, settling
from seawall.clearinghouse.matching.lines import BATCH, batches
from seawall.clearinghouse.matching.models import Asset, Exposure, Inventory, Product, Running
from seawall.clearinghouse.matching.settling import Before, Known
from seawall.clearinghouse.matching.types import ExposureState, InventoryState, Reach
from seawall.foundation.access.queries import get_visible
from seawall.foundation.access.services import require
from seawall.foundation.access.types import Actor
from seawall.foundation.platform import clock
from seawall.foundation.platform.errors import BadInput, Conflict
from seawall.foundation.transparency.services import record

NAME_MAX = 120
"""Characters of a product's, an asset's or a group's name."""
RELEASE_MAX = 80
TAG_MAX = 60
RUNS_MAX = 200
"""Products that one asset runs."""


@dataclass(frozen=True)
class AssetSaid:
    """What an operator says of an asset."""

    name: str
    group: str = ""
    reach: Reach = Reach.UNKNOWN
    environment: str = ""
    asset_type: str = ""
    next_upgrade: date | None = None
    runs: tuple[tuple[str, str], ...] = ()
    """Product's name and release."""


# --- products ------------------------------------------------------------------------------------


def checked_name(text: str, field: str = "name") -> str:
    """A name that can be shown.

    Raises:
        BadInput: Empty, too long, or with what cannot be printed.
    """
    title = text.strip()
    if not title or len(title) > NAME_MAX or not title.isprintable():
        what = "inventory" if field == "name" else field.replace("_", " ")
        raise BadInput(
            f"The {what} needs a name.", f"Send 1 to {NAME_MAX} printable characters, such as 'Ward 3'.", field=field
        )
    return title


def checked_release(text: str) -> str:
    """A release as it is kept; may be empty.

    Raises:
        BadInput: Too long, or with what cannot be printed.
    """
    release = text.strip()
    if len(release) > RELEASE_MAX or not release.isprintable():
        raise BadInput(
            "The release cannot be used.", f"Send at most {RELEASE_MAX} printable characters, such as '4.2'.", "release"
        )
    return release


def product_named(actor: Actor, name: str) -> Product:
    """The organization's product of this name, made where it is new. Must run inside the caller's transaction."""
    row, made = Product.objects.get_or_create(
        organization_id=actor.home, name=name, defaults={"created_at": clock.now()}
    )
    if made:
        record(actor, "product.created", row.pk, {"name": name})
    return row


def drop_if_unused(actor: Actor, product: Product) -> None:
    """Forget a product that no inventory is of any more, with its judgments. Must run inside the caller's transaction."""
    if not product.inventories.exists():
        record(actor, "product.forgotten", product.pk, {"judgments": product.judgments.count()})
        product.delete()


def replaced(row: Inventory) -> list[Inventory]:
    """Inventories of a product that are not in force any more now that ``row`` is ready; it may be among them itself."""
    if row.product_id is None:
        return []
    others = Inventory.objects.filter(product_id=row.product_id, state=InventoryState.READY).exclude(pk=row.pk)
    return _out_of_force(row.product_id, [row, *others])


def _out_of_force(product_id: str, rows: Sequence[Inventory]) -> list[Inventory]:
    run = set(Running.objects.filter(product_id=product_id).values_list("release", flat=True))
    ordered = sorted(rows, key=lambda one: (one.uploaded_at, one.pk), reverse=True)
    seen: set[str] = set()
    out: list[Inventory] = []
    for position, one in enumerate(ordered):
        if one.release in seen or (position > 0 and one.release not in run):
            out.append(one)
        seen.add(one.release)
    return out


def supersede(system: Actor, rows: Sequence[Inventory], successor: Inventory) -> Before:
    """Take inventories out of force. Must run inside the caller's transaction.

    Returns:
        Package -> what the operator has known of in this product so far, so that a new upload starts no clock anew.
    """
    product = successor.product_id
    known: Before = defaultdict(list)
    if product is not None:
        standing = Exposure.objects.filter(
            component__inventory__product_id=product,
            component__inventory__state=InventoryState.READY,
            state=ExposureState.OPEN,
            enumerated_on__isnull=False,
        ).exclude(component__inventory=successor)
        for pk, package_id, since, names, advisory_id, more in standing.values_list(
            "pk",
            "component__package_version__package_id",
            "enumerated_on",
            "identifiers",
            "advisory_id",
            "advisory__identifiers",
        ):
            if since is not None:
                known[package_id or 0].append(((*names, advisory_id, *more), Known(since, pk)))
    retire(system, rows, "A newer inventory came.")
    return known


def retire(system: Actor, rows: Collection[Inventory], why: str) -> None:
    """Take inventories out of force with their exposures and clocks. Must run inside the caller's transaction."""
    ids = [row.pk for row in rows]
    for batch in batches(sorted(ids), BATCH):
        gone = Exposure.objects.filter(component__inventory_id__in=batch, state__in=exposing.STANDING)
        shown = gone.filter(state=ExposureState.OPEN, published_at__isnull=False)
        directives.stop_clocks(system, list(shown.values_list("pk", flat=True)), why)
        gone.update(state=ExposureState.SUPERSEDED)
        Inventory.objects.filter(pk__in=batch).update(state=InventoryState.SUPERSEDED)


# --- assets --------------------------------------------------------------------------------------


@transaction.atomic
def register_asset(actor: Actor, said: AssetSaid) -> Asset:
    """Say that there is an asset, and what it runs.

    Raises:
        Forbidden: The actor's organization does not run what is matched here, or lacks ``inventories:write``.
        BadInput: A name or tag that cannot be used, or a product that is not there.
        Conflict: An asset of this name exists.
    """
    require(actor, "asset.register")
    row = Asset(organization_id=actor.home, created_at=clock.now())
    return _keep(actor, row, said, "asset.registered")


@transaction.atomic
def change_asset(actor: Actor, asset_id: str, said: AssetSaid) -> Asset:
    """Say anew what an asset is and runs; what is not said is forgotten.

    Raises:
        NotFound: Absent, or another organization's.
        Forbidden: The actor may read assets, but not change them.
        BadInput: As for ``register_asset``.
        Conflict: Another asset has this name.
    """
    row = get_visible(actor, "asset.read", Asset.objects.select_for_update(), asset_id)
    require(actor, "asset.change", row)
    return _keep(actor, row, said, "asset.changed")


@transaction.atomic
def remove_asset(actor: Actor, asset_id: str) -> None:
    """Forget an asset; releases that only it ran are superseded where a newer one is there.

    Raises:
        NotFound: Absent, or another organization's.
        Forbidden: The actor may read assets, but not change them.
    """
    row = get_visible(actor, "asset.read", Asset.objects.select_for_update(), asset_id)
    require(actor, "asset.change", row)
    products = set(row.runs.values_list("product_id", flat=True))
    record(actor, "asset.removed", row.pk, {})
    row.delete()
    _moved(actor, products)


def _keep(actor: Actor, row: Asset, said: AssetSaid, kind: str) -> Asset:
    row.name = checked_name(said.name)
    row.group = checked_name(said.group, "group") if said.group.strip() else ""
    row.environment = _tag(said.environment, "environment")
    row.asset_type = _tag(said.asset_type, "asset_type")
    row.reach = said.reach.value
    row.next_upgrade = said.next_upgrade
    if len(said.runs) > RUNS_MAX:
        raise BadInput(f"An asset runs at most {RUNS_MAX} products here.", "Split it into several.", field="runs")
    wanted = {(checked_name(name, "runs"), checked_release(release)) for name, release in said.runs}
    products = dict(
        Product.objects.filter(organization_id=actor.home, name__in={name for name, _ in wanted}).values_list(
            "name", "pk"
        )
    )
    for name, _ in sorted(wanted):
        if name not in products:
            raise BadInput(f"You have no product {name!r}.", "Upload an inventory of it first.", field="runs")
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        raise Conflict(f"An asset named {row.name!r} is there already.", "Choose another name.", "name") from error
    before = set(row.runs.values_list("product_id", flat=True))
    row.runs.all().delete()
    Running.objects.bulk_create(
        [Running(asset=row, product_id=products[name], release=release) for name, release in sorted(wanted)]
    )
    payload = {
        "name": row.name,
        "group": row.group,
        "reach": row.reach,
        "runs": [list(one) for one in sorted(wanted)],
        "next_upgrade": row.next_upgrade.isoformat() if row.next_upgrade else None,
    }
    record(actor, kind, row.pk, payload)
    _moved(actor, before | set(products.values()))
    return row


def _tag(text: str, field: str) -> str:
    tag = text.strip()
    if len(tag) > TAG_MAX or not tag.isprintable():
        raise BadInput(
            f"The {field.replace('_', ' ')} cannot be used.", f"Send at most {TAG_MAX} printable characters.", field
        )
    return tag


def _moved(actor: Actor, products: Collection[str]) -> None:
    """What runs where has changed: releases go out of force, and due dates may move with the reach."""
    system = Actor.system("matching")
    for product_id in sorted(products):
        rows = list(
            Inventory.objects.select_for_update()
            .filter(product_id=product_id, state=InventoryState.READY)
            .order_by("pk")
        )
        out = _out_of_force(product_id, rows)
        if out:
            retire(system, out, "No asset runs this release any more.")
            for one in out:
                record(actor, "inventory.superseded", one.pk, {"document": one.digest})
        kept = [row.pk for row in rows if row not in out]
        exposures = Exposure.objects.filter(
            component__inventory_id__in=kept,
            component__reach=Reach.UNKNOWN,
            state=ExposureState.OPEN,
            published_at__isnull=False,
        ).select_related("component")
        for batch in batches(exposures.order_by("pk"), BATCH):
            directives.restate(system, settling.subjects(batch))
