"""``seawall organization`` on the server's own machine, in a folder of its own, without any server."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest


class Machine:
    def __init__(self, folder: Path) -> None:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("SEAWALL_")}
        self.environment = {**kept, "SEAWALL_DATA_DIR": str(folder), "COLUMNS": "200"}

    def run(self, *arguments: str, code: int = 0, told: str = "") -> str:
        done = subprocess.run(
            [sys.executable, "-m", "seawall", *arguments],
            env=self.environment,
            input=told,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == code, (done.returncode, done.stdout, done.stderr)
        return done.stdout if code == 0 else done.stderr


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Machine:
    made = Machine(tmp_path_factory.mktemp("server"))
    made.run("organization", "create", "Harbor Labs", "--kind", "finder")
    return made


def test_an_organization_is_made_listed_and_made_once(machine: Machine) -> None:
    made = json.loads(
        machine.run("organization", "create", "Mercy", "--kind", "operator", "--sector", "healthcare", "--json")
    )
    assert made["id"].startswith("org_")
    assert {"Harbor Labs", "Mercy"} <= {
        one["name"] for one in json.loads(machine.run("organization", "list", "--json"))
    }
    assert "healthcare" in machine.run("organization", "list")
    assert "exists already" in machine.run("organization", "create", "Mercy", "--kind", "operator", code=2)


def test_a_token_is_printed_once_with_the_scopes_asked_for(machine: Machine) -> None:
    secret = machine.run("organization", "token", "Harbor Labs", "--scope", "reports:write").strip()
    assert secret.startswith("seawall_")
    assert "\n" not in secret
    all_of_them = json.loads(machine.run("organization", "token", "Harbor Labs", "--json"))
    assert "tokens:admin" in all_of_them["scopes"]
    assert "no organization named" in machine.run("organization", "token", "Nobody", code=2)


def test_a_person_and_a_contact_are_added(machine: Machine) -> None:
    told = machine.run(
        "organization", "person", "Harbor Labs", "ada@example.org", "--role", "admin", told="a long password\n"
    )
    assert "ada@example.org is admin of Harbor Labs" in told
    assert "pkg:pypi/jinja2" in machine.run("organization", "contact", "pkg:pypi/Jinja2@3.1.4", "Harbor Labs")
    assert "package URL" in machine.run("organization", "contact", "jinja2", "Harbor Labs", code=2)
