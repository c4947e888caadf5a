"""However a target is spelled, the second finder learns that it is taken."""

import pytest

from seawall.clearinghouse.deconfliction import targets
from seawall.clearinghouse.deconfliction.services import release_lease, request_lease
from seawall.foundation.platform.errors import BadInput
from support import World

JINJA = "https://github.com/pallets/jinja"


@pytest.mark.parametrize(
    "spelling",
    [
        "git@github.com:pallets/jinja.git",
        "git@GitHub.com:Pallets/Jinja",
        "ssh://git@github.com:22/pallets/jinja.git/",
        "git://github.com/pallets/jinja",
        "git+ssh://git@github.com/pallets/jinja.git.git",
        "https://user:password@github.com:443/pallets/jinja",
        "https://www.github.com//pallets/./jinja///",
        "https://github.com/pallets/jinja?tab=readme#top",
        "https://github.com/pallets/jinja/tree/main/src",
        "https://github.com/%70allets/jinja",
        "https://github.com./pallets/jinja",
        "pkg:github/Pallets/Jinja@3.1.4",
        "  HTTPS://GITHUB.COM/PALLETS/JINJA.GIT  ",
    ],
)
def test_a_repository_has_one_name(spelling: str) -> None:
    assert targets.normalize_target(spelling).name == JINJA


@pytest.mark.parametrize(
    ("spelling", "name", "repository"),
    [
        ("pkg:PyPI/Jinja2@3.1?extension=sdist#src", "pkg:pypi/jinja2", ""),
        (f"pkg:pypi/jinja2?vcs_url=git%2B{JINJA}%40abc", "pkg:pypi/jinja2", JINJA),
        ("pkg:npm/%40Babel/Core", "pkg:npm/%40babel/core", ""),
        ("pkg:golang/github.com/Foo/Bar/v2@v2.1.0", "pkg:golang/github.com/foo/bar/v2", "https://github.com/foo/bar"),
    ],
)
def test_a_package_has_one_name_and_says_its_repository(spelling: str, name: str, repository: str) -> None:
    assert targets.normalize_target(spelling) == targets.Target(name, repository)


@pytest.mark.parametrize(
    "spelling",
    [
        "https://github.com/pallets",
        "https://github.com/../x",
        "https://github.com/a/%2e%2e/b",
        "https://[::1",
        "https://exa mple.org/a",
        "https://example.org/a\x00b",
        "javascript:alert(1)",
        "pkg:pypi/%20",
        "x" * 10_000,
        "https://example.org/" + "a" * 500,
    ],
)
def test_what_names_nothing_is_refused(spelling: str) -> None:
    with pytest.raises(BadInput) as refusal:
        targets.normalize_target(spelling)
    assert refusal.value.field == "target"


def test_two_unicode_spellings_of_a_path_are_one() -> None:
    assert targets.normalize_path("src/caf\u00e9/") == targets.normalize_path("./src//cafe\u0301/")


@pytest.mark.django_db
def test_a_package_and_its_repository_are_one_ground_in_either_order(world: World) -> None:
    finder, rival = world.actor("finder"), world.actor("rival")
    lease = request_lease(finder, target="pkg:pypi/jinja2", repository="git@github.com:Pallets/jinja.git").leases[0]
    assert request_lease(rival, target=JINJA).outcome == "taken"
    assert request_lease(rival, target="pkg:deb/debian/jinja2", repository=JINJA).outcome == "taken"
    release_lease(finder, lease.id)
    request_lease(finder, target=JINJA)
    assert request_lease(rival, target="pkg:pypi/jinja2", repository=f"{JINJA}.git").outcome == "taken"
