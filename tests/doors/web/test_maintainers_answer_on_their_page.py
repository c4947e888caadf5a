"""A maintainer without an account, on pages alone: link, embargo, case, answers; and the coordinator's side of it."""

import re
from typing import Any

import pytest
from django.test import Client

from seawall.clearinghouse.coordination.routing import queries
from seawall.clearinghouse.coordination.routing.models import Delivery, Guest, Link, Maintainer
from seawall.clearinghouse.coordination.routing.turns import ADVANCE
from seawall.foundation.jobs.runner import drain
from support import World
from support.world import JINJA, Scene


def made(browser: Client, case_id: str, name: str = "Ana, maintainer of jinja2") -> str:
    """The path of a new link, as the coordinator reads it on the page."""
    answer = browser.post(f"/cases/{case_id}/routes/link", {"name": name, "days": "14"})
    assert answer.status_code == 200
    found = re.search(r"http://127\.0\.0\.1:8440(/m/[A-Za-z0-9_-]{43})", answer.content.decode())
    assert found
    return found[1]


def text_of(answer: Any) -> str:
    return str(answer.content.decode())


def test_from_the_link_to_the_fixed_version_without_scripts_or_account(world: World) -> None:
    scene = Scene(world)
    case_id = scene.case()
    path = made(scene.browser("clearinghouse"), case_id)
    ana = Client(enforce_csrf_checks=True)
    landing = ana.get(path)
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', text_of(landing))
    assert token

    def post(address: str, **fields: str) -> Any:
        return ana.post(address, {"csrfmiddlewaretoken": token[1], **fields}, follow=True)

    assert Client(enforce_csrf_checks=True).post(f"{path}/open").status_code == 403  # from another site
    invited = post(f"{path}/open")
    home = invited.redirect_chain[-1][0]
    assert "Accept and read" in text_of(invited)
    assert "attr filter" not in text_of(invited)
    read = post(f"{home}/say/embargo", answer="accept")
    for shown in ("attr filter hands out", "3.1.5", "do_attr", "Beginning of the input", "It is a flaw"):
        assert shown in text_of(read), shown
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text_of(read)
    assert read.headers["Cache-Control"] == "no-store"
    assert "I work on it" in text_of(post(f"{home}/say/judge", transition="validate", text="Thank you."))
    assert "Not now" in text_of(post(f"{home}/say/judge", transition="accept"))
    assert "We ship it" in text_of(post(f"{home}/say/say", text="We ship it on Monday."))
    assert "<code>3.1.6</code>" in text_of(post(f"{home}/say/fixed", version="3.1.6"))
    assert 'value="2"' in text_of(post(f"{home}/say/pace", open_limit="2"))
    assert Maintainer.objects.get(key=JINJA).open_limit == 2
    proof = re.search(rf'href="({home}/proofs/[^"]+)"', text_of(ana.get(home)))
    assert proof
    file = ana.get(proof[1])
    assert file.headers["Content-Disposition"].startswith("attachment")
    assert file.headers["Content-Type"] == "application/octet-stream"
    # The finder reads the answer on its own page of the case.
    finder = scene.browser("finder")
    thread = re.search(
        rf'href="(/cases/{case_id}/[^"]*thread[^"]*|/threads/[^"]+)"', text_of(finder.get(f"/cases/{case_id}"))
    )
    assert thread
    assert "We ship it on Monday." in text_of(finder.get(thread[1]))
    left = post(f"{home}/leave")
    assert left.status_code == 200
    assert ana.get(home).status_code == 404


