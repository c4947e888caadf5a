"""Pages say that AI found it, with which model and harness, and whether a person looked; and through whose hands it came."""

import pytest

from seawall.clearinghouse.intake.types import Cost, Credit, EmbargoTerms, Provenance, Relay
from support import World
from support.report_samples import SAMPLES
from support.world import Scene

pytestmark = pytest.mark.django_db
AI = Provenance(
    ai_assisted=True,
    model="lantern-3 <b>",
    harness="Night Watch",
    cost=Cost(amount="12.50", currency="USD", tokens=1_200_000),
    prompts_digest="sha256:" + "ab" * 32,
)
LABEL = "found by AI: model lantern-3 &lt;b&gt;, harness Night Watch, not reviewed by a person"
TERMS = EmbargoTerms(until="2027-01-01T00:00:00Z", tlp="AMBER", text="Not before <i>the fix</i>.")


@pytest.fixture
def scene(world: World) -> Scene:
    return Scene(world)


def test_the_label_stands_on_the_report_its_list_its_case_and_in_the_queue(scene: Scene) -> None:
    report_id = scene.report(provenance=AI, relay=Relay(credits=(Credit("Ada <u>", "Harbor"),), embargo=TERMS))
    finder, coordinator = scene.browser("finder"), scene.browser("clearinghouse")
    page = finder.get(f"/reports/{report_id}").content.decode()
    assert LABEL in page
    for words in (
        "12.50 USD",
        "1200000 tokens",
        "sha256:abab",
        "Ada &lt;u&gt; (Harbor)",
        "until 2027-01-01",
        "TLP:AMBER",
    ):
        assert words in page, words
    assert "Not before &lt;i&gt;the fix&lt;/i&gt;." in page
    assert LABEL in finder.get("/reports").content.decode()
    assert LABEL in coordinator.get("/queue?show=proving").content.decode()
    case_id = scene.case(provenance=AI)
    assert LABEL in coordinator.get(f"/cases/{case_id}").content.decode()


def test_what_a_person_found_says_nothing_of_ai(scene: Scene) -> None:
    report_id = scene.report(provenance=Provenance(tool="gdb"))
    page = scene.browser("finder").get(f"/reports/{report_id}").content.decode()
    assert "found by AI" not in page
    assert "not said to be found with AI" in page
    assert "found by AI" not in scene.browser("finder").get("/reports").content.decode()


def test_a_relayed_report_shows_its_chain(scene: Scene, world: World) -> None:
    first = world.api("finder").post("/reports", SAMPLES["seawall"].document).body["identifier"]
    sent = world.api("finder").get(f"/reports/{first}/relay").content
    second = world.api("rival").post("/reports", raw=sent).body["identifier"]
    page = scene.browser("rival").get(f"/reports/{second}").content.decode()
    assert "Through whose hands it came" in page
    assert first in page
    assert "Through whose hands" not in scene.browser("finder").get(f"/reports/{first}").content.decode()
