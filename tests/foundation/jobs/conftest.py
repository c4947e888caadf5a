from collections.abc import Iterator

import pytest

from seawall.foundation.jobs.carriers import contract
from support.workers import Nursery, nursery


@pytest.fixture(scope="module")
def _nursery(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nursery]:  # noqa: ARG001
    with nursery(tmp_path_factory.mktemp("nursery")) as home:
        yield home


@pytest.fixture
def workers(_nursery: Nursery, transactional_db: None) -> Iterator[Nursery]:  # noqa: ARG001 - committed rows
    """Real worker processes on this test's database; none is left when the database is emptied."""
    try:
        yield _nursery
    finally:
        _nursery.clear()


@pytest.fixture
def contract_jobs() -> Iterator[None]:
    """The contract's handlers, registered in this process."""
    contract.install()
    try:
        yield
    finally:
        contract.uninstall()
