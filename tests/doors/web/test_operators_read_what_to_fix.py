"""Which things this week, by when, and where the fix is; and what nobody can say about the rest."""

import html
import json
import re
from datetime import date, timedelta
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from hypothesis import given
from hypothesis import strategies as st

from seawall.clearinghouse.directives.types import ClockView
from seawall.clearinghouse.matching.types import Confidence, ExposureState, ExposureView, Reach
from seawall.clearinghouse.prioritization import services as prioritization
from seawall.doors.web import words
from seawall.doors.web.due import Urgency, grouped, urgency_of
from seawall.foundation.platform import clock
from support import KEEPER
from support.scenery import KEV, Scenery
from support.world import Scene

TODAY = date(2026, 11, 24)
NOW = clock.now()


def clock_of(due: date | None, rule: str = "6") -> ClockView:
    known: dict[str, Any] = {
        "directive": "BOD 26-04",
        "version": "1.0.0/flat",
        "started": TODAY,
        "days": None if due is None else (due - TODAY).days,
        "triage": False,
        "why": "Because.",
        "inputs": (),
        "assumed": (),
        "set_at": NOW,
        "reason": "Found.",
        "replaced_at": None,
        "replaced_reason": "",
    }
    return ClockView(rule=rule, due=due, **known)


def view(number: int, running: ClockView | None, component: str = "jinja2") -> ExposureView:
    return ExposureView(
        id=f"exposure_{number}",
        inventory_id=f"inventory_{number}",
        inventory_name="Ward",
        component=component,
        version="3.1.4",
        purl="",
        advisory_id="SEAWALL-2026-AAAAAAAA",
        title="A flaw",
        severity="",
        identifiers=(),
        fixed="3.1.6",
        reason="It is.",
        confidence=Confidence.RANGE,
        reach=Reach.UNKNOWN,
        environment="",
        path=(),
        found_at=NOW,
        published_at=NOW,
        state=ExposureState.OPEN,
        clock=running,
    )


def test_urgency_turns_at_midnight() -> None:
    days = {-1: "late", 0: "week", 7: "week", 8: "later"}
    assert {day: urgency_of(clock_of(TODAY + timedelta(days=day)), TODAY).value for day in days} == days
    assert urgency_of(clock_of(None), TODAY) is Urgency.UPGRADE
    assert urgency_of(None, TODAY) is Urgency.UNDATED


def test_one_update_is_one_step_however_many_inventories_have_it() -> None:
    due = clock_of(TODAY)
    (group,) = grouped([view(1, due), view(2, due), view(3, due, "mako")], TODAY)
    assert [[place.id for place in step.places] for step in group.steps] == [
        ["exposure_1", "exposure_2"],
        ["exposure_3"],
    ]
    (step,) = grouped([view(1, due), view(2, clock_of(TODAY, rule="5"))], TODAY)[0].steps
    assert [place.id for flaw in step.flaws for place in flaw.later] == ["exposure_2"], "its date rests on another rule"


@given(st.lists(st.one_of(st.none(), st.integers(-30, 90)), max_size=30))
def test_grouping_loses_nothing_and_keeps_the_order(days: list[int | None]) -> None:
    views = [
        view(number, clock_of(None if day is None else TODAY + timedelta(days=day)), f"c{number}")
        for number, day in enumerate(sorted(days, key=lambda day: (day is None, day or 0)))
    ]
    groups = grouped(views, TODAY)
    assert [place for group in groups for step in group.steps for place in step.places] == views
    assert [group.urgency for group in groups] == [one for one in Urgency if one in {g.urgency for g in groups}]


def text_of(answer: Any) -> str:
    """The words of a page's main part."""
    main = answer.content.decode().partition("<main")[2].partition(">")[2].partition("</main>")[0]
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", main)).split())


def test_the_list_says_what_by_when_where_and_why(scenery: Scenery) -> None:
    text = text_of(scenery.browser("hospital").get("/exposures"))
    places = [text.index(words) for words in ("Overdue", "Due within seven days", "Later")]
    assert places == sorted(places)
    late, week, later = (text[start:end] for start, end in zip(places, [*places[1:], len(text)], strict=True))
    assert "Update tqdm 4.66.2 → to 4.66.3" in late
    assert "2 days late" in late
    assert "CVE-2024-34062" in late
    assert "Row 7 of BOD 26-04" in late
    assert "Update sqlparse 0.4.4 → to 0.5.0" in week
    assert "in 4 days" in week
    assert week.count("Update") == 1, "one update for both inventories"
    assert "Patient services" in week
    assert "Imaging" in week
    assert "records-import 1.14.2 › sqlparse 0.4.4" in week
    assert "0.4.4 is among the affected: every version before 0.5.0." in week
    assert "the flat rule of BOD 26-04" in later
    assert "counted as exposed" in later
    assert "Update mako 1.2.1 → to 1.2.4 Fixes all 2 findings" in later, "one update for both flaws"
    assert "Imaging: with the next system upgrade" in later, "the same update is less urgent in another place"
    assert "py7zr" not in text, "what was judged is out of the list"
    assert "4 of them cannot be matched" in text


