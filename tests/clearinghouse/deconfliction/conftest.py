"""The ten organizations, committed, for tests whose threads have connections of their own."""

import pytest

from support import World


@pytest.fixture
def parties(transactional_db: None) -> World:  # noqa: ARG001 - what the other threads can see
    return World()
