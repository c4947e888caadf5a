"""A data directory of its own for every test, a small world for those that ask, and a clock that can be moved."""

import dataclasses
import importlib
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import TransactionTestCase

from seawall.foundation.platform import clock
from support import World


@pytest.fixture(autouse=True)
def data_dir(settings: Any, tmp_path: Path) -> Path:
    """Blobs, keys and caches of one test lie in its own folder."""
    settings.SEAWALL = dataclasses.replace(settings.SEAWALL, data_dir=tmp_path / "data")
    return tmp_path / "data"


@pytest.fixture(scope="session", autouse=True)
def transactional_tests_may_empty_the_log() -> Iterator[None]:
    """A transactional test empties all tables at its end, which the log's triggers refuse to everybody else."""
    triggers = importlib.import_module("seawall.foundation.transparency.migrations.0002_append_only")
    original = TransactionTestCase._fixture_teardown

    def teardown(case: TransactionTestCase) -> None:
        triggers.lift(connection)
        original(case)
        triggers.install(connection)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", teardown)
        yield


@pytest.fixture
def world(db: None) -> World:  # noqa: ARG001 - gives access to the database
    """Ten organizations, in the database."""
    return World()


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """``later(hours=2)`` moves the clock."""
    shift = timedelta(0)
    real = clock.now

    def move(**by: float) -> None:
        nonlocal shift
        shift += timedelta(**by)

    monkeypatch.setattr(clock, "now", lambda: real() + shift)
    return move
