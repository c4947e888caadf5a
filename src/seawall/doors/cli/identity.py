"""``seawall organization``: the keeper's commands on the server's own machine, before anybody can sign in.

They need the database's folder, not a token: whoever can write there owns the server anyway. No other door
leads to these services.
"""

import getpass
import sys
from typing import TYPE_CHECKING

import click

from seawall.doors.cli.server import load_django
from seawall.doors.cli.terminal import plain, show_fields, show_json, show_table
from seawall.foundation.access.table import SCOPES
from seawall.foundation.access.types import Actor, OrganizationKind, Role

if TYPE_CHECKING:
    from seawall.foundation.identity.models import Organization

KEEPER = Actor.system("keeper")
KINDS = [kind.value for kind in OrganizationKind]
ROLES = [role.value for role in Role]
as_json = click.option("--json", "json_output", is_flag=True, help="Print JSON for a program.")


@click.group()
def organization() -> None:
    """Make organizations, people and first tokens on this machine."""
    load_django()
    from django.core.management import call_command  # noqa: PLC0415 - needs Django loaded

    call_command("migrate", interactive=False, verbosity=0)


@organization.command()
@click.argument("name")
@click.option("--kind", required=True, type=click.Choice(KINDS))
@click.option("--sector", default="", help="Such as healthcare; for operators.")
@as_json
def create(name: str, kind: str, sector: str, *, json_output: bool) -> None:
    """Make the organization NAME."""
    from seawall.foundation.identity.services import create_organization  # noqa: PLC0415

    row = create_organization(KEEPER, name, OrganizationKind(kind), sector)
    if json_output:
        show_json({"id": row.id, "name": row.name, "kind": kind, "sector": sector})
    else:
        show_fields([("id", row.id), ("name", row.name), ("kind", kind), ("sector", sector)])


@organization.command("list")
@as_json
def list_organizations(*, json_output: bool) -> None:
    """All organizations, by name."""
    from seawall.foundation.identity.queries import all_organizations  # noqa: PLC0415

    rows = [{"id": row.id, "name": row.name, "kind": row.kind, "sector": row.sector} for row in all_organizations()]
    if json_output:
        show_json(rows)
    else:
        show_table("Organizations", ["id", "name", "kind", "sector"], [tuple(row.values()) for row in rows])


@organization.command()
@click.argument("name")
@click.argument("email")
@click.option("--full-name", default="")
@click.option("--role", default=Role.MEMBER.value, show_default=True, type=click.Choice(ROLES))
def person(name: str, email: str, full_name: str, role: str) -> None:
    """Give EMAIL an account in the organization NAME. The password is asked for, or read from standard input."""
    from seawall.foundation.identity.services import create_person  # noqa: PLC0415

    password = getpass.getpass() if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")
    user = create_person(KEEPER, _named(name), email, full_name, Role(role), password or None)
    click.echo(f"{plain(user.email)} is {role} of {plain(name)}" + ("" if password else ", without a password"))


@organization.command()
@click.argument("name")
@click.option("--token-name", default="first token", show_default=True)
@click.option("--scope", "scopes", multiple=True, type=click.Choice(list(SCOPES)), help="Repeat; none means all.")
@as_json
def token(name: str, token_name: str, scopes: tuple[str, ...], *, json_output: bool) -> None:
    """Mint a token for the organization NAME. Its secret is printed this once."""
    from seawall.foundation.identity.services import mint_first_token  # noqa: PLC0415

    minted = mint_first_token(KEEPER, _named(name), token_name, scopes or SCOPES)
    if json_output:
        show_json(
            {
                "id": minted.id,
                "secret": minted.secret,
                "scopes": list(minted.scopes),
                "expires_at": minted.expires_at.isoformat(),
            }
        )
    else:
        click.echo(minted.secret)


@organization.command()
@click.argument("package")
@click.argument("name")
def contact(package: str, name: str) -> None:
    """Bring in the organization NAME for proved reports about PACKAGE (a package URL)."""
    from seawall.clearinghouse.coordination.services import set_contact  # noqa: PLC0415
    from seawall.clearinghouse.deconfliction.services import normalize_target  # noqa: PLC0415

    normalized = normalize_target(package)
    set_contact(KEEPER, normalized, _named(name).id)
    click.echo(f"{plain(name)} is brought in for {plain(normalized)}")


def _named(name: str) -> "Organization":
    from seawall.foundation.identity.queries import organization_named  # noqa: PLC0415

    return organization_named(name)
