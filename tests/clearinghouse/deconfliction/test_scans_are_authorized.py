"""An operator says what may be scanned; bookings are spread; the SOC knows at once; a stop reaches the scanner."""

import ipaddress
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seawall.clearinghouse.deconfliction.models import Booking
from seawall.clearinghouse.deconfliction.networks import daily, queries, rules, services
from seawall.clearinghouse.deconfliction.networks.types import Limits, Load, Span, Weekly
from seawall.clearinghouse.distribution.queries import notices_of
from seawall.foundation.platform import clock
from seawall.foundation.platform.errors import BadInput, Conflict, NotAuthentic, NotFound, RateLimited
from seawall.foundation.platform.signing import SigningKey
from support import World

MONDAY = datetime(2026, 11, 23, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("192.0.2.0/24", "192.0.2.0/24"),
        ("192.0.2.7", "192.0.2.7/32"),
        ("2001:DB8::/32", "2001:db8::/32"),
        (" WWW.Example.ORG. ", "www.example.org"),
        ("*.example.org", "*.example.org"),
        ("b\u00fccher.example", "xn--bcher-kva.example"),
    ],
)
def test_networks_and_names_have_one_spelling(text: str, value: str) -> None:
    assert rules.normalize_value(text) == value
    assert rules.normalize_value(value) == value


@pytest.mark.parametrize(
    "text",
    ["", "0.0.0.0/0", "10.0.0.0/8", "::/0", "192.0.2.1/24", "192.0.2.256", "org", "*.org", "a..b.org", "-a.org",
     "a b.example", "*.*.example.org", "x" * 64 + ".example", "\x00.example.org", "http://example.org"],
)  # fmt: skip
def test_what_is_neither_or_too_much_is_refused(text: str) -> None:
    with pytest.raises(BadInput):
        rules.normalize_value(text)


@pytest.mark.parametrize(
    ("outer", "inner", "covered"),
    [
        ("192.0.2.0/24", "192.0.2.128/25", True),
        ("192.0.2.0/24", "192.0.3.0/24", False),
        ("192.0.2.0/24", "2001:db8::/48", False),
        ("192.0.2.0/24", "example.org", False),
        ("example.org", "example.org", True),
        ("example.org", "www.example.org", False),
        ("*.example.org", "www.example.org", True),
        ("*.example.org", "example.org", True),
        ("*.example.org", "badexample.org", False),
    ],
)
def test_what_a_registration_covers(outer: str, inner: str, covered: bool) -> None:
    assert rules.covers(outer, inner) is covered


@pytest.mark.parametrize(
    ("value", "name"),
    [
        ("192.0.2.0/24", "_seawall.2.0.192.in-addr.arpa"),
        ("192.0.0.0/16", "_seawall.0.192.in-addr.arpa"),
        ("192.0.2.7/32", "_seawall.7.2.0.192.in-addr.arpa"),
        ("192.0.2.0/25", None),
        ("2001:db8::/32", "_seawall.8.b.d.0.1.0.0.2.ip6.arpa"),
        ("*.example.org", "_seawall.example.org"),
    ],
)
def test_where_the_challenge_is_looked_for(value: str, name: str | None) -> None:
    assert rules.challenge_name(value) == name


loads = st.builds(
    lambda start, length, rate: Load(Span(MONDAY + HOUR * start, MONDAY + HOUR * (start + length)), rate),
    st.integers(0, 60),
    st.integers(1, 12),
    st.integers(1, 60),
)
limits = st.builds(
    Limits,
    weekly=st.lists(
        st.builds(lambda day, hour, length: Weekly(day, hour * 60, min((hour + length) * 60, 1440)),
                  st.integers(0, 3), st.integers(0, 20), st.integers(1, 12)),
        max_size=4,
    ).map(tuple),
    blackouts=st.lists(
        st.builds(lambda at, length: Span(MONDAY + HOUR * at, MONDAY + HOUR * (at + length)),
                  st.integers(0, 60), st.integers(1, 8)),
        max_size=2,
    ).map(tuple),
    bookings_max=st.integers(1, 3),
    rate_max=st.integers(30, 100),
)  # fmt: skip


