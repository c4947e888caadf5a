"""A peopled world for the pages: persons who sign in, reports judged and folded, cases, leases, a signed log.

Everything is made by the services that make it in earnest; only the runs in the sandbox are written down instead of run.

    scene = Scene(world)
    case_id = scene.case()                       # a proved report, folded into a case
    scene.browser("clearinghouse").get(f"/cases/{case_id}")
"""

from typing import Any

from django.db import transaction
from django.test import Client

from seawall.clearinghouse.coordination import publication
from seawall.clearinghouse.coordination import services as coordination
from seawall.clearinghouse.coordination.embargoes import services as embargoes
from seawall.clearinghouse.deconfliction import services as deconfliction
from seawall.clearinghouse.deduplication.services import fold
from seawall.clearinghouse.intake import queries as intake_queries
from seawall.clearinghouse.intake import services as intake
from seawall.clearinghouse.intake.types import AffectedRange, FailureClass, Provenance, Report
from seawall.clearinghouse.matching import services as matching
from seawall.clearinghouse.validation import services as validation
from seawall.clearinghouse.validation.types import Run, Side, ValidationResult, Verdict
from seawall.foundation.access.types import Actor, Role
from seawall.foundation.identity.models import Membership, User
from seawall.foundation.identity.services import create_person
from seawall.foundation.jobs.registry import known_kinds
from seawall.foundation.jobs.runner import drain
from seawall.foundation.platform import storage
from seawall.foundation.transparency import services as transparency
from support import KEEPER, World

SYSTEM = Actor.system("worker")
JINJA = "pkg:pypi/jinja2"


def run(side: Side, *, triggered: bool, wall_s: float = 0.21, **more: Any) -> Run:
    """One run as the sandbox would have seen it."""
    return Run(
        side=side,
        triggered=triggered,
        why="The secret that was planted outside came back." if triggered else "The planted secret did not come back.",
        exit_code=more.pop("exit_code", 0),
        signal=more.pop("signal", None),
        killed_by=more.pop("killed_by", None),
        wall_s=wall_s,
        cpu_s=more.pop("cpu_s", wall_s * 0.8),
        peak_memory_bytes=more.pop("peak_memory_bytes", 38 * 1024 * 1024),
        output=more.pop("output", "rendered\n"),
        signature=more.pop("signature", "secret-read/1:do_attr@sandbox" if triggered else None),
        stack=more.pop("stack", ("jinja2/filters.py:do_attr", "jinja2/sandbox.py:call") if triggered else ()),
    )


def confirmed(**more: Any) -> ValidationResult:
    """A proof that holds: one quiet control, three hits, three quiet runs on the fixed version."""
    runs = (
        run(Side.CONTROL, triggered=False, wall_s=0.19),
        *(run(Side.VULNERABLE, triggered=True, wall_s=0.21 + 0.02 * n) for n in range(3)),
        *(run(Side.FIXED, triggered=False, wall_s=0.18 + 0.01 * n) for n in range(3)),
    )
    known: dict[str, Any] = {
        "verdict": Verdict.CONFIRMED,
        "summary": "The proof reads a planted secret on 3.1.5 in three of three runs and in none on 3.1.6.",
        "reasons": ("Control quiet.", "Three of three runs on 3.1.5 triggered.", "None of three on 3.1.6 did."),
        "runs": runs,
        "signature": "secret-read/1:do_attr@sandbox",
        "bundle_digest": "sha256:" + "ab" * 32,
        "target": {"package": JINJA, "vulnerable": {"version": "3.1.5"}, "fixed": {"version": "3.1.6"}},
        "oracle": "secret-read",
        "failure": "file-disclosure",
        "sandbox": "bubblewrap",
        "input_preview": "{{ (x|attr('format'))(secret) }}\n<script>alert(1)</script>",
    }
    return ValidationResult(**{**known, **more})


def refuted(**more: Any) -> ValidationResult:
    """A proof whose claim did not come true."""
    runs = (
        run(Side.CONTROL, triggered=False),
        *(run(Side.VULNERABLE, triggered=False, wall_s=0.2) for _ in range(3)),
    )
    known: dict[str, Any] = {
        "verdict": Verdict.NOT_REPRODUCED,
        "summary": "No run on 2.0.1 did what is claimed.",
        "reasons": ("The canary file was never written.",),
        "runs": runs,
        "target": {"package": JINJA, "vulnerable": {"version": "3.1.5"}},
        "oracle": "canary-written",
        "failure": "file-disclosure",
    }
    return ValidationResult(**{**known, **more})


