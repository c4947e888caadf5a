"""What each actor may do in a drawn world, from the facts alone: ``worlds.txt`` and the rules of docs/, in plain Python."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from .worlds_facts import (
    SCOPES,
    Booking,
    Case,
    Introduction,
    Message,
    Network,
    Organization,
    Part,
    Participation,
    Report,
    Thing,
    Thread,
    Who,
    World,
)

GROUPS = {
    "finders": {"finder", "ai_developer", "evaluator", "vendor", "coordinator"},
    "operators": {"operator", "agency", "vendor"},
    "coordinators": {"coordinator"},
    "all": {"finder", "ai_developer", "evaluator", "vendor", "coordinator", "operator", "agency"},
}
VERBS = {
    "viewer": {"read"},
    "member": {"read", "write", "publish"},
    "admin": {"read", "write", "publish", "admin"},
}
"""What each role of a person carries, by the last word of a scope."""
KINDS = {"project": "scan"}
"""What is named otherwise in actions than it is here."""
WITHOUT_OBJECT = {"member", "public"}


@dataclass(frozen=True)
class Right:
    """A line of ``worlds.txt``."""

    action: str
    scope: str
    parts: tuple[tuple[str, str], ...]
    """(group, relation) each."""

    @property
    def has_object(self) -> bool:
        return any(relation not in WITHOUT_OBJECT for _, relation in self.parts)


def _read(line: str) -> Right:
    action, scope, *parts = line.split()
    return Right(
        action, scope, tuple((group, relation) for group, _, relation in (one.partition(":") for one in parts))
    )


RIGHTS = {
    right.action: right
    for right in (
        _read(line)
        for line in (Path(__file__).parent / "worlds.txt").read_text(encoding="utf-8").splitlines()
        if line and not line.startswith("#")
    )
}


def scopes_of(who: Who) -> set[str]:
    """What the actor carries."""
    if who.role:
        return {scope for scope in SCOPES if scope.partition(":")[2] in VERBS[who.role]}
    return set(who.scopes)


def fits(who: Who, right: Right, group: str) -> bool:
    """Whether the actor is of the group and carries the scope, whatever it stands to an object."""
    if group == "everybody":
        return True
    if who.kind in {"anonymous", "system"} or who.organization is None:
        return False
    return who.organization.kind in GROUPS[group] and (right.scope == "-" or right.scope in scopes_of(who))


def is_there(one: Participation) -> bool:
    """Takes part still: at the very moment of its end it is over."""
    return one.ends_in is None or one.ends_in > 0


def is_briefed(case: Case, one: Participation) -> bool:
    """Has received the case, and signed the embargo unless there is none or none any more."""
    agreed = one.consent == "signatory" or case.embargo in {"none", "exited"}
    return is_there(one) and one.report_management != "start" and agreed


def reads_content(case: Case, one: Participation) -> bool:
    """Makers and experts read the case itself; distributors and registries a brief."""
    return is_briefed(case, one) and one.tier in {0, 1}


def _anyone(case: Case, organization: Organization, holds: Callable[[Case, Participation], bool]) -> bool:
    return any(one.organization == organization.id and holds(case, one) for one in case.participations)


def _signatory(organization: Organization, thing: Thing) -> bool:
    assert isinstance(thing, Case)
    return _anyone(thing, organization, reads_content)


def _read_in(organization: Organization, thing: Thing) -> bool:
    assert isinstance(thing, Case)
    return _anyone(thing, organization, is_briefed)


def _participant(organization: Organization, thing: Thing) -> bool:
    """Before consent and without it: it answers the invitation."""
    assert isinstance(thing, Case)
    return _anyone(thing, organization, lambda _, one: is_there(one))


def _proved_in_my_case(organization: Organization, thing: Thing) -> bool:
    assert isinstance(thing, Report)
    return thing.proved and any(_signatory(organization, case) for case in thing.cases)


def _audience(organization: Organization, thing: Thing) -> bool:
    """May see the content now, and is in the audience now. Experts do not know who else is here: by name only."""
    assert isinstance(thing, Thread)
    if organization.kind == "coordinator":
        return True
    if not _signatory(organization, thing.case):
        return False
    if organization.id in thing.named | {thing.owner}:
        return True
    for one in thing.case.participations:
        if one.organization == organization.id and one.tier == 0:
            roles = set(one.roles)
            return (
                "coordinator" in roles
                or "everybody" in thing.parts
                or ("vendors" in thing.parts and "vendor" in roles)
                or ("finders" in thing.parts and bool(roles & {"finder", "reporter"}))
            )
    return False


def _heard(organization: Organization, thing: Thing) -> bool:
    """In the audience, and there when it was said; coordinators answer for the case and read all of it."""
    assert isinstance(thing, Message)
    then = thing.thread.history_shared or organization.id in thing.readers_then
    return organization.kind == "coordinator" or (then and _audience(organization, thing.thread))


def _admits(organization: Organization, thing: Thing) -> bool:
    assert isinstance(thing, Network)
    believed = thing.state in {"proved", "vouched"}
    return believed and (thing.open_to_all or organization.id in thing.admitted)


def _on_my_network(organization: Organization, thing: Thing) -> bool:
    assert isinstance(thing, Booking)
    return thing.network.owner == organization.id


def _asked_of(organization: Organization, thing: Thing) -> bool:
    """Only the coordinator's question tells the holder that somebody would like to talk."""
    assert isinstance(thing, Introduction)
    return thing.holder == organization.id and thing.offered


