import dataclasses
import hashlib
import json
import os
import secrets
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from django.db import connection, transaction

from seawall.clearinghouse.distribution import osv, queries, verify
from seawall.clearinghouse.distribution.errors import AlreadyPublished
from seawall.clearinghouse.distribution.models import Document
from seawall.clearinghouse.distribution.services import publish
from seawall.clearinghouse.distribution.types import Advisory, Format
from seawall.foundation.access.types import Actor, ActorKind, OrganizationKind
from seawall.foundation.platform import storage
from seawall.foundation.platform.errors import BadInput, Forbidden, NotFound, Unauthenticated
from seawall.foundation.platform.signing import KEY_FILE, KeyUnusable

pytestmark = pytest.mark.django_db

ANYBODY = Actor.anonymous()
COORDINATOR = Actor(
    kind=ActorKind.TOKEN,
    id="token_coordinator",
    label="coordinator",
    organization_id="org_clearinghouse",
    organization_kind=OrganizationKind.COORDINATOR,
    scopes=frozenset({"cases:write"}),
)


@pytest.fixture(autouse=True)
def data_dir(settings: object, tmp_path: Path) -> Path:
    settings.SEAWALL = dataclasses.replace(settings.SEAWALL, data_dir=tmp_path, base_url="https://seawall.example")
    return tmp_path


def test_both_formats_are_public_signed_and_in_the_log(make: Callable[..., Advisory]) -> None:
    advisory = make()
    published = publish(COORDINATOR, advisory, "case_1")
    key = queries.public_file(ANYBODY, "keys/advisories.pem").content
    for document_format in Format:
        document = queries.document(ANYBODY, advisory.id, document_format)
        assert published.digests[document_format] == f"sha256:{hashlib.sha256(document.content).hexdigest()}"
        statement = verify.check_envelope(document.content, document.envelope, key)
        verify.check_signature(document.content, document.signature, key)
        assert statement.log_index == published.log_index == document.log_index
        assert statement.file_name == document.file_name
    assert queries.document(ANYBODY, advisory.id, Format.OSV).content == osv.render(advisory)


def test_the_log_entry_carries_the_documents_digests(make: Callable[..., Advisory]) -> None:
    published = publish(COORDINATOR, make(), "case_1")
    with connection.cursor() as cursor:
        cursor.execute("SELECT content FROM transparency_logopening WHERE entry_id = %s", [published.log_index])
        content = json.loads(bytes(cursor.fetchone()[0]))
    assert content["kind"] == "advisory.published"
    assert content["payload"]["documents"] == {one.value: published.digests[one] for one in Format}


AGAIN = [
    ("the same advisory", {}, "case_1"),
    ("the same advisory for another case", {}, "case_2"),
    ("another advisory of the same case", {"id": "SEAWALL-2026-AAAAAAAA"}, "case_1"),
]


@pytest.mark.parametrize(("change", "case_id"), [row[1:] for row in AGAIN], ids=[row[0] for row in AGAIN])
def test_a_second_publication_is_refused_and_writes_nothing(
    make: Callable[..., Advisory], change: dict[str, str], case_id: str
) -> None:
    first = publish(COORDINATOR, make(), "case_1")
    with pytest.raises(AlreadyPublished), transaction.atomic():
        publish(COORDINATOR, make(title="changed", **change), case_id)
    assert Document.objects.count() == 2
    assert publish(COORDINATOR, make(id="SEAWALL-2026-BBBBBBBB"), "case_9").log_index == first.log_index + 1


def test_published_rows_cannot_be_changed(make: Callable[..., Advisory]) -> None:
    publish(COORDINATOR, make(), "case_1")
    row = Document.objects.first()
    row.title = "changed"
    for attempt in (
        row.save,
        row.delete,
        Document.objects.all().delete,
        lambda: Document.objects.update(title="changed"),
        lambda: Document.objects.bulk_update([row], ["title"]),
    ):
        with pytest.raises(TypeError, match="published documents are never"):
            attempt()


