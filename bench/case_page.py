"""The page of a large case, through a real server: for ``leases.py``, and by itself.

    python bench/case_page.py --size 1000
    python tests/support/postgres.py python bench/case_page.py

At size 1000 the case has 150 vendors, 2,000 messages in 40 threads for everybody, 10 proved reports and some 300 steps on its
timeline; other sizes scale vendors and messages. ``seawall up`` serves it; ``case_page_ms`` is the median of 60 answers over
loopback, of the slower of two readers (the coordinator, and a vendor); ``case_page_cpu_ms`` is the server's own processor time for
one, which other work on the machine does not stretch. Beside it stand the first page of its longest thread,
the case at the API, one more message posted, and ``page_bare_ms``: the sign-in page of the same server, which reads nothing.
"""

import argparse
import http.client
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

VENDORS, MESSAGES, THREADS, REPORTS = 150, 2000, 40, 10
ASKED = 60
"""Answers that are timed."""
TEXT = "The fix is in review; we expect two more weeks. See the attached test, and tell us if the range is wrong. " * 3


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, default=1000, help="1000 is 150 vendors and 2,000 messages")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="seawall-bench-") as folder:
        os.environ["SEAWALL_DATA_DIR"] = folder
        os.environ["SEAWALL_CONFIG"] = str(Path(folder) / "none.toml")
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "seawall.foundation.platform.settings")
        import django

        django.setup()
        from django.core.management import call_command
        from django.db import connection

        call_command("migrate", verbosity=0)
        figures = measure(arguments.size)
        print(json.dumps({"size": arguments.size, "database": connection.vendor, **figures}))
        connection.close()