def _published(organization: Organization, thing: Thing) -> bool:
    assert isinstance(thing, Part)
    return _own(organization, thing) and thing.published


def _own(organization: Organization, thing: Thing) -> bool:
    return thing.owner == organization.id


RELATIONS: dict[str, Callable[[Organization, Thing], bool]] = {
    "own": _own,
    "own_published": _published,
    "signatory": _signatory,
    "read_in": _read_in,
    "participant": _participant,
    "proved_in_my_case": _proved_in_my_case,
    "audience": lambda organization, thing: (_heard if isinstance(thing, Message) else _audience)(organization, thing),
    "opener": lambda organization, thing: _own(organization, thing) and _audience(organization, thing),
    "author": lambda organization, thing: _own(organization, thing) and _heard(organization, thing),
    "admits": _admits,
    "on_my_network": _on_my_network,
    "party": lambda organization, thing: _own(organization, thing) or _asked_of(organization, thing),
    "asked_of": _asked_of,
}


def holds(who: Who, relation: str, thing: Thing) -> bool:
    """Whether the actor, of whom some line speaks, stands so to the thing."""
    if relation in WITHOUT_OBJECT | {"any"}:
        return relation == "any"
    return who.organization is not None and RELATIONS[relation](who.organization, thing)


def visible(world: World, who: Who, action: str, what: str) -> set[str]:
    """Identifiers of the things to which the actor may do it."""
    right = RIGHTS[action]
    relations = [relation for group, relation in right.parts if fits(who, right, group)]
    return {thing.id for thing in world.things[what] if any(holds(who, relation, thing) for relation in relations)}


def says(world: World, who: Who, action: str, what: str | None, object_id: str | None) -> str:
    """The answer to one question, as in ``oracle.txt``: y allowed, - refused, 0 nothing here, ? sign in first."""
    right = RIGHTS[action]
    if what is None:
        allowed = any(fits(who, right, group) for group, relation in right.parts if relation in WITHOUT_OBJECT)
    else:
        allowed = object_id in visible(world, who, action, what)
    if allowed:
        return "y"
    if who.kind == "anonymous":
        return "?"
    if what is not None and object_id not in visible(world, who, f"{KINDS.get(what, what)}.read", what):
        return "0"
    return "-"
