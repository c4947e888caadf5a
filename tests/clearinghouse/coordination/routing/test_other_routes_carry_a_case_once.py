"""E-mail, GitHub and VINCE: encrypted or silent, as the other side's form wants it, and never twice."""

import dataclasses
import json
import shutil
import subprocess
from collections.abc import Iterator
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pyrage
import pysequoia
import pytest

from seawall.clearinghouse.coordination import models as cases
from seawall.clearinghouse.coordination.routing import carrying, documents, queries, sending, services
from seawall.clearinghouse.coordination.routing.models import Delivery
from seawall.clearinghouse.coordination.routing.types import DeliveryState, Route
from seawall.foundation.jobs.runner import drain
from seawall.foundation.platform.errors import BadInput, Conflict, Forbidden, NotFound
from support import World, carriers
from support.carriers import Seen
from support.world import JINJA, Scene

KINDS = ("routing.send", "routing.given_up")
ALICE = "Alice <alice@example.org>"


@pytest.fixture
def key() -> Any:
    return pysequoia.Tsk.generate(ALICE)


@pytest.fixture
def github(settings: Any) -> Iterator[Seen]:
    with carriers.github(settings) as seen:
        yield seen


@pytest.fixture
def smtp(settings: Any) -> Iterator[Seen]:
    with carriers.smtp(settings) as seen:
        yield seen


def begun(world: World, case_id: str, route: Route, **address: str) -> Delivery:
    keeper = world.actor("clearinghouse")
    if address:
        sending.set_address(keeper, JINJA, **address)
    return sending.begin(keeper, case_id, route)


def again(delivery: Delivery) -> Delivery:
    return Delivery.objects.get(pk=delivery.pk)


def secrets_of(case_id: str) -> list[bytes]:
    """Words of the case that nobody may read on the way."""
    case = cases.Case.objects.get(pk=case_id)
    return [
        one.encode()
        for one in (case.title, case.package, case.advisory_id, "jinja2", "attr filter", "3.1.5", "{{ (x|attr")
    ]


# --- mail ----------------------------------------------------------------------------------------


def test_openpgp_mail_is_read_by_its_owner_alone(world: World, key: Any) -> None:
    case_id = Scene(world).case()
    row = begun(world, case_id, Route.EMAIL, email="alice@example.org", openpgp_key=str(key.extract_certificate()))
    made = sending.document(world.actor("clearinghouse"), case_id, row.id)
    message = message_from_bytes(made.data, policy=policy.default)
    assert message.get_content_type() == "multipart/encrypted"
    assert message.get_param("protocol") == "application/pgp-encrypted"
    control, body = message.iter_parts()
    assert control.get_payload(decode=True) == b"Version: 1\n"
    assert not [word for word in secrets_of(case_id) if word in made.data]
    decrypted = pysequoia.decrypt(body.get_payload(decode=True), decryptor=key.decryptor()).bytes
    inner = message_from_bytes(decrypted, policy=policy.default).get_content()
    case = cases.Case.objects.get(pk=case_id)
    assert case.package in inner
    assert "attr filter hands out" in inner
    assert "Under embargo until" in inner
    assert "/m/" in inner
    assert again(row).protection == "openpgp"
    assert again(row).digest == sending.digest(made.data)
    stranger = pysequoia.Tsk.generate("Eve <eve@example.org>")
    with pytest.raises(RuntimeError):
        pysequoia.decrypt(body.get_payload(decode=True), decryptor=stranger.decryptor())


@pytest.mark.skipif(shutil.which("gpg") is None, reason="GnuPG is not installed here")
def test_gnupg_reads_the_openpgp_mail_too(world: World, tmp_path: Path) -> None:
    home = tmp_path / "gnupg"
    home.mkdir(mode=0o700)
    gpg = ["gpg", "--homedir", str(home), "--batch", "--quiet", "--pinentry-mode", "loopback", "--passphrase", ""]
    subprocess.run([*gpg, "--quick-gen-key", ALICE, "default", "default"], check=True, capture_output=True)
    public = subprocess.run([*gpg, "--armor", "--export"], check=True, capture_output=True, text=True).stdout
    case_id = Scene(world).case()
    row = begun(world, case_id, Route.EMAIL, email="alice@example.org", openpgp_key=public)
    made = sending.document(world.actor("clearinghouse"), case_id, row.id)
    _, body = message_from_bytes(made.data, policy=policy.default).iter_parts()
    read = subprocess.run([*gpg, "--decrypt"], input=body.get_payload(decode=True), check=True, capture_output=True)
    assert b"attr filter hands out" in read.stdout
    subprocess.run(["gpgconf", "--homedir", str(home), "--kill", "all"], check=False, capture_output=True)


