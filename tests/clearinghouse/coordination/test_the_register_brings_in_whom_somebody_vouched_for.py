"""The contact register: patterns, the nearest entry first, and nobody brought in by an entry that no coordinator confirmed."""

from collections.abc import Callable
from importlib import import_module
from typing import Any

import pytest
from django.apps import apps

from seawall.clearinghouse.coordination import contacts, inviting
from seawall.clearinghouse.coordination.inviting import Outcome, Wish
from seawall.clearinghouse.coordination.models import Contact, Participant
from seawall.foundation.access.types import Role
from seawall.foundation.platform.errors import BadInput, Conflict, Forbidden, NotFound
from support import KEEPER, World
from support.world import JINJA, Scene

PATTERNS = [
    ("pkg:npm/left-pad@1.3.0?x=y#z", "exact", "pkg:npm/left-pad"),
    ("pkg:PyPI/Jinja2", "exact", "pkg:pypi/jinja2"),
    ("pkg:npm/@scope/*", "prefix", "pkg:npm/%40scope/"),
    ("pkg:maven/org.apache/*", "prefix", "pkg:maven/org.apache/"),
    ("pkg:golang/github.com/gorilla/*", "prefix", "pkg:golang/github.com/gorilla/"),
    ("git@github.com:Pallets/Jinja.git", "repository", "https://github.com/pallets/jinja"),
    ("https://gitlab.com/a/b/c/", "repository", "https://gitlab.com/a/b/c"),
]
NO_PATTERNS = ["", " ", "*", "pkg:npm/*", "pkg:*", "pkg:npm", "left-pad", "javascript:alert(1)", "pkg:npm/" + "a" * 600]


@pytest.mark.parametrize(("text", "kind", "pattern"), PATTERNS)
def test_each_pattern_has_one_spelling(text: str, kind: str, pattern: str) -> None:
    found = contacts.pattern_of(text)
    assert (found.kind, found.text) == (kind, pattern)


@pytest.mark.parametrize("text", NO_PATTERNS)
def test_what_names_nothing_is_refused(text: str) -> None:
    with pytest.raises(BadInput):
        contacts.pattern_of(text)


def test_a_package_falls_under_its_namespaces_the_nearest_first() -> None:
    found = [one.text for one in contacts.patterns_of("pkg:golang/github.com/gorilla/mux")]
    assert found == [
        "pkg:golang/github.com/gorilla/mux",
        "pkg:golang/github.com/gorilla/",
        "pkg:golang/github.com/",
    ]
    assert "https://github.com/pallets/jinja" in [one.text for one in contacts.patterns_of("pkg:github/pallets/jinja")]
    assert [one.text for one in contacts.patterns_of("pkg:npm/scope-evil")] == ["pkg:npm/scope-evil"]


@pytest.mark.django_db
def test_nobody_is_brought_in_by_its_own_word(world: World) -> None:
    scene = Scene(world)
    row = contacts.register(world.actor("stranger"), pattern=JINJA, organization_id=world.id("stranger"), priority=1)
    assert contacts.register(world.actor("stranger"), pattern=JINJA, organization_id=world.id("stranger")).pk == row.pk
    first = scene.case()
    assert not Participant.objects.filter(organization_id=world.id("stranger")).exists()
    coordinator = world.actor("clearinghouse")
    [said] = inviting.invite(coordinator, first, [Wish(package=JINJA)], reason="r")
    assert said.outcome is Outcome.NO_CONTACT
    with pytest.raises(Forbidden):
        contacts.confirm(world.actor("stranger"), row.pk, reason="trust me")
    with pytest.raises(BadInput):
        contacts.confirm(coordinator, row.pk, reason=" ")
    contacts.confirm(coordinator, row.pk, reason="called them at the number on their site")
    [said] = inviting.invite(coordinator, first, [Wish(package=JINJA)], reason="r")
    assert (said.outcome, said.organization) == (Outcome.INVITED, "stranger")