class Scene:
    """People and events in a ``World``."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._people: dict[tuple[str, Role], User] = {}

    def person(self, name: str, role: Role = Role.ADMIN) -> User:
        """Somebody of an organization; the same one each time."""
        if (name, role) not in self._people:
            self._people[name, role] = create_person(
                KEEPER,
                self.world.organizations[name],
                f"{role.value}@{name}.example",
                f"Sam of {name}",
                role,
                "a long enough password",
            )
        return self._people[name, role]

    def joins(self, person: User, name: str, role: Role = Role.MEMBER) -> None:
        """The person works for one more organization."""
        Membership.objects.create(user=person, organization=self.world.organizations[name], role=role)

    def browser(self, name: str | None, role: Role = Role.ADMIN) -> Client:
        """A browser, signed in as somebody of the organization; None is a visitor."""
        client = Client(raise_request_exception=False)
        if name is not None:
            client.force_login(self.person(name, role))
        return client

    def report(self, finder: str = "finder", *, proof: bool = True, **fields: Any) -> str:
        """A report, received; returns its identifier."""
        known: dict[str, Any] = {
            "title": "Template reads the process's secrets through the attr filter",
            "description": "The attr filter hands out str.format past the sandbox.\n\nSteps:\n1. render the template\n",
            "package": JINJA,
            "versions": ("3.1.5",),
            "failure": FailureClass.FILE_DISCLOSURE,
            "weaknesses": ("CWE-1336",),
            "identifiers": ("CVE-2025-27516",),
            "affected": (AffectedRange("0", "3.1.6"),),
            "paths": ("src/jinja2/filters.py",),
            "symbols": ("jinja2.filters.do_attr",),
            "severity": "CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:C/C:H/I:N/A:N",
            "provenance": Provenance(ai_assisted=True, model="lantern-3", tool="Lantern", human_reviewed=True),
        }
        body = Report(**{**known, **fields})
        submission = intake.Submission(
            format="seawall",
            reports=(body,),
            raw_digest=storage.put(repr(body).encode("utf-8", "backslashreplace")),
            proof_digest=storage.put(b"a proof bundle") if proof else None,
            proof_name="proof.zip" if proof else "",
        )
        return intake.submit(self.world.actor(finder), submission).report_ids[0]

    def running(self, report_id: str) -> None:
        """A worker has begun with the proof."""
        with transaction.atomic():
            validation.begin(report_id, "job_none", 1)

    def judged(self, report_id: str, result: ValidationResult | None = None) -> None:
        """The proof was run."""
        with transaction.atomic():
            validation.conclude(SYSTEM, report_id, result or confirmed(), fence=1)

    def folded(self, report_id: str) -> str:
        """The report found its case, or was sent back; returns the case's identifier or ""."""
        with transaction.atomic():
            fold(SYSTEM, report_id)
        return intake_queries.for_the_clearinghouse(report_id).case_id

    def case(self, finder: str = "finder", *, result: ValidationResult | None = None, **fields: Any) -> str:
        """A proved report in a case; returns the case's identifier."""
        report_id = self.report(finder, **fields)
        package, failure = fields.get("package", JINJA), fields.get("failure", FailureClass.FILE_DISCLOSURE)
        target = {"package": package, "vulnerable": {"version": "3.1.5"}, "fixed": {"version": "3.1.6"}}
        self.judged(report_id, result or confirmed(target=target, failure=str(failure)))
        return self.folded(report_id)

    def contact(self, vendor: str, package: str = JINJA) -> None:
        """The vendor is whom to bring in for a package."""
        coordination.set_contact(KEEPER, package, self.world.id(vendor))

    def accepts(self, vendor: str, case_id: str) -> None:
        """The vendor accepts the embargo."""
        coordination.answer_invitation(self.world.actor(vendor), case_id, accept=True)

    def published(self, case_id: str) -> str:
        """The embargo ends and the case is public; returns the advisory's identifier."""
        coordinator = self.world.actor("clearinghouse")
        embargoes.end_embargo(coordinator, case_id, reason="The fix is out.")
        publication.propose_publication(coordinator, case_id, reason="Operators should act.")
        return publication.approve_publication(self.world.second(), case_id, reason="So they should.").advisory_id

    def lease(self, finder: str = "finder", **scope: Any) -> str:
        """Ground for a finder; returns the lease's identifier."""
        wanted: dict[str, Any] = {"target": JINJA, "paths": ["src/jinja2/"], "techniques": ["fuzzing"]}
        answer = deconfliction.request_lease(self.world.actor(finder), **{**wanted, **scope})
        return answer.leases[0].id

    def inventory(self, operator: str, data: bytes, name: str = "Portal") -> str:
        """An operator's inventory, read and matched; returns its identifier."""
        row = matching.upload_inventory(self.world.actor(operator), name=name, data=data)
        self.works()
        return row.id

    def works(self) -> None:
        """The background work is done, but for what would need a sandbox."""
        drain(kinds=[kind for kind in known_kinds() if not kind.startswith("validation.")])

    def checkpoint(self) -> int:
        """The log is signed; returns its size."""
        return transparency.checkpoint(KEEPER).size
