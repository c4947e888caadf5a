"""What the server's keeper does on its own machine before the story begins: organizations, people, tokens,
package contacts and facts. Needs Django; everything after this goes over the API.
"""

from seawall.clearinghouse.coordination.services import set_contact
from seawall.clearinghouse.prioritization.services import keep_facts
from seawall.clearinghouse.prioritization.types import Fact, FactName
from seawall.demo import world
from seawall.foundation.access.table import SCOPES
from seawall.foundation.access.types import Actor, OrganizationKind, Role
from seawall.foundation.identity.services import create_organization, create_person, mint_first_token

_NAMES = {
    "kev": FactName.IN_KEV,
    "automatable": FactName.AUTOMATABLE,
    "technical_impact": FactName.TECHNICAL_IMPACT,
    "exploitation": FactName.EXPLOITATION,
}
_READ_AND_WRITE = [scope for scope in SCOPES if not scope.endswith(":admin")]


def prepare() -> dict[str, str]:
    """Fill an empty, migrated database; returns organization key -> API token."""
    keeper = Actor.system("keeper")
    tokens: dict[str, str] = {}
    for item in world.organizations():
        organization = create_organization(keeper, item.name, item.kind, item.sector)
        for person in item.people:
            create_person(keeper, organization, person["email"], person["name"], Role(person["role"]), world.PASSWORD)
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