def test_age_mail_is_read_by_its_owner_alone(world: World) -> None:
    identity = pyrage.x25519.Identity.generate()
    case_id = Scene(world).case()
    row = begun(world, case_id, Route.EMAIL, email="alice@example.org", age_recipient=str(identity.to_public()))
    made = sending.document(world.actor("clearinghouse"), case_id, row.id)
    assert not [word for word in secrets_of(case_id) if word in made.data]
    message = message_from_bytes(made.data, policy=policy.default)
    _, attached = message.iter_parts()
    assert attached.get_filename() == "report.txt.age"
    text = pyrage.decrypt(attached.get_payload(decode=True), [identity]).decode()
    assert "attr filter hands out" in text
    assert "/m/" in text
    with pytest.raises(pyrage.DecryptError):
        pyrage.decrypt(attached.get_payload(decode=True), [pyrage.x25519.Identity.generate()])


def test_without_a_key_a_mail_says_nothing_but_a_link(world: World) -> None:
    case_id = Scene(world).case()
    row = begun(world, case_id, Route.EMAIL, email="alice@example.org")
    made = sending.document(world.actor("clearinghouse"), case_id, row.id)
    text = message_from_bytes(made.data, policy=policy.default).get_content()
    assert not [word for word in secrets_of(case_id) if word in made.data or word in text.encode()]
    token = text.split("/m/")[1].split()[0]
    services.open_link(token)
    assert again(row).state == DeliveryState.OPENED


def test_each_file_has_a_link_of_its_own_and_the_older_ends(world: World) -> None:
    case_id = Scene(world).case()
    row = begun(world, case_id, Route.EMAIL, email="alice@example.org")
    keeper = world.actor("clearinghouse")
    tokens = [
        message_from_bytes(sending.document(keeper, case_id, row.id).data, policy=policy.default)
        .get_content()
        .split("/m/")[1]
        .split()[0]
        for _ in range(2)
    ]
    with pytest.raises(Conflict, match="revoked"):
        services.open_link(tokens[0])
    services.open_link(tokens[1])


@pytest.mark.parametrize(
    ("address", "field"),
    [
        ({"email": "a@b@c"}, "email"),
        ({"email": "Alice <alice@example.org>"}, "email"),
        ({"email": "alice@example.org\nBcc: eve@example.org"}, "email"),
        ({"email": "a@example.org,eve@example.org"}, "email"),
        ({"email": "älice@example.org"}, "email"),
        ({"email": "a@example.org", "openpgp_key": "no key"}, "openpgp_key"),
        ({"email": "a@example.org", "openpgp_key": "x" * 300_000}, "openpgp_key"),
        ({"email": "a@example.org", "age_recipient": "age1nothing"}, "age_recipient"),
        ({"email": "a@example.org", "age_recipient": "ssh-ed25519 AAAA"}, "age_recipient"),
        ({"openpgp_key": "no address"}, "email"),
        ({"github_repository": "../../user"}, "github_repository"),
        ({"github_repository": "a/b/c"}, "github_repository"),
        ({"github_repository": "a/.."}, "github_repository"),
        ({"github_repository": "a/."}, "github_repository"),
        ({"github_repository": "a/b?x=1"}, "github_repository"),
        ({"github_repository": "a b/c"}, "github_repository"),
    ],
)
def test_an_address_that_is_none_is_refused_and_named(world: World, address: dict[str, str], field: str) -> None:
    with pytest.raises(BadInput) as refused:
        sending.set_address(world.actor("clearinghouse"), JINJA, **address)
    assert refused.value.field == field


