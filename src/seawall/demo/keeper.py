"""What the server's keeper does on its own machine before the story begins: organizations, people, tokens,
package contacts and facts. Needs Django; everything after this goes over the API.
"""

from seawall.clearinghouse.coordination.services import set_contact
from seawall.clearinghouse.prioritization.services import keep_facts
from seawall.clearinghouse.prioritization.types import Fact, FactName
from seawall.demo import world
from seawall.foundation.access.table import SCOPES
from seawall.foundation.access.types import Actor, OrganizationKind, Role
from seawall.foundation.identity.queries import actor_of_person
from seawall.foundation.identity.services import create_organization, create_person, mint_first_token, mint_token

_NAMES = {
    "kev": FactName.IN_KEV,
    "automatable": FactName.AUTOMATABLE,
    "technical_impact": FactName.TECHNICAL_IMPACT,
    "exploitation": FactName.EXPLOITATION,
}
_READ_AND_WRITE = [scope for scope in SCOPES if scope.endswith((":read", ":write"))]
_PEOPLE = ["cases:read", "cases:write", "cases:publish"]


def prepare() -> dict[str, str]:
    """Fill an empty, migrated database.

    Returns:
        Organization key -> its machine's token; and ``organization/person`` -> a token of the coordinator's people,
        because publishing takes two of them.
    """
    keeper = Actor.system("keeper")
    tokens: dict[str, str] = {}
    for item in world.organizations():
        organization = create_organization(keeper, item.name, item.kind, item.sector)
        for person in item.people:
            role = Role(person["role"])
            user = create_person(keeper, organization, person["email"], person["name"], role, world.PASSWORD)
            if item.kind is OrganizationKind.COORDINATOR:
                own = mint_token(actor_of_person(user), "demo", _PEOPLE)
                tokens[f"{item.key}/{person['key']}"] = own.secret
        for package in item.packages:
            set_contact(keeper, package, organization.id)
        scopes = _READ_AND_WRITE
        if item.kind is not OrganizationKind.COORDINATOR:
            scopes = [scope for scope in scopes if scope != "facts:write"]
        tokens[item.key] = mint_first_token(keeper, organization, "demo", scopes).secret
    keep_facts(keeper, _facts())
    return tokens


def _facts() -> list[tuple[str, Fact]]:
    """What CISA has said of the story's flaws; what it has not said is left out."""
    return [
        (item["flaw"], Fact(name, item[key]["value"], item[key]["source"], item[key]["date"]))
        for item in world.facts()
        for key, name in _NAMES.items()
        if item[key]["value"] != "unknown"
    ]