@pytest.mark.parametrize(
    ("step", "fields"),
    [
        ("judge", {"transition": "close"}),
        ("judge", {"transition": "explode"}),
        ("judge", {"transition": "validate", "text": "x" * 9000}),
        ("say", {"text": "   "}),
        ("fixed", {"version": "x" * 300}),
        ("fixed", {"version": "1.0\x07"}),
        ("pace", {"open_limit": "5000"}),
        ("pace", {"open_limit": "-1"}),
        ("embargo", {"answer": "accept"}),
    ],
)
def test_what_does_not_fit_comes_back_beside_its_form(world: World, step: str, fields: dict[str, str]) -> None:
    scene = Scene(world)
    path = made(scene.browser("clearinghouse"), scene.case())
    ana = Client()
    home = ana.post(f"{path}/open").headers["Location"]
    ana.post(f"{home}/say/embargo", {"answer": "accept"})
    answer = ana.post(f"{home}/say/{step}", fields)
    assert answer.status_code in {409, 422}
    assert "Your answers" in text_of(answer)


def test_nothing_that_a_guest_writes_is_markup(world: World) -> None:
    scene = Scene(world)
    hostile = "<script>alert(1)</script>\u202e{{ 7*7 }}"
    browser = scene.browser("clearinghouse")
    case_id = scene.case()
    path = made(browser, case_id, name=hostile)
    ana = Client()
    home = ana.post(f"{path}/open").headers["Location"]
    ana.post(f"{home}/say/embargo", {"answer": "accept"})
    ana.post(f"{home}/say/say", {"text": hostile})
    for page in (ana.get(home), browser.get(f"/cases/{case_id}/routes"), browser.get(f"/cases/{case_id}")):
        assert "<script>alert(1)" not in text_of(page)
        assert "\u202e" not in text_of(page)


def test_the_coordinator_sees_what_became_of_it(world: World) -> None:
    scene = Scene(world)
    browser = scene.browser("clearinghouse")
    case_id = scene.case()
    page = f"/cases/{case_id}/routes"
    path = made(browser, case_id)
    Client().post(f"{path}/open")
    assert "opened" in text_of(browser.get(page))
    for route in ("email", "github"):
        assert browser.post(f"{page}/route", {"route": route}).status_code == 422  # no address yet
    browser.post(f"{page}/address", {"email": "ana@example.org", "github_repository": "pallets/jinja"})
    for route in ("email", "github", "vince"):
        browser.post(f"{page}/route", {"route": route})
        row = Delivery.objects.get(route=route)
        file = browser.post(f"{page}/files/{row.id}")
        assert file.headers["Content-Disposition"].startswith("attachment")
        browser.post(f"{page}/outcome", {"delivery": row.id, "state": "answered", "identifier": f"ID-{route}"})
    shown = text_of(browser.get(page))
    assert [route for route in ("email", "github", "vince") if f"ID-{route}" not in shown] == []
    assert browser.post(f"{page}/address", {"email": "nonsense"}).status_code == 422
    link = Link.objects.get(guest__name__startswith="Ana")
    browser.post(f"{page}/links/{link.id}/revoke")
    assert queries.state_of(Link.objects.get(pk=link.pk)) == "revoked"
    assert {guest.case_id for guest in Guest.objects.all()} == {case_id}


def test_the_pace_page_sets_and_shows(world: World) -> None:
    scene = Scene(world)
    scene.contact("vendor")
    vendor = scene.browser("vendor")
    vendor.post("/pace/set", {"open_limit": "1"})
    scene.case()
    drain(kinds=(ADVANCE,))
    waiting = scene.case(title="Second", identifiers=(), symbols=("other",), result=other())
    assert "<dd>1</dd>" in text_of(vendor.get("/pace"))
    assert waiting not in text_of(vendor.get("/pace"))
    assert waiting in text_of(scene.browser("clearinghouse").get("/pace"))
    assert "next in line" in text_of(scene.browser("finder").get(f"/cases/{waiting}"))
    assert vendor.post("/pace/set", {"open_limit": "1", "maintainer": JINJA}).status_code == 403
    assert vendor.post("/pace/set", {"open_limit": "2000"}).status_code == 422


def other() -> Any:
    from support.world import confirmed  # noqa: PLC0415

    return confirmed(signature="secret-read/1:other")