def test_a_private_and_an_expired_key_are_refused(world: World, key: Any, later: Any) -> None:
    keeper = world.actor("clearinghouse")
    short = pysequoia.Tsk.generate(ALICE, validity_seconds=3600)
    public = str(short.extract_certificate())
    sending.set_address(keeper, JINJA, email="alice@example.org", openpgp_key=public)
    case_id = Scene(world).case()
    row = sending.begin(keeper, case_id, Route.EMAIL)
    later(hours=2)
    # The key ran out in between: refused, and nothing falls back to plain text.
    with pytest.raises(BadInput, match="expired"):
        sending.document(keeper, case_id, row.id)
    with pytest.raises(BadInput, match="private"):
        sending.set_address(keeper, JINJA, email="alice@example.org", openpgp_key=str(key))


def test_mail_is_sent_once_by_a_job(world: World, smtp: Seen, key: Any) -> None:
    case_id = Scene(world).case()
    row = begun(world, case_id, Route.EMAIL, email="alice@example.org", openpgp_key=str(key.extract_certificate()))
    assert row.state == DeliveryState.QUEUED
    with pytest.raises(Conflict):
        sending.begin(world.actor("clearinghouse"), case_id, Route.EMAIL)
    for _ in range(3):
        drain(kinds=KINDS)
    assert len(smtp.requests) == 1
    sent = again(row)
    assert sent.state == DeliveryState.SENT
    data = smtp.requests[0][2]
    assert sent.identifier.encode() in data
    assert not [word for word in secrets_of(case_id) if word in data]
    _, body = message_from_bytes(data, policy=policy.default).iter_parts()
    assert b"attr filter" in pysequoia.decrypt(body.get_payload(decode=True), decryptor=key.decryptor()).bytes


@pytest.mark.parametrize(
    ("answer", "state", "sent"),
    [
        ((550, b"rcpt"), DeliveryState.BOUNCED, 0),
        ((450, b"rcpt"), DeliveryState.QUEUED, 0),
        ((554, b""), DeliveryState.BOUNCED, 1),
        ((451, b""), DeliveryState.QUEUED, 1),
        ((0, b""), DeliveryState.UNKNOWN, 1),
    ],
)
def test_what_the_mail_server_says_decides(
    world: World, smtp: Seen, answer: tuple[int, bytes], state: DeliveryState, sent: int
) -> None:
    smtp.answers.append(answer)
    row = begun(world, Scene(world).case(), Route.EMAIL, email="alice@example.org")
    drain(kinds=KINDS)
    assert again(row).state == state
    assert len(smtp.requests) == sent


def test_a_mail_that_was_surely_not_taken_is_tried_again_until_it_is(world: World, smtp: Seen, later: Any) -> None:
    smtp.answers += [(450, b"rcpt"), (451, b"")]
    row = begun(world, Scene(world).case(), Route.EMAIL, email="alice@example.org")
    for _ in range(3):
        drain(kinds=KINDS)
        later(minutes=10)
    assert again(row).state == DeliveryState.SENT
    # The link of the mail that arrived is the one that opens.
    token = message_from_bytes(smtp.requests[-1][2], policy=policy.default).get_content().split("/m/")[1].split()[0]
    services.open_link(token)


def test_after_the_last_attempt_it_has_failed_and_may_begin_anew(world: World, settings: Any, later: Any) -> None:
    settings.SEAWALL = dataclasses.replace(
        settings.SEAWALL, smtp_url="smtp+plain://127.0.0.1:9", mail_from="cases@clearinghouse.example"
    )
    case_id = Scene(world).case()
    row = begun(world, case_id, Route.EMAIL, email="alice@example.org")
    for _ in range(12):
        drain(kinds=KINDS)
        later(hours=1)
    assert again(row).state == DeliveryState.FAILED
    sending.begin(world.actor("clearinghouse"), case_id, Route.EMAIL)


def test_what_a_dead_worker_was_sending_is_not_sent_again(world: World, smtp: Seen) -> None:
    row = begun(world, Scene(world).case(), Route.EMAIL, email="alice@example.org")
    Delivery.objects.filter(pk=row.pk).update(state=DeliveryState.SENDING)
    drain(kinds=KINDS)
    assert again(row).state == DeliveryState.UNKNOWN
    assert smtp.requests == []
    sending.send_again(world.actor("clearinghouse"), row.case_id, row.id)
    drain(kinds=KINDS)
    assert (again(row).state, len(smtp.requests)) == (DeliveryState.SENT, 1)