def test_one_inventory_or_one_advisory_can_be_asked_for(scenery: Scenery) -> None:
    hospital = scenery.browser("hospital")
    assert "tqdm" not in text_of(hospital.get(f"/exposures?inventory={scenery.ward}"))
    only = text_of(hospital.get(f"/exposures?advisory={scenery.advisory}"))
    assert "sqlparse" in only
    assert "tqdm" not in only
    assert "Nothing here is affected" in text_of(hospital.get("/exposures?advisory=SEAWALL-2026-NOTHING1"))


def test_an_exposure_tells_everything_behind_its_date(scenery: Scenery) -> None:
    path = scenery.pages()["hospital"][1]
    text = text_of(scenery.browser("hospital").get(path))
    for words_ in ("2 days late", "Update to 4.66.3", "total technical impact", "CISA's Vulnrichment, 2024-06-17"):
        assert words_ in text


def test_a_date_that_moved_keeps_its_history(scenery: Scenery) -> None:
    path = scenery.pages()["hospital"][1]
    listed = {"cveID": "CVE-2024-34062", "dateAdded": "2026-12-09", "dueDate": "2026-12-30"}
    catalog = {**KEV, "dateReleased": "2026-12-10T00:00:00Z", "vulnerabilities": [*KEV["vulnerabilities"], listed]}
    prioritization.load_kev(KEEPER, json.dumps(catalog).encode())
    scenery.works()
    text = text_of(scenery.browser("hospital").get(path))
    assert "Row 3 of BOD 26-04" in text
    assert "collect evidence first" in text
    assert "collect forensic evidence" in text
    history = text[text.index("Dates it had") :]
    assert "row 3 of BOD 26-04" in history
    assert "row 7 of BOD 26-04" in history
    assert "in kev no → yes" in history


def test_nothing_uploaded_is_not_nothing_to_fix(scene: Scene) -> None:
    agency = scene.browser("agency")
    assert "no inventory is here" in text_of(agency.get("/exposures"))
    scene.inventory("agency", b'{"bomFormat": "CycloneDX", "specVersion": "1.6", "components": []}', "Empty")
    assert "Nothing to fix" in text_of(agency.get("/exposures"))


def upload(client: Any, name: str, data: bytes) -> Any:
    return client.post(
        "/inventories/upload", {"name": name, "sbom": SimpleUploadedFile("sbom.json", data)}, follow=True
    )


def test_an_inventory_is_taken_in_read_and_taken_back(scene: Scene) -> None:
    hospital = scene.browser("hospital")
    data = Scenery._sbom("marrow-county-hospital")
    answer = upload(hospital, "Ward 3", data)
    address = answer.redirect_chain[-1][0]
    assert "being read" in text_of(answer)
    assert 'hx-get="' in answer.content.decode()
    scene.works()
    assert hospital.get(f"{address}/state").headers["HX-Refresh"] == "true"
    text = text_of(hospital.get(address))
    assert "80 of 82 components are matched" in text
    assert "patient-portal 3.2.0" in text
    assert "it has no package URL" in text
    everything = hospital.get(f"{address}?show=all").content.decode()
    assert 'rel="next"' not in everything  # 82 lines fit on a page of 100
    gone = hospital.post(f"{address}/withdraw", follow=True)
    assert "Ward 3 is deleted here" in text_of(gone)
    assert hospital.get(address).status_code == 404


def test_what_cannot_be_read_says_so_beside_the_form_or_on_its_page(scene: Scene) -> None:
    hospital = scene.browser("hospital")
    for name, data, said in (("", b"{}", "Fill in 'name'"), ("Ward", b" ", "inventory is empty")):
        answer = upload(hospital, name, data)
        assert answer.status_code == 422
        assert said in text_of(answer)
    missing = hospital.post("/inventories/upload", {"name": "Ward <3>"})
    assert "No document was chosen" in text_of(missing)
    assert 'value="Ward &lt;3&gt;"' in missing.content.decode(), "what was written is kept"
    address = upload(hospital, "Ward", b"not json").redirect_chain[-1][0]
    scene.works()
    text = text_of(hospital.get(address))
    assert "not readable" in text
    assert "What you uploaded before stays in force" in text


def test_a_newer_inventory_replaces_the_older_on_the_pages_too(scene: Scene) -> None:
    for _ in range(2):
        scene.inventory("hospital", Scenery._sbom("marrow-county-hospital"), "Ward 3")
    text = text_of(scene.browser("hospital").get("/inventories"))
    assert text.count("watched") == 1
    assert text.count("replaced") == 1


def test_words_for_dates() -> None:
    said = {-2: "2 days late", -1: "1 day late", 0: "today", 1: "tomorrow", 2: "in 2 days"}
    assert {day: words.days_until(TODAY + timedelta(days=day), TODAY) for day in said} == said
    assert words.day(TODAY) == "Tue 24 Nov 2026"
    assert words.rule("BOD 26-04", "6") == "row 6 of BOD 26-04"
    assert words.rule("BOD 26-04", "flat") == "the flat rule of BOD 26-04"