def fits(allowed: Limits, others: list[Load], start: datetime, length: timedelta, rate: int) -> bool:
    """The same asked minute by minute (hours suffice: everything here begins on the hour)."""
    for step in range(int(length / HOUR)):
        at = start + HOUR * step
        running = [load for load in others if load.span.begin <= at < load.span.end]
        minute = at.hour * 60
        open_now = not allowed.weekly or any(
            one.weekday == at.weekday() and one.begin <= minute < one.end for one in allowed.weekly
        )
        dark = any(span.begin <= at < span.end for span in allowed.blackouts)
        if dark or not open_now or len(running) >= allowed.bookings_max:
            return False
        if sum(load.rate for load in running) + rate > allowed.rate_max:
            return False
    return True


@settings(max_examples=300, deadline=None)
@given(allowed=limits, others=st.lists(loads, max_size=6), length=st.integers(1, 10), rate=st.integers(1, 120))
def test_a_window_is_the_first_one_with_room(allowed: Limits, others: list[Load], length: int, rate: int) -> None:
    wanted = Span(MONDAY, MONDAY + HOUR * 80)
    lasts = HOUR * length
    starts = [MONDAY + HOUR * hour for hour in range(80 - length + 1)]
    expected = next((one for one in starts if fits(allowed, others, one, lasts, rate)), None)
    assert rules.place(allowed, others, length=lasts, rate=rate, wanted=wanted) == expected


def test_every_enclosing_network_of_an_address_is_asked_for() -> None:
    found = rules.enclosing(rules.read_address("::ffff:198.51.100.7"))
    assert found[0] == "198.51.100.0/24"
    assert found[-1] == "198.51.100.7/32"
    assert len(rules.enclosing(ipaddress.ip_address("2001:db8::1"))) == 81


def a_network(world: World, value: str = "192.0.2.0/24", **more: Any) -> str:
    operator = world.actor("hospital")
    row = services.register_network(operator, value=value)
    services.decide_network(world.actor("clearinghouse"), row.id, vouch=True, reason="Known.")
    allowed = Limits(**{"bookings_max": 1, "rate_max": 100, **more})
    services.set_limits(operator, row.id, allowed, scanners=[world.id("finder"), world.id("rival")])
    return row.id


def booked(world: World, network: str, name: str = "finder", **more: Any) -> Booking:
    wish: dict[str, Any] = {"hours": 2, "rate": 10, "sources": ["198.51.100.7"]}
    return services.book(world.actor(name), network, **{**wish, **more})


@pytest.mark.django_db
def test_control_is_proved_by_a_txt_record(world: World) -> None:
    operator = world.actor("hospital")
    row = services.register_network(operator, value="*.hospital.example")
    asked: list[str] = []

    def resolve(*records: str) -> Callable[[str], list[str]]:
        return lambda name: asked.append(name) or list(records)  # type: ignore[func-returns-value]

    for wrong in ((), ("v=spf1 -all",), (row.challenge + "x",)):
        with pytest.raises(Conflict):
            services.prove_network(operator, row.id, resolve=resolve(*wrong))
    proved = services.prove_network(operator, row.id, resolve=resolve("v=spf1", row.challenge))
    assert (proved.state, set(asked)) == ("proved", {"_seawall.hospital.example"})
    with pytest.raises(NotFound):
        services.prove_network(world.actor("bank"), row.id, resolve=resolve(row.challenge))


@pytest.mark.django_db
def test_only_who_is_let_in_sees_and_books(world: World) -> None:
    network = a_network(world)
    assert booked(world, network).state == "booked"
    assert [one.pk for one in queries.networks_of(world.actor("rival"))] == [network]
    assert not queries.networks_of(world.actor("lab")).exists()
    with pytest.raises(NotFound):
        booked(world, network, "lab")
    assert not queries.bookings_of(world.actor("rival")).exists()
    assert queries.bookings_of(world.actor("hospital")).count() == 1


@pytest.mark.django_db
def test_nothing_is_booked_before_the_operator_is_believed(world: World) -> None:
    row = services.register_network(world.actor("hospital"), value="192.0.2.0/24")
    services.set_limits(world.actor("hospital"), row.id, Limits(), scanners=[world.id("finder")])
    with pytest.raises(NotFound):
        booked(world, row.id)


