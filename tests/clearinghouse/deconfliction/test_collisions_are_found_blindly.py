"""Two finders of one thing learn that there is another, and nothing else; a member with a dictionary learns its budget's worth."""

import hashlib
from collections.abc import Callable

import pytest

from seawall.clearinghouse.deconfliction.collisions import keys, oprf, queries, rules, services
from seawall.clearinghouse.deconfliction.collisions.types import Facts, KeyKind, Tag
from seawall.clearinghouse.deconfliction.commitments.services import seal
from seawall.clearinghouse.deconfliction.models import Commitment, Holding, Introduction
from seawall.clearinghouse.distribution.queries import notices_of
from seawall.foundation.access.types import Actor
from seawall.foundation.platform.errors import BadInput, Conflict, Forbidden, NotAuthentic, NotFound, RateLimited
from seawall.foundation.transparency.models import LogOpening
from support import World
from support.world import Scene

JINJA = "pkg:pypi/jinja2"
FACTS = Facts(
    JINJA,
    symbols=("jinja2.filters.do_attr",),
    functions=(("src/jinja2/filters.py", "do_attr"),),
    frames=("__asan_memcpy", "png_read(int, char*)+0x1f", "Image<RGB>::load", "decode.part.0", "main"),
    hunks=(("src/jinja2/filters.py", "@@ -1 +1 @@\n-    value = getattr(obj, name)\n+    value = safe(obj, name)\n"),),
)

# RFC 9497, appendix A.1.2 (mode VOPRF, ristretto255-SHA512).
SEED, INFO = b"\xa3" * 32, b"test key"
PUBLIC_KEY = "c803e2cc6b05fc15064549b5920659ca4a77b2cca6f04f6b357009335476ad4e"
VECTORS = [
    (
        "00",
        "863f330cc1a1259ed5a5998a23acfd37fb4351a793a5b3c090b642ddc439b945",
        "aa8fa048764d5623868679402ff6108d2521884fa138cd7f9c7669a9a014267e",
        (
            "b58cfbe118e0cb94d79b5fd6a6dafb98764dff49c14e1770b566e42402da1a7d"
            "a4d8527693914139caee5bd03903af43a491351d23b430948dd50cde10d32b3c"
        ),
    ),
    (
        "5a" * 17,
        "cc0b2a350101881d8a4cba4c80241d74fb7dcbfde4a61fde2f91443c2bf9ef0c",
        "60a59a57208d48aca71e9e850d22674b611f752bed48b36f7a91b372bd7ad468",
        (
            "8a9a2f3c7f085b65933594309041fc1898d42d0858e59f90814ae90571a6df60"
            "356f4610bf816f27afdd84f47719e480906d27ecd994985890e5f539e7ea74b6"
        ),
    ),
]


@pytest.mark.parametrize(("text", "blinded", "evaluated", "output"), VECTORS)
def test_the_function_is_that_of_the_rfc(text: str, blinded: str, evaluated: str, output: str) -> None:
    server = oprf.Evaluator(SEED, INFO)
    assert server.public_key == PUBLIC_KEY
    assert server.evaluate([blinded])[0][-oprf.ELEMENT_HEX :] == evaluated
    assert server.tag(bytes.fromhex(text)) == output
    asking = oprf.Asking([bytes.fromhex(text)])
    assert asking.tags(server.evaluate(asking.elements), PUBLIC_KEY) == [output]


def test_a_question_says_nothing_and_is_never_twice_the_same() -> None:
    one, other = oprf.Asking([b"key"]), oprf.Asking([b"key"])
    assert one.elements != other.elements
    server = oprf.Evaluator(SEED)
    tags = {asking.tags(server.evaluate(asking.elements), server.public_key)[0] for asking in (one, other)}
    assert tags == {server.tag(b"key")}


def test_a_server_with_a_key_of_its_own_for_one_member_is_found_out() -> None:
    honest, other = oprf.Evaluator(SEED), oprf.Evaluator(b"\x01" * 32)
    asking = oprf.Asking([b"a", b"b"])
    answer = honest.evaluate(asking.elements)
    for wrong in (
        other.evaluate(asking.elements),
        answer[::-1],
        answer[:1],
        [answer[0], "00" * 96],
        [answer[0], "zz" * 96],
        [answer[0], ""],
    ):
        with pytest.raises(NotAuthentic):
            asking.tags(wrong, honest.public_key)


