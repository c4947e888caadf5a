"""What holds for every test, and the little world that many of them use.

- Django is set up on a temporary folder of this run, never on the developer's own; every test has its own data directory.
- Only loopback is reachable, but for tests marked ``registry``.
- Tests that touch a database are marked ``database``, by their fixtures; ``make test`` runs those again on PostgreSQL.
- ``--hypothesis-profile=many`` tries more examples where a test does not say how many.
- The order is random (pytest-randomly); ``-p no:randomly`` keeps it still.
"""

import dataclasses
import importlib
import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import django
import hypothesis
import pytest

# Settings are read once, when Django is set up; so this comes before anything else of ours is imported. The processes
# of pytest-xdist inherit it.
IS_FIRST = "PYTEST_XDIST_WORKER" not in os.environ
if IS_FIRST:
    for name in [name for name in os.environ if name.startswith("SEAWALL_") and name != "SEAWALL_DATABASE_URL"]:
        del os.environ[name]
    os.environ["SEAWALL_DATA_DIR"] = tempfile.mkdtemp(prefix="seawall-tests-")
    os.environ["DJANGO_SETTINGS_MODULE"] = "seawall.foundation.platform.settings"
django.setup()

from django.db import connection  # noqa: E402 - see above
from django.test import TransactionTestCase  # noqa: E402

from seawall.foundation.platform import clock  # noqa: E402
from support import World  # noqa: E402

hypothesis.settings.register_profile("many", max_examples=200)  # as `make test-long` asks

DATABASE_FIXTURES = {"db", "transactional_db", "django_db_reset_sequences", "own_database"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    twice = [name for name, count in Counter(item.nodeid for item in items).items() if count > 1]
    if twice:
        raise pytest.UsageError(f"of tests with one name pytest-xdist would run one: {', '.join(twice)}")
    for item in items:
        if DATABASE_FIXTURES & set(getattr(item, "fixturenames", ())) or item.get_closest_marker("django_db"):
            item.add_marker(pytest.mark.database)
        if item.get_closest_marker("registry"):
            item.add_marker(pytest.mark.enable_socket)
    # The modules that take longest begin first, so that no process is left with them alone at the end.
    items.sort(key=lambda item: not (item.get_closest_marker("sandbox") or "story" in item.path.parts))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """What tests say of themselves (``record_property("said", ...)``), such as how much was compared."""
    for report in terminalreporter.getreports("passed") + terminalreporter.getreports("failed"):
        for line in [value for name, value in report.user_properties if name == "said"]:
            terminalreporter.write_line(line)


def pytest_unconfigure() -> None:
    if IS_FIRST:
        shutil.rmtree(os.environ["SEAWALL_DATA_DIR"], ignore_errors=True)


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
    """``later(hours=2)`` lets time pass, by the wall clock and by the one that nobody can set."""
    shift = timedelta(0)
    real, steady = clock.now, clock.steady

    def move(**by: float) -> None:
        nonlocal shift
        shift += timedelta(**by)

    monkeypatch.setattr(clock, "now", lambda: real() + shift)
    monkeypatch.setattr(clock, "steady", lambda: steady() + shift.total_seconds())
    return move