@pytest.mark.django_db
def test_bookings_that_would_overlap_are_spread(world: World) -> None:
    network = a_network(world)
    first, second = booked(world, network), booked(world, network, "rival")
    assert second.starts_at == first.ends_at
    with pytest.raises(Conflict):
        booked(world, network, latest=first.ends_at)
    services.set_limits(
        world.actor("hospital"),
        network,
        Limits(bookings_max=5, rate_max=25),
        scanners=[world.id("finder"), world.id("rival")],
    )
    beside = booked(world, network, rate=15)
    assert beside.starts_at < first.ends_at, "the rate leaves room beside the first"
    assert booked(world, network, rate=15).starts_at >= first.ends_at


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"hours": 0}, "hours"),
        ({"hours": 1000}, "hours"),
        ({"rate": 101}, "rate"),
        ({"rate": 0}, "rate"),
        ({"sources": []}, "sources"),
        ({"sources": ["198.51.0.0/16"]}, "sources"),
        ({"sources": ["everywhere"]}, "sources"),
        ({"targets": ["203.0.113.1"]}, "targets"),
        ({"targets": ["192.0.0.0/16"]}, "targets"),
    ],
)
def test_a_wish_that_does_not_fit_is_refused(world: World, more: dict[str, Any], field: str) -> None:
    network = a_network(world)
    with pytest.raises(BadInput) as refusal:
        booked(world, network, **more)
    assert refusal.value.field == field


@pytest.mark.django_db
def test_windows_are_not_hoarded(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "BOOKINGS_PER_NETWORK", 2)
    network = a_network(world)
    booked(world, network)
    booked(world, network)
    with pytest.raises(RateLimited):
        booked(world, network)
    assert booked(world, network, "rival").state == "booked"


@pytest.mark.django_db
def test_the_soc_tells_a_running_scan_from_everything_else(world: World, later: Callable[..., None]) -> None:
    network = a_network(world)
    scan = booked(world, network, targets=["192.0.2.0/25"])
    soc, finder = world.actor("hospital"), world.actor("finder")

    def ours(source: str = "198.51.100.7", **more: Any) -> bool:
        return queries.ask(soc, source=source, **more).ours

    assert not ours(), "booked is not running: somebody may use the address meanwhile"
    assert services.heartbeat(finder, scan.id).go
    assert queries.ask(soc, source="::ffff:198.51.100.7").scanner == "finder"
    assert not ours("198.51.100.8")
    assert ours(target="192.0.2.5")
    assert not ours(target="192.0.2.200")
    assert not queries.ask(world.actor("bank"), source="198.51.100.7").ours, "another operator learns nothing"
    assert not ours(at=clock.now() - HOUR)
    began = clock.now()
    later(seconds=rules.HEARTBEAT_SECONDS * rules.MISSED_MAX + 1)
    assert queries.ask(soc, source="198.51.100.7").why == "booked, but its scanner has gone silent"
    assert ours(at=began + timedelta(seconds=1)), "what it was then it stays"
    assert services.heartbeat(finder, scan.id).go
    services.finish(finder, scan.id)
    later(seconds=1)
    assert not ours()
    with pytest.raises(BadInput):
        queries.ask(soc, source="not an address")
    with pytest.raises(BadInput):
        queries.ask(soc, source="198.51.100.7", at=datetime(2026, 1, 1))  # noqa: DTZ001 - a time without a zone


@pytest.mark.django_db
def test_an_emergency_stop_reaches_the_scanner_with_its_next_heartbeat(
    world: World, later: Callable[..., None]
) -> None:
    network = a_network(world)
    scan, ahead = booked(world, network), booked(world, network, "rival")
    finder, soc = world.actor("finder"), world.actor("hospital")
    assert services.heartbeat(finder, scan.id).next_within_s == 60
    services.stop_network(soc, network, reason="The ward's monitors are slow.")
    later(seconds=1)
    beat = services.heartbeat(finder, scan.id)
    assert (beat.go, beat.why) == (False, "The ward's monitors are slow.")
    assert not services.heartbeat(world.actor("rival"), ahead.id).go
    assert not queries.ask(soc, source="198.51.100.7").ours
    assert notices_of(finder).get().body == "The ward's monitors are slow."
    with pytest.raises(Conflict):
        booked(world, network)
    services.reopen_network(soc, network)
    assert not services.heartbeat(finder, scan.id).go, "what was stopped stays stopped"
    assert booked(world, network).state == "booked"


