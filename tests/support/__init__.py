"""A small world of organizations, and the API as each of them sees it."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from django.test import Client

from seawall.foundation.access.rules import scopes_of_role
from seawall.foundation.access.table import SCOPES
from seawall.foundation.access.types import Actor, ActorKind, OrganizationKind, Role
from seawall.foundation.identity.models import User
from seawall.foundation.identity.queries import actor_of_person
from seawall.foundation.identity.services import create_organization, create_person, mint_first_token, mint_token

KEEPER = Actor.system("test")


@dataclass
class Answer:
    """What the API said."""

    status: int
    body: Any
    headers: Any
    content: bytes

    @property
    def code(self) -> str:
        return self.body["code"]


class Api:
    """The API as a program with one token (or none) sees it, through the whole Django stack."""

    def __init__(self, token: str | None = None) -> None:
        self._client = Client(raise_request_exception=False)
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}

    def request(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        raw: bytes | None = None,
        content_type: str = "application/json",
        headers: dict[str, str] | None = None,
        form: dict[str, Any] | None = None,
    ) -> Answer:
        sent = {**self._headers, **(headers or {})}
        address = f"/api/v1{path}"
        if form is not None:
            response = self._client.post(address, form, headers=sent)
        else:
            data = raw if raw is not None else (b"" if body is None else json.dumps(body).encode())
            response = self._client.generic(method, address, data, content_type, headers=sent)
        content = b"".join(response.streaming_content) if response.streaming else response.content
        is_json = "json" in response.headers.get("Content-Type", "")
        return Answer(
            response.status_code, json.loads(content) if is_json and content else None, response.headers, content
        )

    def get(self, path: str, **more: Any) -> Answer:
        return self.request("GET", path, **more)

    def post(self, path: str, body: Any = None, **more: Any) -> Answer:
        return self.request("POST", path, body, **more)

    def delete(self, path: str, **more: Any) -> Answer:
        return self.request("DELETE", path, **more)


class World:
    """Organizations by name, and actors and tokens for them."""

    def __init__(self) -> None:
        self.organizations = {
            name: create_organization(KEEPER, name, kind)
            for name, kind in {
                "clearinghouse": OrganizationKind.COORDINATOR,
                "finder": OrganizationKind.FINDER,
                "rival": OrganizationKind.FINDER,
                "vendor": OrganizationKind.VENDOR,
                "stranger": OrganizationKind.VENDOR,
                "hospital": OrganizationKind.OPERATOR,
                "bank": OrganizationKind.OPERATOR,
                "agency": OrganizationKind.AGENCY,
                "lab": OrganizationKind.AI_DEVELOPER,
                "evaluator": OrganizationKind.EVALUATOR,
            }.items()
        }

    def id(self, name: str) -> str:
        return str(self.organizations[name].id)

    def actor(self, name: str, *, role: Role = Role.ADMIN, scopes: Iterable[str] | None = None) -> Actor:
        """A person of the organization; with ``scopes`` a token that carries just these."""
        organization = self.organizations[name]
        token = scopes is not None
        return Actor(
            kind=ActorKind.TOKEN if token else ActorKind.PERSON,
            id=f"{'token' if token else 'person'}_{name}",
            label=f"{role} of {name}",
            organization_id=organization.id,
            organization_kind=OrganizationKind(organization.kind),
            role=None if token else role,
            scopes=frozenset(scopes) if scopes is not None else scopes_of_role(role),
        )

    def second(self, name: str = "clearinghouse") -> Actor:
        """Another person of the organization, for what takes two."""
        first = self.actor(name)
        return replace(first, id=f"{first.id}_2", label=f"second {first.label}")

    def person_api(self, name: str, person: str) -> Api:
        """The API with a token that a person of the organization minted for themself; the same person each time."""
        organization = self.organizations[name]
        user = User.objects.filter(email=f"{person}@{name}.example").first() or create_person(
            KEEPER, organization, f"{person}@{name}.example", person.title(), Role.ADMIN
        )
        return Api(mint_token(actor_of_person(user), "own", SCOPES).secret)

    def publishes(self, case_id: str) -> Answer:
        """Two people publish a case over the API; what the second was answered."""
        first, second = self.person_api("clearinghouse", "ines"), self.person_api("clearinghouse", "ruben")
        proposed = first.post(f"/cases/{case_id}/propose-publication", {"reason": "The fix is out."})
        assert proposed.status == 200, proposed.body
        return second.post(f"/cases/{case_id}/approve-publication", {"reason": "Read it; agreed."})

    def token(self, name: str, *scopes: str) -> str:
        """A fresh token of the organization; without ``scopes`` it carries all."""
        return mint_first_token(KEEPER, self.organizations[name], "test", scopes or SCOPES).secret

    def api(self, name: str | None, *scopes: str) -> Api:
        """The API for an organization; None for a caller without a credential."""
        return Api(self.token(name, *scopes) if name else None)