REFUSED = [
    ("nobody", ANYBODY, Unauthenticated),
    ("a coordinator without the scope", dataclasses.replace(COORDINATOR, scopes=frozenset({"cases:read"})), Forbidden),
    ("a finder", dataclasses.replace(COORDINATOR, organization_kind=OrganizationKind.FINDER), Forbidden),
    ("the system", Actor.system("worker"), Forbidden),
]


@pytest.mark.parametrize(("actor", "refusal"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_only_a_coordinator_publishes(make: Callable[..., Advisory], actor: Actor, refusal: type[Exception]) -> None:
    with pytest.raises(refusal):
        publish(actor, make(), "case_1")
    assert not Document.objects.exists()


def test_a_vector_that_does_not_compute_is_the_caller_s_to_correct(make: Callable[..., Advisory]) -> None:
    with pytest.raises(BadInput, match="cvss"):
        publish(COORDINATOR, make(cvss="CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:Q"), "case_1")
    assert not Document.objects.exists()


def test_a_damaged_key_stops_the_publication(make: Callable[..., Advisory], data_dir: Path) -> None:
    (data_dir / "keys").mkdir()
    (data_dir / KEY_FILE).write_bytes(b"nonsense")
    (data_dir / KEY_FILE).chmod(0o600)
    with pytest.raises(KeyUnusable), transaction.atomic():
        publish(COORDINATOR, make(), "case_1")
    assert not Document.objects.exists()


def test_a_damaged_blob_is_never_served(make: Callable[..., Advisory]) -> None:
    published = publish(COORDINATOR, make(), "case_1")
    path = storage.path(published.digests[Format.OSV])
    path.write_bytes(path.read_bytes().replace(b"jinja2", b"jinja3"))
    with pytest.raises(NotFound, match="digest"):
        queries.document(ANYBODY, published.advisory_id, Format.OSV)


RACE = """
    import sys, threading
    import django; django.setup()
    from django.core.management import call_command
    from django.db import connection, transaction
    call_command("migrate", verbosity=0, run_syncdb=True)
    sys.path.insert(0, {tests!r})
    from conftest import build
    from test_publication_happens_once import COORDINATOR
    from seawall.clearinghouse.distribution.errors import AlreadyPublished
    from seawall.clearinghouse.distribution.services import publish
    start, said = threading.Barrier(10), []

    def run(number):
        start.wait()
        try:
            with transaction.atomic():
                publish(COORDINATOR, build(title=f"by {{number}}"), "case_1")
            said.append("published")
        except AlreadyPublished:
            said.append("refused")
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(10)]
    for thread in threads: thread.start()
    for thread in threads: thread.join()
    print(sorted(said))
    try:
        publish(COORDINATOR, build(id="SEAWALL-2026-AAAAAAAA"), "case_2")
    except RuntimeError as error:
        print(error)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM distribution_document")
        documents = cursor.fetchone()[0]
        cursor.execute("SELECT count(*) FROM transparency_logentry")
        print(documents, cursor.fetchone()[0])
"""


@pytest.fixture
def fresh_database_url() -> Iterator[str]:
    """A database of its own on the PostgreSQL under test; empty for SQLite, which is a file in the data directory."""
    url = os.environ.get("SEAWALL_DATABASE_URL", "")
    if not url:
        yield ""
        return
    name = f"race_{secrets.token_hex(4)}"
    with psycopg.connect(url, autocommit=True) as server:
        server.execute(f'CREATE DATABASE "{name}"')
        yield url.rpartition("/")[0] + f"/{name}"
        server.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def test_of_ten_racing_publishers_one_publishes_and_none_without_a_transaction(
    tmp_path: Path, fresh_database_url: str
) -> None:
    # A server of its own: real connections, real commits.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("SEAWALL_")}
    environment |= {"SEAWALL_DATA_DIR": str(tmp_path), "DJANGO_SETTINGS_MODULE": "seawall.foundation.platform.settings"}
    environment["SEAWALL_DATABASE_URL"] = fresh_database_url
    program = textwrap.dedent(RACE).format(tests=str(Path(__file__).parent))
    done = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.splitlines()[-3:] == [
        str(["published"] + ["refused"] * 9),
        "publish belongs into the transaction that changes the case",
        "2 1",
    ]
