"""Rows of the log are never changed or removed: not through the models, not through the database."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.db.models import Model

from seawall.foundation.access.types import Actor
from seawall.foundation.transparency import services
from seawall.foundation.transparency.errors import AppendOnly
from seawall.foundation.transparency.models import LogCheckpoint, LogEntry, LogHead, LogNode, LogOpening

ACTOR = Actor.system("test")
MODELS = [LogEntry, LogOpening, LogNode, LogCheckpoint]
COLUMNS = {LogEntry: "leaf_hash", LogOpening: "content", LogNode: "hash", LogCheckpoint: "note"}


@pytest.fixture
def filled(own_key: Path) -> None:  # noqa: ARG001 - the checkpoint needs a key
    for number in range(4):
        services.record(ACTOR, "test.step", "case_x", {"n": number})
    services.checkpoint(ACTOR)
    connection.check_constraints()  # nothing is left pending, as after a commit


def snapshot() -> list[Any]:
    rows = [list(model.objects.order_by("pk").values_list()) for model in [*MODELS, LogHead]]
    return [[tuple(bytes(v) if isinstance(v, memoryview) else v for v in row) for row in table] for table in rows]


WAYS: dict[str, Callable[[type[Model]], object]] = {
    "save": lambda model: model.objects.first().save(),
    "save with force_update": lambda model: model.objects.first().save(force_update=True),
    "delete": lambda model: model.objects.first().delete(),
    "update": lambda model: model.objects.update(**{COLUMNS[model]: b"x"}),
    "update or create": lambda model: model.objects.update_or_create(
        pk=model.objects.first().pk, defaults={COLUMNS[model]: b"x"}
    ),
    "bulk update": lambda model: model.objects.bulk_update(list(model.objects.all()), [COLUMNS[model]]),
    "delete all": lambda model: model.objects.all().delete(),
}


@pytest.mark.django_db
@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("way", WAYS)
def test_the_models_refuse(model: type[Model], way: str) -> None:
    before = snapshot()
    with pytest.raises(AppendOnly, match=model.__name__):
        WAYS[way](model)
    assert snapshot() == before


STATEMENTS = [
    *(f'UPDATE {model._meta.db_table} SET "{COLUMNS[model]}" = "{COLUMNS[model]}"' for model in MODELS),  # noqa: S608
    *(f"DELETE FROM {model._meta.db_table}" for model in MODELS),  # noqa: S608 - names of our tables
    "DELETE FROM transparency_loghead",
    "UPDATE transparency_loghead SET size = size - 1",
    "UPDATE transparency_loghead SET frontier = frontier",
]
SQLITE_ONLY = [
    f"INSERT OR REPLACE INTO {model._meta.db_table} SELECT * FROM {model._meta.db_table}"  # noqa: S608
    for model in MODELS
]
POSTGRESQL_ONLY = [f"TRUNCATE {model._meta.db_table} CASCADE" for model in [*MODELS, LogHead]]


@pytest.mark.django_db
@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize("statement", [*STATEMENTS, *SQLITE_ONLY, *POSTGRESQL_ONLY])
def test_the_database_refuses(statement: str) -> None:
    if (statement in SQLITE_ONLY and connection.vendor != "sqlite") or (
        statement in POSTGRESQL_ONLY and connection.vendor != "postgresql"
    ):
        pytest.skip("a statement of the other database")
    before = snapshot()
    refused = pytest.raises(DatabaseError, match=r"append-only|never removed|only grows|already")
    with refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert snapshot() == before


@pytest.mark.django_db
@pytest.mark.usefixtures("filled")
def test_the_head_model_is_never_removed() -> None:
    with pytest.raises(AppendOnly):
        LogHead.objects.get().delete()


@pytest.mark.django_db
def test_there_is_one_head() -> None:
    with pytest.raises(DatabaseError), transaction.atomic():
        LogHead.objects.create(id=2)


@pytest.mark.django_db
def test_after_all_migrations_the_triggers_are_there() -> None:
    query = (
        "SELECT count(*) FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'transparency_%%_refused'"
        if connection.vendor == "sqlite"
        else "SELECT count(*) FROM pg_trigger WHERE tgname LIKE 'transparency_%%_refused' AND tgenabled = 'O'"
    )
    with connection.cursor() as cursor:
        cursor.execute(query.replace("%%", "%"))
        assert cursor.fetchone() == ((14 if connection.vendor == "sqlite" else 11),)
