"""New findings into their table, past the ORM: with it, making objects and statements takes three times as long as all the rest.

The columns are the model's own, so a field that is added to it and not given here is an error at the first row.
"""

import json
from collections.abc import Iterable
from typing import Any

from django.db import connection, models

from seawall.clearinghouse.scanning.models import Finding

_MODEL = Finding._meta  # noqa: SLF001 - Django's documented way to a model's columns
_COLUMNS = tuple(str(field.column) for field in _MODEL.concrete_fields)
_JSON = frozenset(field.column for field in _MODEL.concrete_fields if isinstance(field, models.JSONField))


def insert(rows: Iterable[dict[str, Any]]) -> None:
    """Insert findings, each given by all columns, in the caller's transaction."""
    table = connection.ops.quote_name(_MODEL.db_table)
    columns = ", ".join(connection.ops.quote_name(column) for column in _COLUMNS)
    values = (tuple(_plain(column, row[column]) for column in _COLUMNS) for row in rows)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as sink:
                for one in values:
                    sink.write_row(one)
        else:
            marks = ", ".join("%s" for _ in _COLUMNS)
            cursor.executemany(f"INSERT INTO {table} ({columns}) VALUES ({marks})", list(values))  # noqa: S608 - names are the model's


def _plain(column: str, value: Any) -> Any:
    return json.dumps(value) if column in _JSON else value