@pytest.mark.django_db
def test_the_nearest_entry_comes_first_then_the_lower_priority(world: World) -> None:
    coordinator = world.actor("clearinghouse")
    wanted = [
        ("pkg:maven/org.apache/*", "lab", 1),
        ("pkg:maven/org.apache.logging/*", "rival", 9),
        ("pkg:maven/org.apache.logging/log4j-core", "stranger", 20),
        ("pkg:maven/org.apache.logging/log4j-core", "vendor", 10),
    ]
    for pattern, name, priority in wanted:
        row = contacts.register(coordinator, pattern=pattern, organization_id=world.id(name), priority=priority)
        contacts.confirm(coordinator, row.pk, reason="known")
    package = "pkg:maven/org.apache.logging/log4j-core"
    found = contacts.entries_for([package])[package]
    assert [row.organization_id for row in found] == [world.id(name) for name in ("vendor", "stranger", "rival")]
    assert contacts.first_contact(package) == world.id("vendor")
    contacts.bounced(coordinator, found[0].pk)
    assert contacts.first_contact(package) == world.id("stranger")
    contacts.withdraw(coordinator, found[1].pk)
    assert contacts.first_contact(package) == world.id("rival")
    with pytest.raises(Conflict):
        contacts.withdraw(coordinator, found[1].pk)


@pytest.mark.django_db
def test_owners_keep_their_own_and_see_no_others(world: World) -> None:
    vendor, stranger = world.actor("vendor"), world.actor("stranger")
    mine = contacts.register(vendor, pattern="pkg:npm/@mine/*", organization_id=world.id("vendor"))
    assert not contacts.contacts_of(stranger).exists()
    for act in (contacts.bounced, contacts.withdraw):
        with pytest.raises(NotFound):
            act(stranger, mine.pk)
        with pytest.raises(NotFound):
            act(stranger, "contact_" + "a" * 26)
    with pytest.raises(Forbidden):
        contacts.register(stranger, pattern="pkg:npm/@mine/*", organization_id=world.id("vendor"))
    with pytest.raises(Forbidden):
        contacts.register(world.actor("vendor", role=Role.VIEWER), pattern="pkg:npm/x", reference="https://a.example/")
    assert [row.pk for row in contacts.contacts_of(vendor, package="pkg:npm/%40mine/thing@2")] == [mine.pk]
    contacts.withdraw(vendor, mine.pk)
    assert not contacts.contacts_of(vendor).exists()


@pytest.mark.django_db
def test_references_are_data_for_people(world: World) -> None:
    scene = Scene(world)
    case_id = scene.case()
    finder, coordinator = world.actor("finder"), world.actor("clearinghouse")
    row = contacts.register(finder, pattern=JINJA, reference="https://example.org/.well-known/security.txt")
    contacts.confirm(coordinator, row.pk, reason="looked")
    [said] = inviting.invite(coordinator, case_id, [Wish(package=JINJA)], reason="r")
    assert (said.outcome, said.references) == (
        Outcome.NO_CONTACT,
        ("https://example.org/.well-known/security.txt",),
    )
    wrong: list[dict[str, Any]] = [
        {"reference": "ftp://example.org/"},
        {"reference": "me\n@example.org"},
        {"reference": "https://me:secret@example.org/"},
        {"reference": "me@example.org", "priority": 0},
        {"reference": "me@example.org", "note": "a" * 301},
        {},
    ]
    for said_wrongly in wrong:
        with pytest.raises(BadInput):
            contacts.register(finder, pattern=JINJA, **said_wrongly)


@pytest.mark.django_db
def test_an_organization_keeps_so_many(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contacts, "ENTRIES_MAX", 1)
    contacts.register(world.actor("vendor"), pattern="pkg:npm/a", organization_id=world.id("vendor"))
    with pytest.raises(Conflict):
        contacts.register(world.actor("vendor"), pattern="pkg:npm/b", organization_id=world.id("vendor"))
    contacts.register(world.actor("clearinghouse"), pattern="pkg:npm/b", organization_id=world.id("vendor"))


@pytest.mark.django_db
def test_the_keepers_word_replaces_who_it_was(world: World) -> None:
    for name in ("vendor", "stranger", "stranger", "vendor"):
        contacts.set_contact(KEEPER, JINJA, world.id(name))
        assert contacts.first_contact(JINJA) == world.id(name)
    assert contacts.standing().count() == 1


@pytest.mark.django_db
def test_150_packages_are_looked_up_in_one_query(world: World, django_assert_num_queries: Callable[..., Any]) -> None:
    contacts.set_contact(KEEPER, "pkg:npm/p7", world.id("vendor"))
    with django_assert_num_queries(1):
        found = contacts.entries_for([f"pkg:npm/p{number}" for number in range(150)])
    assert [package for package, rows in found.items() if rows] == ["pkg:npm/p7"]


def test_the_old_contacts_were_moved_in() -> None:
    migration = import_module("seawall.clearinghouse.coordination.migrations.0004_participants").Migration
    kinds = [type(operation).__name__ for operation in migration.operations]
    assert kinds.index("RunPython") < kinds.index("DeleteModel")
    assert apps.get_model("coordination", "Contact") is Contact
