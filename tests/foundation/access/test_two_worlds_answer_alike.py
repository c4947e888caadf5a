"""Two worlds that differ only in another tenant's secrets give every outsider the same bytes: lists, counts, pages, errors.

Both worlds stand on one base, in which the outsiders have things of their own; the secrets are played on top of it and
taken back. Every address that an outsider can find is asked: what its own answers name, what its pages link to, and
what other tenants have. Only what differs between two requests in one and the same world is left out (``_plain``), and
the public log, whose size everybody sees (docs/decisions/0021).
"""

import contextlib
import random
import re
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import pytest
from django.db import transaction
from django.test import Client

from seawall.clearinghouse.coordination.conversations import services as conversations
from seawall.clearinghouse.coordination.conversations.types import Audience, AudiencePart
from seawall.clearinghouse.coordination.embargoes import services as embargoes
from seawall.clearinghouse.deconfliction.commitments import services as commitments
from seawall.clearinghouse.deduplication import deciding
from seawall.foundation.access.types import OrganizationKind
from seawall.foundation.identity.services import create_organization
from seawall.foundation.platform import clock
from support import KEEPER, Api, World
from support.scenery import Scenery
from support.world import Scene, confirmed, refuted

from .test_default_deny import OPERATIONS

pytestmark = pytest.mark.django_db
OUTSIDERS = ("stranger", "bank", "evaluator", "lab")
"""None of them takes part in what is secret; two are vendors' and operators' eyes, two finders'."""
SECRET = ("sealed-lab", "sealed-vendor", "sealed-clinic")
PACKAGES = ("pkg:pypi/jinja2", "pkg:pypi/sqlparse", "pkg:npm/sealed")
"""Two that outsiders run or have advisories of; none whose contact is an outsider, who would be invited."""
WORDS = ["amber", "basalt", "cinder", "drift", "ember", "fathom", "gale", "harrow", "inlet", "jetty", "kelp", "lagoon"]
PAGES_MAX = 60
_CHANGING = (
    (re.compile(rb'name="csrfmiddlewaretoken" value="[^"]+"'), b"csrf"),
    (re.compile(rb'nonce(-|=")[A-Za-z0-9+/_=-]+'), b"nonce"),
    (re.compile(rb'"request_id": ?"[^"]+"'), b"request"),
    (re.compile(rb"<code>[0-9a-f]{32}</code>"), b"request"),
)
_HEADERS = ("ETag", "Last-Modified", "Link", "Location", "Cache-Control", "Content-Type", "X-Total-Count")


class _TakenBackError(Exception):
    """Ends a world."""


@contextlib.contextmanager
def _world_with(secrets: Callable[[], None]) -> Iterator[None]:
    """A world in which the secrets have happened, and that is taken back afterwards."""
    with contextlib.suppress(_TakenBackError), transaction.atomic():
        secrets()
        yield
        raise _TakenBackError


def _plain(data: bytes) -> bytes:
    for pattern, instead in _CHANGING:
        data = pattern.sub(instead, data)
    return data


def _said(response: Any, content: bytes) -> tuple[Any, ...]:
    status = getattr(response, "status_code", None) or response.status
    return status, tuple(response.headers.get(name) for name in _HEADERS), _plain(content)


class Outsider:
    """Somebody who looks everywhere."""

    def __init__(self, scene: Scene, name: str) -> None:
        self._api = scene.world.api(name)
        self._browser: Client = scene.browser(name)
        self.name = name

    def looks(self, foreign: list[str]) -> dict[str, tuple[Any, ...]]:
        """Every address with what it answered: the API's, with one's own things and others'; the pages', by their links."""
        found: dict[str, tuple[Any, ...]] = {}
        known = {"case_" + "a" * 26, *foreign}
        paths = sorted(
            path
            for path, one in OPERATIONS
            if "GET" in one.methods and not path.startswith("/log") and path != "/health"
        )
        for path in [path for path in paths if "{" not in path]:
            found[path] = self._asked(self._api, path)
            known |= {one.decode() for one in re.findall(rb"\b[a-z]+_[a-z2-7]{26}\b", found[path][2])}
        for path in [path for path in paths if "{" in path]:
            kind = re.findall(r"\{(?:\w+:)?(\w+)\}", path)[0]
            for one in sorted(known):
                if one.startswith(kind[:4]) or one in foreign:
                    address = re.sub(r"\{[^}]+\}", one, path, count=1)
                    found[address] = self._asked(self._api, re.sub(r"\{[^}]+\}", "1", address))
        return found | self._pages()

    @staticmethod
    def _asked(api: Api, path: str) -> tuple[Any, ...]:
        answer = api.get(path)
        return _said(answer, answer.content)

    def _pages(self) -> dict[str, tuple[Any, ...]]:
        found: dict[str, tuple[Any, ...]] = {}
        waiting = [
            "/",
            "/cases",
            "/reports",
            "/scans",
            "/ground",
            "/networks",
            "/exposures",
            "/notices",
            "/invitations",
        ]
        while waiting and len(found) < PAGES_MAX:
            address = waiting.pop(0)
            if address in found or re.match(r"/(log|accounts|static|api)\b", address):
                continue
            response = self._browser.get(address)
            content = b"".join(response.streaming_content) if response.streaming else response.content
            found[address] = _said(response, content)
            waiting += sorted({link.decode() for link in re.findall(rb'href="(/[^"#]*)"', content)})
        return found