@pytest.mark.parametrize("element", ["", "00" * 32, "ff" * 32, "zz" * 32, "00" * 31, "\u0661" * 64])
def test_what_is_no_element_is_refused(element: str) -> None:
    with pytest.raises(BadInput):
        oprf.Evaluator(SEED).evaluate([element])


def test_two_finders_write_one_key() -> None:
    other = Facts(
        "pkg:PyPI/Jinja2@3.1.4",
        symbols=("jinja2::filters::do_attr(environment, obj)",),
        functions=(("./build/x/jinja2/Filters.py", "do_attr"),),
        frames=("png_read+0x99", "Image<Gray>::load", "decode", "whatever"),
        hunks=(("jinja2/filters.py", "-value=getattr( obj, name )"),),
    )
    assert {key.data for key in keys.keys_of(FACTS)} == {key.data for key in keys.keys_of(other)}
    assert {key.kind for key in keys.keys_of(FACTS)} == {
        KeyKind.SYMBOL,
        KeyKind.FUNCTION,
        KeyKind.CRASH,
        KeyKind.HUNK,
    }


@pytest.mark.parametrize(
    "facts",
    [
        Facts(JINJA),
        Facts(JINJA, symbols=("", "()", "<>")),
        Facts(JINJA, frames=("main", "free", "malloc", "abort")),
        Facts(JINJA, frames=("a", "b")),
        Facts(JINJA, hunks=(("a.c", "+added only\n"),)),
        Facts(JINJA, functions=(("../x", "f"),)),
    ],
)
def test_too_little_makes_no_key(facts: Facts) -> None:
    assert keys.keys_of(facts) == []


def test_hostile_facts_are_bounded() -> None:
    facts = Facts(
        JINJA,
        symbols=tuple(f"s{n}" for n in range(1000)),
        frames=("<" * 10**6, "(" * 10**6, ")" * 10**6),
        hunks=(("a" * 10**5, "-x\n" * 10**6),),
    )
    assert len(keys.keys_of(facts)) == keys.KEYS_MAX


def a_commitment(actor: Actor) -> Commitment:
    return seal(actor, digest=hashlib.sha256(f"{actor.id} {Commitment.objects.count()}".encode()).hexdigest())


def tags_for(actor: Actor, facts: Facts) -> list[Tag]:
    """What the finder's own program does."""
    found = keys.keys_of(facts)
    asking = oprf.Asking([key.data for key in found])
    answer = services.evaluate(actor, asking.elements)
    return [
        Tag(key.kind, tag) for key, tag in zip(found, asking.tags(answer.evaluations, answer.public_key), strict=True)
    ]


def asks(actor: Actor, facts: Facts = FACTS, *, introduce: bool = False) -> services.Checked:
    return services.check(actor, a_commitment(actor).id, tags_for(actor, facts), introduce=introduce)


@pytest.mark.django_db
def test_the_second_finder_learns_that_there_is_a_first_and_no_more(world: World) -> None:
    finder, rival = world.actor("finder"), world.actor("rival")
    assert asks(finder).kinds == ()
    assert asks(finder).kinds == (), "one's own holding is no collision"
    met = asks(rival, Facts(JINJA, symbols=("do_attr",)))
    assert met.kinds == (KeyKind.SYMBOL,)
    assert asks(world.actor("lab"), Facts(JINJA, symbols=("do_map",))).kinds == ()
    assert world.id("finder") not in repr(met)


@pytest.mark.django_db
def test_what_was_reported_counts_as_held(world: World) -> None:
    Scene(world).report("finder")
    assert KeyKind.FUNCTION in asks(world.actor("rival")).kinds
    assert KeyKind.SYMBOL not in asks(world.actor("finder"), Facts(JINJA, symbols=("do_map",))).kinds
    before = Holding.objects.count()
    assert services.follow_reports() == 0
    assert Holding.objects.count() == before


@pytest.mark.django_db
def test_following_reports_goes_on_where_it_stopped(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "FOLLOWED_MAX", 2)
    scene = Scene(world)
    for number in range(5):
        scene.report("finder", symbols=(f"s{number}",))
    assert [services.follow_reports() for _ in range(4)] == [2, 2, 1, 0]


