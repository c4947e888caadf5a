"""A real server on loopback, for the clients that speak to one."""

from typing import Any

import pytest

from support import World


@pytest.fixture
def server(live_server: Any) -> str:
    """Address of a server with a database of this test's own."""
    return str(live_server.url)


@pytest.fixture
def parties(transactional_db: None) -> World:  # noqa: ARG001 - what the server's threads can see
    """The ten organizations, committed."""
    return World()