class Secrets:
    """What three tenants keep to themselves, by chance: reports, cases, words, ground, what they run."""

    def __init__(self, scene: Scene, chance: random.Random) -> None:
        self.scene, self.chance = scene, chance

    def happen(self) -> None:
        """All of it."""
        for step in (self._cases, self._ground, self._portfolio):
            step()
        self.scene.works()

    def _text(self) -> str:
        return " ".join(self.chance.choices(WORDS, k=self.chance.randint(2, 9)))

    def _cases(self) -> None:
        scene, chance = self.scene, self.chance
        coordinator, cases = scene.world.actor("clearinghouse"), []
        for _ in range(chance.randint(1, 3)):
            package = chance.choice(PACKAGES)
            text = {"title": self._text(), "description": self._text(), "package": package, "identifiers": ()}
            if chance.random() < 0.3:
                report = scene.report("sealed-lab", **text)
                scene.judged(report, refuted())
                scene.folded(report)
                continue
            target = {"package": package, "vulnerable": {"version": "1"}, "fixed": {"version": "2"}}
            result = confirmed(target=target, signature=f"crash/1:{chance.randrange(3)}@{package}")
            cases.append(scene.case("sealed-lab", result=result, **text))
        for case_id in dict.fromkeys(cases):
            conversations.open_thread(
                coordinator,
                case_id,
                topic=self._text(),
                audience=Audience(parts=frozenset({AudiencePart.EVERYBODY})),
                text=self._text(),
            )
            if chance.random() < 0.3:
                embargoes.end_embargo(coordinator, case_id, reason=self._text())
        distinct = list(dict.fromkeys(cases))
        if len(distinct) > 1 and chance.random() < 0.5:
            with contextlib.suppress(ValueError):
                deciding.hold_apart(coordinator, distinct[0], distinct[1], reason=self._text())

    def _ground(self) -> None:
        scene, chance = self.scene, self.chance
        for _ in range(chance.randint(0, 2)):
            scene.lease("sealed-lab", target="pkg:npm/sealed", paths=[f"{chance.choice(WORDS)}/"], techniques=[])
        for _ in range(chance.randint(0, 2)):
            commitments.seal(scene.world.actor("sealed-lab"), digest=chance.randbytes(32).hex())

    def _portfolio(self) -> None:
        for _ in range(self.chance.randint(0, 1)):
            version = self.chance.choice(["3.1.4", "3.1.5", "3.1.6"])
            self.scene.inventory(
                "sealed-clinic",
                (
                    '{"bomFormat": "CycloneDX", "specVersion": "1.5", "version": 1, "components": [{"type": "library", '
                    f'"name": "jinja2", "version": "{version}", "purl": "pkg:pypi/jinja2@{version}"}}]}}'
                ).encode(),
                self._text(),
            )


def _foreign(scene: Scene, chance: random.Random) -> list[str]:
    """Identifiers of other tenants' things in the base, which every outsider may guess."""
    found = []
    for owner in ("finder", "rival", "hospital"):
        for path in ("/reports", "/cases", "/leases", "/inventories", "/commitments", "/networks", "/scans"):
            answer = scene.world.api(owner).get(path)
            found += (
                [one["id"] for one in (answer.body or {}).get("items", []) if "id" in one]
                if answer.status == 200
                else []
            )
    return sorted(chance.sample(found, min(len(found), 6)))


def _base(world: World, later: Callable[..., None]) -> Scene:
    kinds = (OrganizationKind.FINDER, OrganizationKind.VENDOR, OrganizationKind.OPERATOR)
    scene = Scenery(world, later)
    for name, kind in zip(SECRET, kinds, strict=True):
        world.organizations[name] = create_organization(KEEPER, name, kind)
    return scene


@pytest.mark.parametrize("pairs", [pytest.param(1, id="1"), pytest.param(500, id="500", marks=pytest.mark.long)])
def test_no_answer_tells_the_worlds_apart(
    pairs: int, world: World, later: Callable[..., None], monkeypatch: pytest.MonkeyPatch, record_property: Any
) -> None:
    scene = _base(world, later)
    outsiders = {name: Outsider(scene, name) for name in OUTSIDERS}
    now: datetime = clock.now()
    steady = clock.steady()
    monkeypatch.setattr(clock, "now", lambda: now)
    monkeypatch.setattr(clock, "steady", lambda: steady)
    chance = random.Random(22)  # noqa: S311 - which secrets, not a secret
    compared = 0
    for number in range(pairs):
        foreign, outsider = _foreign(scene, chance), outsiders[OUTSIDERS[number % len(OUTSIDERS)]]
        looks = []
        for _ in range(2):
            secrets = Secrets(scene, random.Random(chance.random()))  # noqa: S311 - as above
            with _world_with(secrets.happen):
                looks.append(outsider.looks(foreign))
        first, second = looks
        assert first.keys() == second.keys(), sorted(first.keys() ^ second.keys())
        different = [address for address in first if first[address] != second[address]]
        assert not different, (number, outsider.name, [(one, first[one], second[one]) for one in different[:2]])
        assert any(answer[0] == 200 for answer in first.values())
        compared += len(first)
    record_property("said", f"two worlds: {pairs} pairs, {compared} answers compared, 0 differ")
