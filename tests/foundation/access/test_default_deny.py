"""Every way in is declared: each page, API operation, MCP tool and remote command names the action that its service
will require, and what anonymous callers reach is on a written list (docs/access.md).
"""

import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from django.test import Client as Browser
from django.urls import URLPattern, URLResolver, get_resolver
from ninja.operation import Operation

from seawall.doors.api.app import api
from seawall.doors.cli.client import Client
from seawall.doors.cli.main import cli
from seawall.doors.mcp.server import tools_for
from seawall.foundation.access.declarations import declared_action, is_public
from seawall.foundation.access.rules import known_actions
from seawall.foundation.access.table import TABLE
from seawall.foundation.access.types import Role
from seawall.foundation.identity.services import create_person
from support import KEEPER, Api, World

ACCESS_PAGE = Path(__file__).parents[3] / "docs" / "access.md"

ALLAUTH = {
    # allauth's addresses below accounts/, and why each may be reached without one of our declarations: they are about the
    # visitor's own sign-in, and allauth checks that itself.
    "login/": "where everybody signs in",
    "logout/": "ends the visitor's own session",
    "inactive/": "says that an account is inactive",
    "signup/": "closed: ClosedSignup refuses everybody",
    "reauthenticate/": "asks the signed-in person again",
    "email/": "the signed-in person's own addresses",
    "confirm-email/": "says that mail is on its way",
    "password/change/": "the signed-in person's own password",
    "password/set/": "the signed-in person's own password",
    "password/reset/": "asks for mail; known and unknown addresses are answered alike",
    "login/code/confirm/": "the code from the mail is the credential",
    r"^confirm-email/(?P<key>[-:\w]+)/$": "the key from the mail is the credential",
    "password/reset/key/done/": "says that the password is set",
    "^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$": "the key from the mail is the credential",
    "password/reset/done/": "says that mail is on its way",
    "2fa/authenticate/": "second step of signing in",
    "2fa/webauthn/login/": "signing in by passkey",
    "2fa/": "the signed-in person's own second factor",
    "2fa/reauthenticate/": "the signed-in person's own second factor",
    "2fa/totp/activate/": "the signed-in person's own second factor",
    "2fa/totp/deactivate/": "the signed-in person's own second factor",
    "2fa/recovery-codes/": "the signed-in person's own second factor",
    "2fa/recovery-codes/generate/": "the signed-in person's own second factor",
    "2fa/recovery-codes/download/": "the signed-in person's own second factor",
    "2fa/webauthn/": "the signed-in person's own second factor",
    "2fa/webauthn/add/": "the signed-in person's own second factor",
    "2fa/webauthn/reauthenticate/": "the signed-in person's own second factor",
    "2fa/webauthn/keys/<int:pk>/remove/": "the signed-in person's own second factor",
    "2fa/webauthn/keys/<int:pk>/edit/": "the signed-in person's own second factor",
    "3rdparty/login/cancelled/": "says that single sign-on was canceled",
    "3rdparty/login/error/": "says that single sign-on failed",
    "3rdparty/signup/": "closed: MembersOnly refuses new addresses",
    "3rdparty/": "the signed-in person's own connections",
    "social/login/cancelled/": "old name of the above",
    "social/login/error/": "old name of the above",
    "social/signup/": "old name of the above",
    "social/connections/": "old name of the above",
    "oidc/^(?P<provider_id>[^/]+)/login/": "sends the visitor to the issuer",
    "oidc/^(?P<provider_id>[^/]+)/login/callback/": "takes the issuer's answer",
}
LOCAL = {
    # Commands that work on this machine's own files; whoever may write those owns the server anyway.
    "up": "starts the server",
    "worker": "runs jobs beside the server",
    "manage": "Django's own commands",
    "demo": "plays the story on a server of its own",
    "validate": "runs a proof here, without a server",
    "mcp": "its tools are declared one by one",
    "facts": "the keeper's commands, on the database's own machine",
    "organization": "the keeper's commands, on the database's own machine",
    "log": "reads and verifies the log from files or public addresses",
    "advisory": "verifies files, offline",
    "affected": "runs its user's own proof here, offline",
    "check": "looks at its user's own files, offline",
    "patch": "runs its user's own proof here, offline",
    "snapshot": "makes and reads files; load is the keeper's, on the database's own machine",
}
REMOTE = {"report", "scan", "lease", "case", "inventory", "exposure", "commitment", "collision", "network"}


def patterns(resolver: URLResolver, prefix: str = "", namespace: str = "") -> Iterator[tuple[str, str, URLPattern]]:
    """Every address: route, namespace, pattern."""
    for entry in resolver.url_patterns:
        route = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from patterns(entry, route, entry.namespace or namespace)
        else:
            yield route, namespace, entry


ADDRESSES = list(patterns(get_resolver()))


def operations() -> Iterator[tuple[str, Operation]]:
    """Every API operation with its path below ``/api/v1``."""
    for router in api._get_bound_routers():
        for path, view in router.path_operations.items():
            full = "/".join(part.strip("/") for part in (router.prefix, path) if part.strip("/"))
            for operation in view.operations:
                yield f"/{full}", operation


OPERATIONS = list(operations())