def measure(size: int) -> dict[str, Any]:
    """Make the case, start the server, ask; Django is set up, the database migrated."""
    from django.db import connection

    world = World(vendors=max(2, VENDORS * size // 1000), messages=max(THREADS, MESSAGES * size // 1000))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")  # what PostgreSQL does by itself within a minute
    with server() as (port, group):
        desk, vendor = world.cookie("clearinghouse"), world.cookie("vendor")
        page, thread = f"/cases/{world.case_id}", f"/cases/{world.case_id}/threads/{world.thread_id}"
        pages = []
        for cookie in (desk, vendor):
            before = processor_ms(group)
            pages.append(timed(port, page, cookie))
            pages[-1]["cpu"] = round((processor_ms(group) - before) / (ASKED + 1), 1)
        return {
            "case_vendors": world.vendors,
            "case_messages": world.messages,
            "case_page_ms": max(one["median"] for one in pages),
            "case_page_p95_ms": max(one["p95"] for one in pages),
            "case_page_cpu_ms": max(one["cpu"] for one in pages),
            "case_page_kb": round(max(one["bytes"] for one in pages) / 1000),
            "thread_page_ms": max(timed(port, thread, cookie)["median"] for cookie in (desk, vendor)),
            "case_api_ms": timed(port, f"/api/v1{page}", token=world.token)["median"],
            "threads_api_ms": timed(port, f"/api/v1{page}/threads", token=world.token)["median"],
            "post_ms": world.post_ms(),
            "page_bare_ms": timed(port, "/accounts/login/")["median"],
        }


class World:
    """One case with many in it."""

    def __init__(self, vendors: int, messages: int) -> None:
        from django.db import transaction

        from seawall.foundation.access.table import SCOPES
        from seawall.foundation.access.types import Actor, OrganizationKind, Role
        from seawall.foundation.identity.queries import actor_of_token
        from seawall.foundation.identity.services import create_organization, create_person, mint_first_token

        self.vendors, self.messages = vendors, messages
        keeper = Actor.system("bench")
        kinds = {"clearinghouse": OrganizationKind.COORDINATOR, "finder": OrganizationKind.FINDER}
        names = [*kinds, "vendor", *(f"vendor {number}" for number in range(1, vendors))]
        self.ids: dict[str, str] = {}
        self.people: dict[str, Any] = {}
        with transaction.atomic():
            for name in names:
                organization = create_organization(keeper, name, kinds.get(name, OrganizationKind.VENDOR))
                self.ids[name] = organization.id
                if name in {"clearinghouse", "vendor"}:
                    self.people[name] = create_person(
                        keeper, organization, f"{name}@bench.example", name, Role.ADMIN, "a long enough password"
                    )
                    self.token = mint_first_token(keeper, organization, "bench", SCOPES).secret
        self.vendor_actor = actor_of_token(self.token)
        with transaction.atomic():
            self.case_id = self._case(keeper)
        with transaction.atomic():
            self.thread_id = self._talk()

    def _case(self, keeper: Any) -> str:
        from seawall.clearinghouse.coordination import models, timeline
        from seawall.clearinghouse.coordination.services import ProvedReport, add_duplicate, open_case

        now = datetime.now(UTC)
        case_id = ""
        for number in range(REPORTS):
            report = self._report(number, now)
            proved = ProvedReport(
                id=report.id,
                organization_id=report.organization_id,
                title=report.title,
                package=report.package,
                failure=report.failure,
                identifiers=("CVE-2025-27516",),
                weaknesses=("CWE-1336",),
                severity="CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:C/C:H/I:N/A:N",
                affected=({"introduced": "0", "fixed": "3.1.6"},),
                received_at=report.received_at,
            )
            if not case_id:
                case_id = open_case(keeper, proved, reason="bench.").id
            else:
                add_duplicate(keeper, case_id, proved, reason="bench.", evidence={})
            type(report).objects.filter(pk=report.pk).update(case_id=case_id)
        case = models.Case.objects.get(pk=case_id)
        models.Participant.objects.bulk_create(
            [
                models.Participant(
                    case=case,
                    organization_id=one,
                    role="vendor",
                    report_management="accepted",
                    consent="signatory",
                    joined_at=now,
                )
                for name, one in self.ids.items()
                if name.startswith("vendor")
            ]
        )
        for name in [name for name in self.ids if name.startswith("vendor")]:
            timeline.note(keeper, case, "invited", f"{name} was invited to the embargo.")
            timeline.note(keeper, case, "consent", f"{name} accepted the embargo.")
        return case_id

    def _report(self, number: int, now: datetime) -> Any:
        from seawall.clearinghouse.intake.models import Report
        from seawall.clearinghouse.validation import services as validation
        from seawall.clearinghouse.validation.types import Run, Side, ValidationResult, Verdict
        from seawall.foundation.access.types import Actor

        report = Report.objects.create(
            organization_id=self.ids["finder"],
            submitted_by="token_x",
            format="seawall",
            raw_digest="sha256:" + "0" * 64,
            proof_digest="sha256:" + "1" * 64,
            title=f"Template reads the process's secrets, told a {number}. time",
            description=TEXT,
            package="pkg:pypi/jinja2",
            failure="file-disclosure",
            state="answered",
            proved=True,
            received_at=now + timedelta(seconds=number),
        )
        runs = [
            Run(
                side=side,
                triggered=side is Side.VULNERABLE,
                why="The planted secret came back.",
                exit_code=0,
                signal=None,
                killed_by=None,
                wall_s=0.2,
                cpu_s=0.2,
                peak_memory_bytes=2**25,
                output="rendered\n" * 20,
                signature=None,
                stack=(),
            )
            for side in (Side.CONTROL, *[Side.VULNERABLE] * 3, *[Side.FIXED] * 3)
        ]
        result = ValidationResult(
            verdict=Verdict.CONFIRMED,
            summary="The proof reads a planted secret on 3.1.5 and not on 3.1.6.",
            reasons=("Control quiet.",),
            runs=tuple(runs),
            signature="secret-read/1:do_attr",
            bundle_digest="sha256:" + "1" * 64,
            target={"package": report.package, "vulnerable": {"version": "3.1.5"}, "fixed": {"version": "3.1.6"}},
            oracle="secret-read",
            failure="file-disclosure",
            sandbox="bubblewrap",
            input_preview="{{ x }}",
        )
        validation.conclude(Actor.system("bench"), report.id, result, fence=1)
        return report

    def _talk(self) -> str:
        """Threads by the service, the bulk of messages as the rows that it writes."""
        from seawall.clearinghouse.coordination.conversations import services
        from seawall.clearinghouse.coordination.conversations.models import Delivery, Message, Thread
        from seawall.clearinghouse.coordination.conversations.types import Audience, AudiencePart

        everybody = Audience(frozenset({AudiencePart.EVERYBODY}))
        threads = [
            services.open_thread(self.vendor_actor, self.case_id, topic=f"Topic {n}", audience=everybody, text=TEXT)
            for n in range(THREADS)
        ]
        senders = [one for name, one in self.ids.items() if name.startswith("vendor")]
        start = datetime.now(UTC)
        messages = []
        for number in range(self.messages - THREADS):
            # The first thread has a quarter of everything.
            thread = threads[0] if number % 4 == 0 else threads[1 + number % (THREADS - 1)]
            sender = senders[number % len(senders)]
            messages.append(
                Message(
                    thread=thread,
                    organization_id=sender,
                    author_id=f"person_{sender}",
                    author_label=f"Sam ({sender})",
                    author_kind="person",
                    text=TEXT,
                    posted_at=start + timedelta(milliseconds=number),
                )
            )
        Message.objects.bulk_create(messages, batch_size=1000)
        batch: list[Delivery] = []
        for message in messages:
            batch += [
                Delivery(
                    message=message,
                    thread_id=message.thread_id,
                    case_id=self.case_id,
                    organization_id=one,
                    posted_at=message.posted_at,
                    own=one == message.organization_id,
                    state="told",
                )
                for one in self.ids.values()
            ]
            if len(batch) > 10_000:
                Delivery.objects.bulk_create(batch, batch_size=5000)
                batch = []
        Delivery.objects.bulk_create(batch, batch_size=5000)
        for thread in threads:
            last = thread.messages.order_by("-posted_at").values_list("posted_at", flat=True)[0]
            Thread.objects.filter(pk=thread.pk).update(last_at=last, entries=thread.messages.count())
        return threads[0].pk

    def cookie(self, name: str) -> str:
        """The session of somebody who signed in."""
        from django.test import Client

        client = Client()
        client.force_login(self.people[name])
        return f"sessionid={client.cookies['sessionid'].value}"

    def post_ms(self) -> float:
        """One message to everybody, by the service."""
        from seawall.clearinghouse.coordination.conversations import services

        def post() -> int:
            services.post_message(self.vendor_actor, self.thread_id, text=TEXT)
            return 0

        return measured(20, post)["median"]


@contextmanager
def server() -> Iterator[tuple[int, int]]:
    """``seawall up`` on a free port, with this process's settings; the port, and its group of processes."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port = int(listening.getsockname()[1])
    child = subprocess.Popen(
        [sys.executable, "-m", "seawall", "up", "--port", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        deadline = time.monotonic() + 120
        while True:
            with suppress(OSError, http.client.HTTPException):
                get(port, "/healthz")
                break
            if time.monotonic() > deadline or child.poll() is not None:
                sys.exit("the server did not start")
            time.sleep(0.2)
        yield port, child.pid
    finally:
        child.terminate()
        try:
            child.wait(30)
        except subprocess.TimeoutExpired:
            child.kill()


def processor_ms(group: int) -> float:
    """Processor time that a group of processes has used, by ``/proc``."""
    ticks = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            fields = stat.read_text().rpartition(")")[2].split()
            if int(fields[2]) == group:
                ticks += int(fields[11]) + int(fields[12])
    return 1000 * ticks / os.sysconf("SC_CLK_TCK")


def get(port: int, path: str, headers: dict[str, str] | None = None) -> tuple[int, bytes]:
    """One answer."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request("GET", path, headers=headers or {})
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def timed(port: int, path: str, cookie: str = "", token: str = "") -> dict[str, float]:
    """Median and 95th percentile of an address, in milliseconds; it must answer 200."""
    headers = {
        **({"Cookie": cookie} if cookie else {}),
        **({"Authorization": f"Bearer {token}"} if token else {}),
    }

    def ask() -> int:
        status, body = get(port, path, headers)
        if status != 200:
            sys.exit(f"{path} answered {status}")
        return len(body)

    return measured(ASKED, ask)


def measured(count: int, act: Callable[[], int]) -> dict[str, float]:
    """Milliseconds of an action, and what it returned last."""
    took = []
    size = act()  # the first one compiles templates and fills caches
    for _ in range(count):
        start = time.perf_counter()
        size = act()
        took.append(1000 * (time.perf_counter() - start))
    took.sort()
    return {
        "median": round(statistics.median(took), 1),
        "p95": round(took[int(0.95 * (len(took) - 1))], 1),
        "bytes": size,
    }


if __name__ == "__main__":
    main()
