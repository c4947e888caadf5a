"""Pages of lists by key, never by number: what arrives meanwhile neither repeats nor hides a row.

A cursor holds the sort key of the last row shown. It is signed, and bound to the operation, its filters and
the caller's organization: taken elsewhere it is refused, and nothing can be read by writing one. There is no total
count: it would cost a scan, and tell about rows that the filter hides.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Generic, TypeVar

from django.core.signing import BadSignature, JSONSerializer, Signer
from django.db.models import Model, Q, QuerySet

from seawall.foundation.access.types import Actor
from seawall.foundation.platform import limits
from seawall.foundation.platform.errors import BadInput

M = TypeVar("M", bound=Model)
Item = TypeVar("Item")

CURSOR_MAX = 1000
"""Characters of a cursor; a real one has under 300."""


@dataclass(frozen=True)
class Order:
    """A field of the sort key."""

    field: str
    descending: bool = False


@dataclass(frozen=True)
class Window(Generic[Item]):
    """Some rows, and the cursor of the next ones."""

    items: list[Item]
    next: str | None


@dataclass(frozen=True)
class Binding:
    """What a cursor is good for."""

    operation: str
    actor: Actor
    filters: Mapping[str, Any]

    def signer(self) -> Signer:
        """Signs with a salt made of everything the cursor is bound to."""
        named = "&".join(f"{key}={self.filters[key]}" for key in sorted(self.filters))
        return Signer(salt=f"seawall.cursor|{self.operation}|{self.actor.organization_id}|{named}")


def newest_first(field: str) -> tuple[Order, ...]:
    """The usual order: a time, latest first, then the identifier."""
    return Order(field, descending=True), Order("id")


def window(
    rows: QuerySet[M],
    order: Sequence[Order],
    binding: Binding,
    show: Callable[[M], Item],
    *,
    cursor: str | None,
    limit: int,
) -> Window[Item]:
    """A page of a query set.

    Args:
        rows: What the actor may see; its order is replaced.
        order: The sort key, ending in a unique field; no field of it may be null.
        binding: What the cursor is good for.
        show: Makes the view of one row.
        cursor: From the page before; None for the first.
        limit: Rows wanted, 1 to ``limits.PAGE_SIZE_MAX``.

    Raises:
        BadInput: The cursor is damaged, or belongs to another list.
    """
    size = max(1, min(limit, limits.PAGE_SIZE_MAX))
    if cursor is not None:
        rows = rows.filter(_after(order, _open(binding, cursor, order)))
    rows = rows.order_by(*[f"-{key.field}" if key.descending else key.field for key in order])
    found = list(rows[: size + 1])
    more = len(found) > size
    return Window(
        items=[show(row) for row in found[:size]],
        next=_seal(binding, found[size - 1], order) if more else None,
    )


def slice_of(
    items: Sequence[Item], key: Callable[[Item], str], binding: Binding, *, cursor: str | None, limit: int
) -> Window[Item]:
    """A page of a list that a query already holds in memory, in its order; ``key`` names an item uniquely.

    Raises:
        BadInput: The cursor is damaged, belongs to another list, or its row is gone.
    """
    size = max(1, min(limit, limits.PAGE_SIZE_MAX))
    start = 0
    if cursor is not None:
        last = _open(binding, cursor, [Order("key")])[0]
        position = next((index for index, item in enumerate(items) if key(item) == last), None)
        if position is None:
            raise _bad_cursor()
        start = position + 1
    found = list(items[start : start + size])
    more = start + size < len(items)
    return Window(items=found, next=binding.signer().sign_object([key(found[-1])]) if more else None)


def _seal(binding: Binding, row: Model, order: Sequence[Order]) -> str:
    values = [getattr(row, key.field) for key in order]
    return binding.signer().sign_object(
        [_packed(value) for value in values],
        serializer=JSONSerializer,
    )


def _open(binding: Binding, cursor: str, order: Sequence[Order]) -> list[Any]:
    if len(cursor) > CURSOR_MAX or not cursor.isascii():
        raise _bad_cursor()
    try:
        values = binding.signer().unsign_object(cursor, serializer=JSONSerializer)
    except BadSignature as error:
        raise _bad_cursor() from error
    # What is signed is well-formed, unless the order changed with a new version of the server.
    if not isinstance(values, list) or len(values) != len(order):
        raise _bad_cursor()
    return [_unpacked(value) for value in values]


def _packed(value: Any) -> Any:
    if isinstance(value, datetime):  # before date, whose kind it is too
        return {"t": value.isoformat()}
    return {"d": value.isoformat()} if isinstance(value, date) else value


def _unpacked(value: Any) -> Any:
    if isinstance(value, dict):
        return datetime.fromisoformat(value["t"]) if "t" in value else date.fromisoformat(value["d"])
    return value


def _bad_cursor() -> BadInput:
    return BadInput(
        "This cursor does not belong to this list.", "Start without a cursor, with the same filters.", field="cursor"
    )


def _after(order: Sequence[Order], values: Sequence[Any]) -> Q:
    """Rows after the key: for (a, b), ``a < x or (a = x and b > y)``."""
    condition = Q()
    equal = Q()
    for position, (key, value) in enumerate(zip(order, values, strict=True)):
        step = Q(**{f"{key.field}__{'lt' if key.descending else 'gt'}": value})
        condition = step if position == 0 else condition | (equal & step)
        equal &= Q(**{key.field: value})
    return condition


def window_after(
    read: Callable[[int, int], Sequence[Item]],
    key: Callable[[Item], int],
    binding: Binding,
    *,
    cursor: str | None,
    limit: int,
) -> Window[Item]:
    """A page of a query that itself pages by a growing number: ``read(after, count)``.

    Raises:
        BadInput: The cursor is damaged, or belongs to another list.
    """
    size = max(1, min(limit, limits.PAGE_SIZE_MAX))
    after = _open(binding, cursor, [Order("key")])[0] if cursor is not None else -1
    if not isinstance(after, int):
        raise _bad_cursor()
    found = list(read(after, size + 1))
    more = len(found) > size
    return Window(
        items=found[:size],
        next=binding.signer().sign_object([key(found[size - 1])]) if more else None,
    )