def commands(group: click.Group, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Every command that does something."""
    context = click.Context(group)
    for name in group.list_commands(context):
        if not path and name in LOCAL:
            yield (name,), click.Command(name)
            continue
        command = group.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            yield from commands(command, (*path, name))
        else:
            yield (*path, name), command


def written_list() -> dict[str, set[str]]:
    """``docs/access.md``: heading -> addresses in the first column of the table below it."""
    found: dict[str, set[str]] = {}
    heading = ""
    for line in ACCESS_PAGE.read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            heading = line[3:].strip()
        elif match := re.match(r"^\| `([^`]+)` \|", line):
            found.setdefault(heading, set()).add(match[1])
    return found


def test_every_page_is_declared() -> None:
    undeclared = []
    for route, namespace, pattern in ADDRESSES:
        if namespace == "api" or route.startswith("accounts/"):
            continue
        view = getattr(pattern.callback, "view_class", pattern.callback)
        if declared_action(view) not in known_actions():
            undeclared.append(route)
    assert not undeclared


def test_allauths_addresses_are_on_the_list_with_their_reason() -> None:
    routes = {route.removeprefix("accounts/") for route, _, _ in ADDRESSES if route.startswith("accounts/")}
    assert routes == set(ALLAUTH)


def test_every_operation_is_declared_and_guarded_by_what_it_declares() -> None:
    assert len(OPERATIONS) > 25
    for path, operation in OPERATIONS:
        declared = declared_action(operation.view_func)
        assert declared in known_actions(), path
        guards = [getattr(callback, "action", None) for callback in operation.auth_callbacks]
        assert guards == [declared], path
    routes = {str(pattern.pattern) for _, namespace, pattern in ADDRESSES if namespace == "api"}
    known = {path for path, _ in OPERATIONS}
    # One address per path, and the root, which ninja makes and which always answers 404.
    assert len(routes) == len(known) + 1


def test_every_tool_is_declared() -> None:
    tools = tools_for(Client("http://127.0.0.1:1", "token"))
    assert {"request_lease", "release_lease", "submit_report", "report_status", "list_my_reports"} <= set(tools)
    assert not [name for name, tool in tools.items() if declared_action(tool) not in known_actions()]


def test_every_remote_command_is_declared_and_every_other_is_on_the_list() -> None:
    assert isinstance(cli, click.Group)
    undeclared = []
    for path, command in commands(cli):
        if path[0] in LOCAL:
            continue
        assert path[0] in REMOTE, f"{path[0]}: neither remote nor on the list of local commands"
        if declared_action(command.callback) not in known_actions():
            undeclared.append(" ".join(path))
    assert not undeclared


def test_what_is_declared_public_is_what_the_page_lists() -> None:
    written = written_list()
    public = {grant.action for grant in TABLE if grant.relation == "public"}
    assert written["Public actions"] == public
    pages = {
        f"/{route}"
        for route, namespace, pattern in ADDRESSES
        if namespace != "api"
        and not route.startswith("accounts/")
        and is_public(declared_action(getattr(pattern.callback, "view_class", pattern.callback)) or "")
    }
    assert written.get("Pages and files", set()) - {"/static/"} == pages
    public_operations = {
        f"{method} {path}"
        for path, operation in OPERATIONS
        for method in operation.methods
        if is_public(declared_action(operation.view_func) or "")
    }
    assert written["API operations"] == public_operations


def filled(path: str) -> str:
    """An address with something in the place of its variables."""
    return re.sub(r"\{[^}]+\}", "case_" + "a" * 26, path)


@pytest.mark.django_db
def test_without_a_credential_only_public_operations_answer() -> None:
    for path, operation in OPERATIONS:
        for method in operation.methods:
            answer = Api().request(method, filled(path), {} if method == "POST" else None)
            if is_public(declared_action(operation.view_func) or ""):
                assert answer.status in {200, 404, 422}, (method, path)
            else:
                assert answer.status == 401, (method, path)
                assert answer.headers["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.django_db
def test_without_a_session_only_public_pages_answer() -> None:
    browser = Browser(raise_request_exception=False)
    for route, namespace, pattern in ADDRESSES:
        if namespace == "api" or route.startswith("accounts/"):
            continue
        action = declared_action(getattr(pattern.callback, "view_class", pattern.callback)) or ""
        address = "/" + re.sub(r"<(?:\w+:)?\w+>", "1", route).replace("\\Z", "").strip("^$")
        for method in ("get", "post"):
            status = getattr(browser, method)(address).status_code
            if not is_public(action):
                assert not 200 <= status < 300, (method, route)
            assert status < 500, (method, route)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "header",
    [
        "Bearer ",
        "Bearer x",
        "Bearer seawall_aaaaaaaa_" + "A" * 43 + "_00000000",
        "Basic dXNlcjpwYXNz",
        "bearer",
        "Bearer \u00fc",
        "Bearer " + "x" * 5000,
    ],
)
def test_a_wrong_credential_is_refused_even_where_none_is_needed(header: str) -> None:
    for path in ("/me", "/advisories", "/log/key"):
        answer = Api().get(path, headers={"Authorization": header})
        assert (answer.status, answer.code) == (401, "unauthenticated"), path


@pytest.mark.django_db
def test_a_sessions_cookie_opens_nothing_at_the_api(world: World) -> None:
    person = create_person(KEEPER, world.organizations["finder"], "f@example.org", "F", Role.ADMIN, "long enough")
    browser = Browser()
    browser.force_login(person)
    assert browser.get("/api/v1/me").status_code == 401
    assert browser.post("/api/v1/leases", b'{"target":"pkg:pypi/a"}', "application/json").status_code == 401