@pytest.mark.django_db
def test_a_blackout_and_a_scanner_shown_the_door_end_windows(world: World) -> None:
    network = a_network(world)
    scan, other = booked(world, network), booked(world, network, "rival")
    dark = Span(other.starts_at, other.ends_at)
    operator = world.actor("hospital")
    services.set_limits(operator, network, Limits(blackouts=(dark,)), scanners=[world.id("rival")])
    states = {row.pk: row.state for row in Booking.objects.all()}
    assert states == {scan.pk: "stopped", other.pk: "stopped"}


@pytest.mark.django_db
def test_the_daily_file_is_signed_and_asked_offline(world: World, settings: Any) -> None:
    network = a_network(world, bookings_max=50, rate_max=1000)
    scan = booked(world, network, sources=["198.51.100.0/28", "2001:db8::7"])
    stopped = booked(world, network, sources=["203.0.113.9"])
    operator = world.actor("hospital")
    services.stop_booking(operator, stopped.id, reason="no")
    envelope = queries.daily_file(operator, scan.starts_at.date())
    key = SigningKey.load_or_create(settings.SEAWALL.data_dir)
    allowed = daily.Authorizations.read(envelope, key.public_pem)
    assert allowed.operator == world.id("hospital")
    assert allowed.ours("198.51.100.14", scan.starts_at).scanner == "finder"
    assert allowed.ours("2001:db8::7", scan.starts_at, "192.0.2.9").ours
    assert not allowed.ours("2001:db8::7", scan.starts_at, "203.0.113.9").ours
    assert not allowed.ours("198.51.100.16", scan.starts_at).ours
    assert not allowed.ours("198.51.100.14", scan.ends_at).ours
    assert not allowed.ours("203.0.113.9", scan.starts_at).ours
    assert world.id("hospital") not in str(queries.daily_file(world.actor("bank"), scan.starts_at.date()))
    for wrong in (envelope.replace(b"A", b"B", 1), envelope[:-9], b"{}", b"[" * 99_999):
        with pytest.raises(NotAuthentic):
            daily.Authorizations.read(wrong, key.public_pem)


@pytest.mark.django_db
def test_the_whole_way_over_the_api(world: World) -> None:
    operator, keeper, finder = (world.api(name) for name in ("hospital", "clearinghouse", "finder"))
    row = operator.post("/networks", {"value": "192.0.2.0/24"}).body
    assert (row["challenge_at"], row["allowed_next"]) == ("_seawall.2.0.192.in-addr.arpa", ["prove_network"])
    assert operator.post(f"/networks/{row['id']}/stop", {"reason": ""}).status == 422
    keeper.post(f"/networks/{row['id']}/decision", {"vouch": True, "reason": "known"})
    said = operator.post(
        f"/networks/{row['id']}/limits",
        {"scanners": [world.id("finder")], "weekly": [{"weekday": day, "begin": 0, "end": 1440} for day in range(7)]},
    )
    assert said.body["allowed_next"] == ["set_network_limits", "stop_network"]
    seen = finder.get("/networks").body["items"][0]
    assert (seen["challenge"], seen["scanners"], seen["allowed_next"]) == (None, None, ["book_scan"])
    wish = {"network_id": row["id"], "hours": 1, "rate": 5, "sources": ["198.51.100.7"]}
    scan = finder.post("/bookings", wish).body
    assert scan["allowed_next"] == ["heartbeat_scan", "finish_scan"]
    assert finder.post(f"/bookings/{scan['id']}/heartbeat", {}).body["go"] is True
    assert operator.get("/networks/ours?source=198.51.100.7").body["scanner"] == "finder"
    assert operator.get("/networks/ours?source=198.51.100.7&at=2020-01-01T00:00:00Z").body["ours"] is False
    assert operator.get("/networks/ours?source=x").body["field"] == "source"
    assert finder.get("/networks/ours?source=198.51.100.7").status == 403
    assert operator.get(f"/networks/authorized/{scan['starts_at'][:10]}").status == 200
    assert operator.get("/networks/authorized/1999-01-01").status == 422
    assert operator.post(f"/bookings/{scan['id']}/stop", {"reason": "too loud"}).body["state"] == "stopped"
    assert finder.post(f"/bookings/{scan['id']}/heartbeat", {}).body == {
        "go": False,
        "why": "too loud",
        "next_within_s": 60,
        "ends_at": scan["ends_at"],
    }
    assert world.api("rival").post(f"/bookings/{scan['id']}/heartbeat", {}).status == 404
