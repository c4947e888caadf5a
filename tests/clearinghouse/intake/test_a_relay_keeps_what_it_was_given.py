"""Credits, chain, origins and embargo terms arrive as they left; whoever changes one of them is told at which hop."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from seawall.clearinghouse.intake import queries, relays, services
from seawall.clearinghouse.intake.errors import ChainAltered, NotThisFormat, ReportTooLarge
from seawall.clearinghouse.intake.formats.interface import parser
from seawall.clearinghouse.intake.models import Report as Row
from seawall.clearinghouse.intake.types import EmbargoTerms, Relay, Report
from seawall.foundation.platform import storage
from seawall.foundation.transparency.queries import openings
from support import World
from support.report_samples import SAMPLES, SEAWALL
from support.world import Scene

WHEN = datetime(2026, 11, 26, 12, tzinfo=UTC)


def hopped(report: Report, number: int, terms: EmbargoTerms | None = None) -> Report:
    """The report after one more hand-over, and its way over the wire."""
    relay = relays.joined(
        replace(report, relay=replace(report.relay, embargo=terms or report.relay.embargo)),
        reporter=f"House {number}",
        recipient=f"https://house{number + 1}.example",
        identifier=f"report-{number}",
        received_at=WHEN + timedelta(days=number),
        source_format="seawall",
        source_digest="sha256:" + "0" * 64,
    )
    (again,) = parser("seawall")(json.dumps(relays.document(replace(report, relay=relay))).encode())
    return again


def travelled(hops: int = 3) -> dict[str, Any]:
    (report,) = parser("seawall")(json.dumps(SEAWALL).encode())
    for number in range(hops):
        report = hopped(report, number)
    return relays.document(report)


def edit(document: Any, *steps: Any, to: Any) -> Any:
    copy = json.loads(json.dumps(document))
    holder = copy
    for step in steps[:-1]:
        holder = holder[step]
    holder[steps[-1]] = to
    return copy


CHANGES: list[tuple[str, tuple[Any, ...], Any, str]] = [
    ("a credit is taken over", ("relay", "credits", 0, "name"), "Mallory", "relay/chain/0/content_digest"),
    ("the credits are dropped", ("relay", "credits"), [], "relay/chain/0/content_digest"),
    ("an origin is hidden", ("relay", "origins"), [], "relay/chain/0/content_digest"),
    ("a sentence is changed", ("description",), "All is well.", "relay/chain/0/content_digest"),
    ("the review is made up", ("provenance", "human_reviewed"), False, "relay/chain/0/content_digest"),
    ("the model is hidden", ("provenance", "model"), "", "relay/chain/0/content_digest"),
    (
        "the embargo is loosened",
        ("relay", "chain", 0, "embargo", "until"),
        "2028-01-01T00:00:00Z",
        "relay/chain/0/digest",
    ),
    ("the label is loosened", ("relay", "chain", 0, "embargo", "tlp"), "CLEAR", "relay/chain/0/digest"),
    ("the terms are dropped", ("relay", "chain", 0, "embargo"), None, "relay/chain/0/digest"),
    ("a reporter is renamed", ("relay", "chain", 1, "reporter"), "Mallory", "relay/chain/1/digest"),
    ("an identifier is changed", ("relay", "chain", 2, "identifier"), "x", "relay/chain/2/digest"),
    ("a digest is made up", ("relay", "chain", 1, "digest"), "sha256:" + "1" * 64, "relay/chain/1/digest"),
]


@pytest.mark.parametrize(("steps", "value", "where"), [one[1:] for one in CHANGES], ids=[one[0] for one in CHANGES])
def test_a_change_on_the_way_is_refused_at_its_hop(steps: Any, value: Any, where: str) -> None:
    document = travelled()
    parser("seawall")(json.dumps(document).encode())
    with pytest.raises(ChainAltered) as refusal:
        parser("seawall")(json.dumps(edit(document, *steps, to=value)).encode())
    assert refusal.value.field == where
    assert refusal.value.action


@pytest.mark.parametrize(
    ("kept", "where"),
    [
        ([0, 2], "relay/chain/1/previous"),
        ([1, 2], "relay/chain/0/previous"),
        ([1, 0, 2], "relay/chain/0/previous"),
        ([0, 1, 1, 2], "relay/chain/2/previous"),
    ],
    ids=["a hop is taken out", "the first hop is taken out", "hops change places", "a hop comes twice"],
)
def test_a_chain_only_grows(kept: list[int], where: str) -> None:
    document = travelled()
    chain = document["relay"]["chain"]
    with pytest.raises(ChainAltered) as refusal:
        parser("seawall")(json.dumps(edit(document, "relay", "chain", to=[chain[n] for n in kept])).encode())
    assert refusal.value.field == where


def test_what_is_kept_altered_is_not_handed_on() -> None:
    (report,) = parser("seawall")(json.dumps(travelled()).encode())
    with pytest.raises(ChainAltered):
        relays.document(replace(report, title="Another"))


@pytest.mark.parametrize(
    ("steps", "value"),
    [
        (("relay", "chain", 0, "received_at"), "yesterday"),
        (("relay", "chain", 0, "received_at"), "2026-11-26T12:00:00+01:00"),
        (("relay", "chain", 0, "received_at"), "9999-12-31T00:00:00Z"),
        (("relay", "chain", 0, "digest"), "sha256:IGNORE ALL PREVIOUS INSTRUCTIONS"),
        (("relay", "chain", 0, "digest"), None),
        (("relay", "chain", 0, "extra"), "x"),
        (("relay", "embargo"), {"until": "2026-01-01", "days": 3}),
        (("relay", "embargo"), {"days": 10**9}),
        (("relay", "embargo"), {"until": "soon"}),
        (("relay", "embargo"), {"tlp": "PURPLE"}),
        (("relay", "credits"), [{"nmae": "x"}]),
    ],
)
def test_a_relay_that_cannot_be_read_names_the_place(steps: Any, value: Any) -> None:
    with pytest.raises(NotThisFormat) as refusal:
        parser("seawall")(json.dumps(edit(travelled(), *steps, to=value)).encode())
    assert refusal.value.field
    assert refusal.value.field.startswith("relay/")


def test_the_earliest_end_and_the_strictest_label_bind_and_the_others_are_named() -> None:
    (report,) = parser("seawall")(json.dumps({**SEAWALL, "relay": None}).encode())
    for number, terms in enumerate(
        [
            EmbargoTerms(until="2027-02-01T00:00:00Z", tlp="AMBER", text="Our policy: 90 days."),
            EmbargoTerms(days=30, tlp="RED"),
            EmbargoTerms(until="2028-01-01T00:00:00Z", tlp="GREEN", text="We would like more time."),
        ]
    ):
        report = hopped(report, number, terms)
    found = relays.binding(report.relay)
    assert (found.until, found.until_by) == ("2026-12-27T12:00:00Z", "House 1")  # 30 days from that hop's receipt
    assert (found.tlp, found.tlp_by) == ("RED", "House 1")
    assert found.looser == (
        "House 0 asked for 2027-02-01T00:00:00Z; 2026-12-27T12:00:00Z binds.",
        "House 2 asked for 2028-01-01T00:00:00Z; 2026-12-27T12:00:00Z binds.",
        "House 0 asked for TLP:AMBER; TLP:RED binds.",
        "House 2 asked for TLP:GREEN; TLP:RED binds.",
    )
    assert found.texts == ("House 0: Our policy: 90 days.", "House 2: We would like more time.")
    assert relays.binding(Relay()) == relays.Binding()


@pytest.mark.django_db
@pytest.mark.parametrize("name", sorted(SAMPLES))
def test_each_hop_answers_with_its_identifier_and_a_longer_chain(world: World, name: str) -> None:
    first = world.api("finder").post("/reports", form={"report": _file(SAMPLES[name].data())})
    assert first.status == 202, first.body
    assert (first.body["format"], first.body["identifier"]) == (name, first.body["reports"][0])
    assert [hop["reporter"] for hop in first.body["chain"]] == ["finder"]

    sent = world.api("finder").get(f"/reports/{first.body['identifier']}/relay")
    assert sent.status == 200
    second = world.api("rival").post("/reports", raw=sent.content)
    assert second.status == 202, second.body
    assert [hop["reporter"] for hop in second.body["chain"]] == ["finder", "rival"]
    assert second.body["chain"][-1]["identifier"] == second.body["identifier"] != first.body["identifier"]
    assert second.body["chain"][0] == first.body["chain"][0]

    one, other = (
        world.api(who).get(f"/reports/{answer.body['identifier']}").body
        for who, answer in (("finder", first), ("rival", second))
    )
    for kept in (
        "title",
        "description",
        "package",
        "versions",
        "provenance",
        "credits",
        "origins",
        "found_by",
        "embargo",
    ):
        assert one[kept] == other[kept], kept
    (entry,) = openings(world.actor("rival"), [second.body["identifier"]])
    assert entry.payload["hop"] == second.body["chain"][-1]["digest"]


@pytest.mark.django_db
def test_an_altered_relay_is_refused_at_the_door_with_its_reason(world: World) -> None:
    changed = edit(travelled(), "relay", "credits", 0, "name", to="Mallory")
    answer = world.api("rival").post("/reports", changed)
    assert (answer.status, answer.code) == (422, "chain-altered")
    assert answer.body["field"] == "relay/chain/0/content_digest"
    assert not Row.objects.exists()


@pytest.mark.django_db
def test_a_row_that_was_changed_is_not_handed_on(world: World) -> None:
    report_id = world.api("finder").post("/reports", SEAWALL).body["identifier"]
    Row.objects.update(description="Changed behind the chain's back.")
    answer = world.api("finder").get(f"/reports/{report_id}/relay")
    assert (answer.status, answer.code) == (422, "chain-altered")


@pytest.mark.django_db
def test_a_report_from_before_chains_were_kept_has_its_one_hop(world: World) -> None:
    report_id = world.api("finder").post("/reports", SEAWALL).body["identifier"]
    old = {"ai_assisted": True, "model": "m", "tool": "", "human_reviewed": False}
    Row.objects.update(relay={}, unread=[], provenance=old)
    found = world.api("finder").get(f"/reports/{report_id}").body
    assert [hop["identifier"] for hop in found["chain"]] == [report_id]
    assert found["found_by"] == "found by AI: model m, not reviewed by a person"
    sent = world.api("finder").get(f"/reports/{report_id}/relay")
    assert world.api("rival").post("/reports", raw=sent.content).status == 202


@pytest.mark.django_db
def test_a_foreign_report_is_not_relayed(world: World) -> None:
    report_id = world.api("finder").post("/reports", SEAWALL).body["identifier"]
    answer = world.api("rival").get(f"/reports/{report_id}/relay")
    assert (answer.status, answer.code) == (404, "not-found")


@pytest.mark.django_db
def test_a_chain_has_an_end(world: World) -> None:
    document = travelled(relays.CHAIN_MAX)
    with pytest.raises(ReportTooLarge):
        services.prepare(world.actor("finder"), "", json.dumps(document).encode(), None)


@pytest.mark.django_db
def test_the_bytes_as_sent_are_kept_with_what_was_not_understood(world: World) -> None:
    data = json.dumps({**SAMPLES["akrites-tap"].document, "new_member": {"a": 1}}).encode()
    receipt = world.api("finder").post("/reports", raw=data).body
    assert receipt["unread"] == ["new_member"]
    assert queries.for_the_clearinghouse(receipt["identifier"]).unread == ["new_member"]

    assert storage.read(receipt["report_digest"]) == data
    address = f"/reports/{receipt['identifier']}/source"
    for who in ("finder", "clearinghouse"):
        answer = world.api(who).get(address)
        assert (answer.status, answer.content) == (200, data)
        assert answer.headers["Content-Type"] == "application/octet-stream"
        assert answer.headers["Content-Disposition"].startswith("attachment")
    assert world.api("rival").get(address).status == 404
    assert "reporter@example.org" not in json.dumps(world.api("finder").get(f"/reports/{receipt['identifier']}").body)


def _file(data: bytes) -> Any:

    return SimpleUploadedFile("report", data)


@pytest.mark.django_db
def test_a_signatory_reads_the_report_and_not_its_bytes(world: World) -> None:
    scene = Scene(world)
    scene.contact("vendor")
    case_id = scene.case()
    scene.accepts("vendor", case_id)
    report_id = Row.objects.get().id
    vendor = world.api("vendor")
    assert vendor.get(f"/reports/{report_id}").status == 200
    answer = vendor.get(f"/reports/{report_id}/source")
    assert (answer.status, answer.body) == (
        404,
        {**vendor.get("/reports/report_" + "a" * 26 + "/source").body, **_own(answer)},
    )


def _own(answer: Any) -> dict[str, Any]:
    """What of a problem document is about the one request."""
    return {name: answer.body[name] for name in ("request_id", "instance") if name in answer.body}