# --- GitHub --------------------------------------------------------------------------------------

PACKAGE = {
    "type": "object",
    "required": ["ecosystem"],
    "additionalProperties": False,
    "properties": {
        "ecosystem": {"enum": "actions composer erlang go maven npm nuget other pip pub rubygems rust swift".split()},  # noqa: SIM905 - as a list it is a page
        "name": {"type": ["string", "null"]},
    },
}
SCHEMA = {
    # private-vulnerability-report-create, as GitHub's OpenAPI description (2022-11-28) has it; closed, so that a
    # misspelled member is seen.
    "type": "object",
    "required": ["summary", "description"],
    "additionalProperties": False,
    "properties": {
        "summary": {"type": "string", "maxLength": 1024},
        "description": {"type": "string", "maxLength": 65535},
        "vulnerabilities": {
            "type": ["array", "null"],
            "items": {
                "type": "object",
                "required": ["package"],
                "additionalProperties": False,
                "properties": {
                    "package": PACKAGE,
                    "vulnerable_version_range": {"type": ["string", "null"]},
                    "patched_versions": {"type": ["string", "null"]},
                    "vulnerable_functions": {"type": ["array", "null"], "items": {"type": "string"}},
                },
            },
        },
        "cwe_ids": {"type": ["array", "null"], "items": {"type": "string"}},
        "severity": {"enum": ["critical", "high", "medium", "low", None]},
        "cvss_vector_string": {"type": ["string", "null"]},
        "start_private_fork": {"type": "boolean"},
    },
}


def test_github_gets_what_its_schema_asks_for(world: World, github: Seen) -> None:
    import jsonschema_rs  # noqa: PLC0415

    case_id = Scene(world).case()
    row = begun(world, case_id, Route.GITHUB, github_repository="pallets/jinja")
    drain(kinds=KINDS)
    drain(kinds=KINDS)
    (path, headers, body), *more = github.requests
    assert more == []
    assert path == "/repos/pallets/jinja/security-advisories/reports"
    assert headers["authorization"] == "Bearer ghp_test"
    assert headers["x-github-api-version"] == "2022-11-28"
    assert headers["content-type"] == "application/json"
    said = json.loads(body)
    jsonschema_rs.validate(SCHEMA, said)
    assert said["cvss_vector_string"].startswith("CVSS:3.1/")
    assert "severity" not in said
    assert said["vulnerabilities"] == [
        {
            "package": {"ecosystem": "pip", "name": "jinja2"},
            "vulnerable_version_range": "< 3.1.6",
            "patched_versions": "3.1.6",
            "vulnerable_functions": ["jinja2.filters.do_attr"],
        }
    ]
    assert said["cwe_ids"] == ["CWE-1336"]
    sent = again(row)
    assert (sent.state, sent.identifier, sent.digest) == (
        DeliveryState.SENT,
        "GHSA-aaaa-bbbb-cccc",
        sending.digest(body),
    )


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        ((403, b"{}"), DeliveryState.FAILED),
        ((404, b"{}"), DeliveryState.FAILED),
        ((422, b"{}"), DeliveryState.FAILED),
        ((301, b""), DeliveryState.UNKNOWN),
        ((429, b"{}"), DeliveryState.QUEUED),
        ((503, b""), DeliveryState.QUEUED),
        ((502, b""), DeliveryState.UNKNOWN),
        ((0, b""), DeliveryState.UNKNOWN),
        ((201, b"no json"), DeliveryState.SENT),
        ((201, b'["GHSA"]'), DeliveryState.SENT),
    ],
)
def test_what_github_says_decides(world: World, github: Seen, answer: tuple[int, bytes], state: DeliveryState) -> None:
    github.answers.append(answer)
    row = begun(world, Scene(world).case(), Route.GITHUB, github_repository="pallets/jinja")
    drain(kinds=KINDS)
    assert again(row).state == state
    assert len(github.requests) == 1


