"""A scene for the tests of the pages."""

import pytest

from support import World
from support.world import Scene


@pytest.fixture
def scene(world: World) -> Scene:
    """The ten organizations, and what happens among them."""
    return Scene(world)
