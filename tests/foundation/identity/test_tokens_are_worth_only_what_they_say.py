from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seawall.foundation.access.rules import scopes_of_role
from seawall.foundation.access.table import SCOPES
from seawall.foundation.access.types import ActorKind, OrganizationKind, Role
from seawall.foundation.identity import tokens
from seawall.foundation.identity.models import ApiToken, Membership, User
from seawall.foundation.identity.queries import actor_of_person, actor_of_token, tokens_of
from seawall.foundation.identity.services import (
    TOKEN_DAYS_MAX,
    create_organization,
    create_person,
    mint_first_token,
    mint_token,
    revoke_token,
)
from seawall.foundation.platform.errors import BadInput, Conflict, Forbidden, NotFound, Unauthenticated
from seawall.foundation.transparency.models import LogOpening
from support import KEEPER, World


def test_a_token_has_256_random_bits_and_knows_its_own_typing_errors() -> None:
    secret, prefix = tokens.generate()
    assert tokens.prefix_of(secret) == prefix
    assert len({tokens.generate()[0] for _ in range(100)}) == 100
    for position in range(len(secret)):
        wrong = secret[:position] + ("A" if secret[position] != "A" else "B") + secret[position + 1 :]
        assert tokens.prefix_of(wrong) is None, position


@given(text=st.text(max_size=100))
def test_no_other_text_is_a_token(text: str) -> None:
    assert tokens.prefix_of(text) is None
    assert tokens.prefix_of(f"seawall_{text}") is None


@pytest.mark.django_db
def test_only_the_digest_is_kept(world: World) -> None:
    minted = mint_token(world.actor("finder"), "scanner", ["reports:read"])
    row = ApiToken.objects.get(pk=minted.id)
    assert minted.secret not in str(vars(row))
    assert row.digest == tokens.digest(minted.secret)
    assert minted.secret not in str([bytes(opening.content) for opening in LogOpening.objects.all()])


@pytest.mark.django_db
def test_a_token_acts_for_its_organization_with_its_scopes(world: World) -> None:
    actor = actor_of_token(world.token("finder", "reports:read"))
    assert (actor.kind, actor.organization_id, actor.organization_kind) == (
        ActorKind.TOKEN,
        world.id("finder"),
        OrganizationKind.FINDER,
    )
    assert actor.scopes == {"reports:read"}


@pytest.mark.django_db
def test_unknown_expired_revoked_and_malformed_get_one_answer(world: World, later: Callable[..., None]) -> None:
    admin = world.actor("finder")
    ended = mint_token(admin, "ended", ["reports:read"])
    revoke_token(admin, ended.id)
    short = mint_token(admin, "short", ["reports:read"], days=1)
    later(days=1, seconds=1)
    answers = set()
    for secret in (ended.secret, short.secret, tokens.generate()[0], "seawall_x", "", "\x00", "tökén"):
        with pytest.raises(Unauthenticated) as refusal:
            actor_of_token(secret)
        answers.add(str(refusal.value))
    assert len(answers) == 1


@pytest.mark.django_db
def test_the_last_use_is_noted_but_not_at_every_request(world: World, later: Callable[..., None]) -> None:
    secret = world.token("finder")
    actor_of_token(secret)
    first = ApiToken.objects.get(digest=tokens.digest(secret)).last_used_at
    later(minutes=1)
    actor_of_token(secret)
    assert ApiToken.objects.get(digest=tokens.digest(secret)).last_used_at == first
    later(minutes=10)
    actor_of_token(secret)
    last = ApiToken.objects.get(digest=tokens.digest(secret)).last_used_at
    assert first is not None
    assert last is not None
    assert last > first


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("scopes", "days", "field"),
    [
        (["reports:red"], 1, "scopes"),
        (["cases:write"], 0, "days"),
        (["cases:write"], TOKEN_DAYS_MAX + 1, "days"),
    ],
)
def test_a_wrong_wish_is_refused_by_its_field(world: World, scopes: list[str], days: int, field: str) -> None:
    with pytest.raises(BadInput) as refusal:
        mint_token(world.actor("finder"), "x", scopes, days=days)
    assert refusal.value.field == field


@pytest.mark.django_db
def test_nobody_mints_wider_than_they_are(world: World) -> None:
    narrow = world.actor("finder", scopes=["tokens:admin", "reports:read"])
    with pytest.raises(BadInput, match="cases:write"):
        mint_token(narrow, "x", ["reports:read", "cases:write"])
    for role in (Role.MEMBER, Role.VIEWER):
        with pytest.raises(Forbidden):
            mint_token(world.actor("finder", role=role), "x", ["reports:read"])


@pytest.mark.django_db
def test_a_token_is_seen_and_ended_by_its_own_administrators_only(world: World) -> None:
    minted = mint_token(world.actor("finder"), "x", ["reports:read"])
    assert minted.id not in {row.id for row in tokens_of(world.actor("rival"))}
    assert tokens_of(world.actor("finder", role=Role.MEMBER)) == []
    for other in (world.actor("rival"), world.actor("clearinghouse"), world.actor("finder", role=Role.MEMBER)):
        with pytest.raises(NotFound):
            revoke_token(other, minted.id)
    assert actor_of_token(minted.secret).organization_id == world.id("finder")


@pytest.mark.django_db
def test_a_person_is_what_the_membership_says(world: World) -> None:
    person = create_person(KEEPER, world.organizations["finder"], "f@example.org", "F", Role.VIEWER)
    Membership.objects.create(user=person, organization=world.organizations["hospital"], role=Role.ADMIN)
    first = actor_of_person(person)
    assert (first.organization_id, first.scopes) == (world.id("finder"), scopes_of_role(Role.VIEWER))
    chosen = actor_of_person(person, world.id("hospital"))
    assert (chosen.organization_id, chosen.role) == (world.id("hospital"), Role.ADMIN)
    assert actor_of_person(person, world.id("rival")).organization_id == world.id("finder")


@pytest.mark.django_db
def test_a_person_without_an_organization_may_nothing() -> None:
    person = User.objects.create_user("nobody@example.org", "a long password")
    assert (actor_of_person(person).organization_id, actor_of_person(person).scopes) == (None, frozenset())


@pytest.mark.django_db
def test_names_and_addresses_are_taken_once(world: World) -> None:
    with pytest.raises(Conflict):
        create_organization(KEEPER, "finder", OrganizationKind.FINDER)
    create_person(KEEPER, world.organizations["finder"], "f@example.org", "F", Role.VIEWER)
    with pytest.raises(Conflict):
        create_person(KEEPER, world.organizations["rival"], "f@EXAMPLE.org", "F", Role.VIEWER)


@pytest.mark.django_db
def test_the_first_token_may_carry_all_there_is(world: World) -> None:
    minted = mint_first_token(KEEPER, world.organizations["finder"], "first", SCOPES)
    assert set(minted.scopes) == set(SCOPES)


def test_roles_grow() -> None:
    assert scopes_of_role(Role.VIEWER) < scopes_of_role(Role.MEMBER) < scopes_of_role(Role.ADMIN) == set(SCOPES)