@pytest.mark.django_db
def test_a_dictionary_learns_its_budgets_worth(world: World) -> None:
    """100,000 guesses: what was evaluated is the budget, and whatever else is sent as a tag hits nothing."""
    holder, member = world.actor("finder"), world.actor("rival")
    asks(holder)
    guesses = [f"function_{n}".encode() for n in range(100_000)]
    evaluated = refused = 0
    elements = oprf.Asking(guesses[:16]).elements
    while not refused:
        try:
            services.evaluate(member, elements)
            evaluated += len(elements)
        except RateLimited:
            refused += 1
    assert evaluated <= rules.EVALUATIONS_PER_DAY
    mine = a_commitment(member)
    tried = 0
    for start in range(0, 100_000, 16):
        forged = [Tag(KeyKind.SYMBOL, hashlib.sha512(one).hexdigest()) for one in guesses[start : start + 16]]
        try:
            assert services.check(member, mine.id, forged).kinds == ()
        except (RateLimited, BadInput):
            break
        tried += len(forged)
    assert tried <= rules.LOOKUPS_PER_DAY
    entries = LogOpening.objects.filter(subject=world.id("rival"), kind="collision.evaluated").count()
    assert entries * 16 == evaluated, "every guess is in the log"
    assert notices_of(world.actor("clearinghouse")).filter(kind="collision").count() == 0
    services.evaluate(member, oprf.Asking(guesses[: rules.EVALUATIONS_PER_DAY - evaluated]).elements)
    assert notices_of(world.actor("clearinghouse")).filter(kind="collision").count() == 1
    assert queries.left_today(member) == 0
    assert queries.left_today(holder) > 0, "budgets are each organization's own"


@pytest.mark.django_db
def test_a_new_day_is_a_new_budget(world: World, later: Callable[..., None], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "EVALUATIONS_PER_DAY", 1)
    member = world.actor("rival")
    services.evaluate(member, oprf.Asking([b"a"]).elements)
    with pytest.raises(RateLimited):
        services.evaluate(member, oprf.Asking([b"a"]).elements)
    later(days=1)
    services.evaluate(member, oprf.Asking([b"a"]).elements)


@pytest.mark.django_db
def test_a_question_stands_on_ones_own_living_commitment(world: World, later: Callable[..., None]) -> None:
    finder, rival = world.actor("finder"), world.actor("rival")
    row = a_commitment(finder)
    tag = Tag(KeyKind.CLAIM, "ab" * 32)
    with pytest.raises(NotFound):
        services.check(rival, row.id, [tag])
    for wrong in ([], [Tag(KeyKind.SYMBOL, "ab" * 32)], [Tag(KeyKind.CLAIM, "x" * 64)], [Tag(KeyKind.CLAIM, "")]):
        with pytest.raises(BadInput):
            services.check(finder, row.id, wrong)
    later(days=500)
    with pytest.raises(Conflict):
        services.check(finder, row.id, [tag])


@pytest.mark.django_db
def test_an_introduction_needs_both_and_a_no_looks_like_silence(world: World, later: Callable[..., None]) -> None:
    finder, rival, keeper = world.actor("finder"), world.actor("rival"), world.actor("clearinghouse")
    asks(finder)
    assert asks(rival, introduce=True).introduction_asked
    row = Introduction.objects.get()
    assert queries.shown_state(rival, row) == "waiting"
    assert not queries.introductions_of(finder).exists(), "nothing to see before the coordinator asks"
    with pytest.raises(NotFound):
        services.answer_introduction(finder, row.id, accept=True)
    services.decide_introduction(keeper, row.id, offer=True, reason="Both are real.")
    assert queries.shown_state(rival, Introduction.objects.get()) == "waiting"
    assert world.id("rival") not in str(notices_of(finder).values())
    with pytest.raises(Forbidden):
        services.answer_introduction(rival, row.id, accept=True)
    services.answer_introduction(finder, row.id, accept=True)
    row = Introduction.objects.get()
    assert (queries.other_name(rival, row), queries.other_name(finder, row)) == ("finder", "rival")
    assert queries.other_name(keeper, row) is None
    assert asks(world.actor("lab"), introduce=True).introduction_asked
    for one in Introduction.objects.filter(asker_id=world.id("lab")):
        services.decide_introduction(keeper, one.id, offer=True, reason="x")
    declined, silent = Introduction.objects.filter(asker_id=world.id("lab")).order_by("holder_id")
    holder = {world.id("finder"): finder, world.id("rival"): rival}[declined.holder_id]
    services.answer_introduction(holder, declined.id, accept=False)
    lab = world.actor("lab")
    for days, expected in ((0, "waiting"), (15, "waiting"), (12, "waiting"), (2, "closed")):
        later(days=days)
        shown = {queries.shown_state(lab, Introduction.objects.get(pk=one.pk)) for one in (declined, silent)}
        assert shown == {expected}


