"""A scene for the tests of the pages, and a browser in front of it."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser

from support import World
from support.browser import EXECUTABLE, chromium
from support.scenery import Scenery
from support.world import Scene


@pytest.fixture
def scene(world: World) -> Scene:
    """The ten organizations, and what happens among them."""
    return Scene(world)


@pytest.fixture
def scenery(world: World, later: Callable[..., None]) -> Scenery:
    """A full day at the clearinghouse."""
    return Scenery(world, later)


@pytest.fixture
def browser(db: None) -> Iterator[Browser]:  # noqa: ARG001 - must end before the database's transaction does
    """Debian's Chromium; skips where it is missing."""
    if not EXECUTABLE.is_file():
        pytest.skip(f"{EXECUTABLE} is missing: the pages were not looked at (install Debian's chromium)")
    with chromium() as started:
        yield started