def test_without_a_token_nothing_is_sent_and_the_file_is_the_body(world: World) -> None:
    case_id = Scene(world).case()
    keeper = world.actor("clearinghouse")
    row = begun(world, case_id, Route.GITHUB, github_repository="pallets/jinja")
    assert row.state == DeliveryState.PREPARED
    drain(kinds=KINDS)
    made = sending.document(keeper, case_id, row.id)
    assert made.data == sending.github_body(cases.Case.objects.get(pk=case_id))
    sending.mark(keeper, case_id, row.id, DeliveryState.SENT, identifier="GHSA-1111-2222-3333")
    assert again(row).identifier == "GHSA-1111-2222-3333"


def test_only_the_named_server_is_spoken_to() -> None:
    assert carrying._policy("https://api.github.com").permitted == ()
    assert carrying._policy("https://api.github.com").schemes == {"https"}
    assert carrying._policy("https://api.github.com").max_redirects == 0


def test_a_huge_report_is_cut_to_what_the_forms_take(world: World) -> None:
    case_id = Scene(world).case(description="x" * 60_000 + "ä" * 5000)
    text = sending.case_text(cases.Case.objects.get(pk=case_id))
    big = dataclasses.replace(text, title="t" * 5000, description="d" * 200_000, versions=("9",) * 500)
    github = documents.github_report(big)
    assert (len(github["summary"]), len(github["description"])) == (1024, 65_535)
    vince = documents.vince_report(big, contact="c" * 500, email="")
    assert max(len(value) for value in vince.values() if isinstance(value, str)) <= 20_000
    assert len(vince["product_version"]) <= 100


# --- VINCE ---------------------------------------------------------------------------------------

REQUIRED = [
    # Fields that the form of VINCE 3.0.8 does not take empty.
    "share_release",
    "credit_release",
    "comm_attempt",
    "multiplevendors",
    "product_name",
    "product_version",
    "vul_description",
    "vul_exploit",
    "vul_impact",
    "vul_discovery",
    "vul_public",
    "vul_exploited",
    "vul_disclose",
]


def test_the_file_for_vince_fills_what_its_form_asks_for(world: World) -> None:
    case_id = Scene(world).case()
    keeper = world.actor("clearinghouse")
    row = sending.begin(keeper, case_id, Route.VINCE)
    said = json.loads(sending.document(keeper, case_id, row.id).data)
    assert [name for name in REQUIRED if said[name] in {"", None}] == []
    assert said["product_name"] == "jinja2"
    assert "3.0.8" in said["_written_against"]
    sending.mark(keeper, case_id, row.id, DeliveryState.SENT, identifier="VRF#26-11-ABCDE")
    sending.mark(keeper, case_id, row.id, DeliveryState.ANSWERED)
    assert (again(row).state, again(row).identifier) == (DeliveryState.ANSWERED, "VRF#26-11-ABCDE")


# --- who may -------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["finder", "vendor", "stranger", "hospital"])
def test_only_coordinators_choose_routes(world: World, who: str) -> None:
    case_id = Scene(world).case()
    row = sending.begin(world.actor("clearinghouse"), case_id, Route.VINCE)
    actor = world.actor(who)
    for attempt in (
        lambda: sending.set_address(actor, JINJA, email="a@example.org"),
        lambda: sending.begin(actor, case_id, Route.VINCE),
        lambda: sending.document(actor, case_id, row.id),
        lambda: sending.mark(actor, case_id, row.id, DeliveryState.SENT),
        lambda: queries.deliveries_of(actor, case_id),
    ):
        with pytest.raises((NotFound, Forbidden)):
            attempt()


def test_a_delivery_is_not_reached_through_another_case(world: World) -> None:
    scene = Scene(world)
    here, there = scene.case(), scene.case(package="pkg:pypi/other", title="Other", identifiers=())
    keeper = world.actor("clearinghouse")
    row = sending.begin(keeper, here, Route.VINCE)
    with pytest.raises(NotFound):
        sending.document(keeper, there, row.id)


def test_names_of_packages_are_those_of_their_ecosystems() -> None:
    table = {
        "pkg:pypi/jinja2": "jinja2",
        "pkg:npm/%40scope/x": "@scope/x",
        "pkg:maven/org.apache/commons": "org.apache:commons",
        "pkg:golang/github.com/a/b": "github.com/a/b",
    }
    assert {package: sending.documents_name(package) for package in table} == table