@pytest.mark.django_db
def test_a_holder_whom_the_coordinator_did_not_ask_learns_nothing(world: World, later: Callable[..., None]) -> None:
    finder, rival, keeper = world.actor("finder"), world.actor("rival"), world.actor("clearinghouse")
    asks(finder)
    asks(rival, introduce=True)
    row = Introduction.objects.get()
    services.decide_introduction(keeper, row.id, offer=False, reason="They are one company.")
    assert not queries.introductions_of(finder).exists()
    assert not notices_of(finder).exists()
    with pytest.raises(NotFound):
        services.answer_introduction(finder, row.id, accept=True)
    assert queries.shown_state(rival, Introduction.objects.get()) == "waiting"
    later(days=29)
    assert queries.shown_state(rival, Introduction.objects.get()) == "closed"
    assert not queries.introductions_of(finder).exists()


@pytest.mark.django_db
def test_the_whole_way_over_the_api(world: World) -> None:
    def program(name: str, *, introduce: bool = False) -> dict[str, object]:
        api = world.api(name)
        key = api.get("/collisions/key").body
        found = keys.keys_of(FACTS)
        asking = oprf.Asking([one.data for one in found])
        answer = api.post("/collisions/evaluate", {"elements": asking.elements}).body
        assert answer["left_today"] == key["left_today"] - len(found)
        tags = asking.tags(answer["evaluations"], key["public_key"])
        commitment = api.post("/commitments", {"digest": hashlib.sha256(name.encode()).hexdigest()}).body["id"]
        said = [{"kind": one.kind, "value": tag} for one, tag in zip(found, tags, strict=True)]
        question = {"commitment_id": commitment, "tags": said, "introduce": introduce}
        return dict(api.post("/collisions/check", question).body)

    assert program("finder")["held"] is False
    met = program("rival", introduce=True)
    assert (met["held"], met["kinds"]) == (True, ["crash", "function", "hunk", "symbol"])
    keeper, finder, rival = (world.api(name) for name in ("clearinghouse", "finder", "rival"))
    row = keeper.get("/introductions").body["items"][0]
    assert (row["asker_id"], row["holder_id"]) == (world.id("rival"), world.id("finder"))
    offered = keeper.post(f"/introductions/{row['id']}/decision", {"offer": True, "reason": "both real"})
    assert offered.body["state"] == "offered"
    seen = finder.get("/introductions").body["items"][0]
    assert (seen["role"], seen["other"], seen["asker_id"]) == ("holder", None, None)
    assert finder.post(f"/introductions/{row['id']}/answer", {"accept": True}).body["other"] == "rival"
    assert rival.get("/introductions").body["items"][0]["other"] == "finder"
    assert finder.post(f"/introductions/{row['id']}/answer", {"accept": True}).status == 409


@pytest.mark.django_db
def test_scrutineers_question_is_answered_in_its_words(world: World) -> None:
    claim = hashlib.sha256(b"salt\0https://github.com/pallets/jinja\0src/jinja2/filters.py\0CWE-1336").hexdigest()
    finder, rival = world.api("finder"), world.api("rival")
    assert rival.post("/claim-check", {"hash": claim}).body == {"match": False, "contact": None}
    mine = finder.post("/commitments", {"digest": "ab" * 32}).body["id"]
    finder.post("/collisions/check", {"commitment_id": mine, "tags": [{"kind": "claim", "value": claim}]})
    met = rival.post("/claim-check", {"hash": claim.upper()}).body
    assert met["match"] is True
    assert met["contact"].startswith("http")
    assert finder.post("/claim-check", {"hash": claim}).body["match"] is False
    assert rival.post("/claim-check", {"hash": "xyz"}).status == 422
    assert world.api(None).post("/claim-check", {"hash": claim}).status == 401
