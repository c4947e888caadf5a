"""A full day at the clearinghouse, for looking at the pages: every state that a page can show, at least once.

Names and flaws are those of the demonstration; texts are our own. ``Scenery.pages`` lists, for each reader, every
address worth looking at.
"""

import json
import tempfile
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import seawall.demo
from seawall.clearinghouse.coordination import inviting, statements
from seawall.clearinghouse.coordination.embargoes import services as embargoes
from seawall.clearinghouse.coordination.types import ParticipantRole, Tier, VendorStatus
from seawall.clearinghouse.deconfliction import services as deconfliction
from seawall.clearinghouse.deconfliction.collisions import services as collisions
from seawall.clearinghouse.deconfliction.collisions.types import KeyKind, Tag
from seawall.clearinghouse.deconfliction.commitments import services as commitments
from seawall.clearinghouse.deconfliction.ground import services as ground
from seawall.clearinghouse.deconfliction.models import Introduction
from seawall.clearinghouse.deconfliction.networks import services as networks
from seawall.clearinghouse.deconfliction.networks.types import Limits
from seawall.clearinghouse.deconfliction.types import Effort
from seawall.clearinghouse.intake.types import AffectedRange, FailureClass
from seawall.clearinghouse.matching import judging, loading, portfolio
from seawall.clearinghouse.matching import queries as matching
from seawall.clearinghouse.matching.snapshot import builder, files
from seawall.clearinghouse.matching.types import JudgmentStatus, Justification, Reach
from seawall.clearinghouse.prioritization import services as prioritization
from seawall.clearinghouse.scanning import queries as scanned
from seawall.clearinghouse.scanning import services as scanning
from seawall.clearinghouse.scanning.types import Decision, FindingFilter
from seawall.clearinghouse.validation.types import Side, Verdict
from seawall.foundation.platform import clock
from seawall.foundation.transparency.queries import openings
from support import KEEPER, World, scans
from support.talk import talk
from support.world import Scene, confirmed, refuted, run

DEMO = Path(seawall.demo.__file__).parent / "world"
NAMES = {
    "clearinghouse": "Harborlight Clearinghouse",
    "finder": "Lantern Lab",
    "rival": "Northstar Research",
    "vendor": "Pallets Maintainers",
    "hospital": "Marrow County Hospital",
    "bank": "First Harbor Community Bank",
}
HOSTILE = (
    "<script>alert(1)</script><img src=x onerror=alert(2)> \u202egpj.exe\u202c {{ 7*7 }} "
    "javascript:alert(3) <!-- --> ]]> \u200b\u2066 Z\u0351\u0350\u0352\u0357\u035b\u0300\u0301"
)
"""What a title may try: markup, a template, invisible and reordering characters, a pile of marks."""


def _proof(package: str, vulnerable: str, fixed: str, failure: FailureClass, summary: str, **more: Any) -> Any:
    return confirmed(
        summary=summary,
        target={"package": package, "vulnerable": {"version": vulnerable}, "fixed": {"version": fixed}},
        failure=failure.value,
        signature=f"{failure.value}/1:{package}",
        **more,
    )


def _imaging() -> bytes:
    """A second inventory of the hospital, with what demonstration inventories lack."""

    def component(purl: str, reach: str = "", **more: Any) -> dict[str, Any]:
        name, _, version = purl.rpartition("/")[2].partition("@")
        said = [{"name": "seawall:exposure", "value": reach}] if reach else []
        known = {"type": "library", "bom-ref": purl, "name": name, "version": version, "purl": purl, "properties": said}
        return {**known, **more}

    components = [
        component("pkg:pypi/tqdm@4.66.2", "public"),
        component("pkg:pypi/mako@1.2.1"),
        component("pkg:pypi/zipp@3.18.1", "internal"),
        component("pkg:pypi/sqlparse@0.4.4", "public"),
        {"type": "library", "bom-ref": "viewer", "name": "DICOM viewer", "version": "7.1"},
        component("pkg:pypi/zipp@not-a-version", **{"bom-ref": "odd"}),
    ]
    document = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "metadata": {
            "component": {"type": "application", "bom-ref": "root", "name": "Imaging archive", "version": "5"}
        },
        "components": components,
        "dependencies": [{"ref": "root", "dependsOn": [item["bom-ref"] for item in components]}],
    }
    return json.dumps(document).encode()


KEV: dict[str, Any] = {
    # As published: this one flaw is in it, and none of those of the scenery.
    "catalogVersion": "2025.08.25",
    "dateReleased": "2025-08-25T17:00:00Z",
    "vulnerabilities": [
        {
            "cveID": "CVE-2021-44228",
            "dateAdded": "2021-12-10",
            "dueDate": "2021-12-24",
            "knownRansomwareCampaignUse": "Known",
        }
    ],
}
VULNRICHMENT = (
    ("CVE-2024-4340", "2024-04-30", "yes", "partial"),
    ("CVE-2024-5569", "2024-07-23", "no", "partial"),
    ("CVE-2024-34062", "2024-06-17", "no", "total"),
)
"""What CISA has said: CVE, day, automatable, technical impact."""


def _record(cve: str, day: str, automatable: str, impact: str) -> bytes:
    options = [{"Automatable": automatable}, {"Technical Impact": impact}]
    said = {"type": "ssvc", "content": {"timestamp": f"{day}T00:00:00Z", "options": options}}
    container = {"providerMetadata": {"shortName": "CISA-ADP"}, "metrics": [{"other": said}]}
    return json.dumps({"cveMetadata": {"cveId": cve}, "containers": {"adp": [container]}}).encode()


class Scenery(Scene):
    """Everything happens in the constructor, over sixteen days; the attributes name what a page needs."""

    def __init__(self, world: World, later: Callable[..., None]) -> None:
        super().__init__(world)
        for name, title in NAMES.items():
            organization = world.organizations[name]
            organization.name = title
            organization.save(update_fields=["name"])
        prioritization.load_kev(KEEPER, json.dumps(KEV).encode())
        prioritization.load_vulnrichment(KEEPER, [_record(*said) for said in VULNRICHMENT])
        self.ward = self.inventory("hospital", self._sbom("marrow-county-hospital"), "Patient services")
        self.imaging = self.inventory("hospital", _imaging(), "Imaging")
        self.inventory("bank", self._sbom("first-harbor-community-bank"), "Back office")
        self.published(self._known("pkg:pypi/tqdm", "CVE-2024-34062"))
        later(days=6)
        self.advisory = self.published(self._known("pkg:pypi/sqlparse", "CVE-2024-4340"))
        self.jinja = self._jinja()
        later(days=9, hours=3)
        for package, identifier in (
            ("pkg:pypi/zipp", "CVE-2024-5569"),
            ("pkg:pypi/py7zr", "CVE-2022-44900"),
            ("pkg:pypi/mako", "CVE-2022-40023"),
        ):
            self.published(self._known(package, identifier))
        self.tidegate = self._memory()
        later(hours=21)
        self.ended = self._known("pkg:npm/js-yaml", "GHSA-8j8c-7jfh-h6hx")
        embargoes.end_embargo(world.actor("clearinghouse"), self.ended, reason="The fix has been out for years.")
        self.broken = self.inventory("hospital", b'{"bomFormat": "CycloneDX", "specVersion": "0.9"}', "Laboratory")
        self._others()
        self._portfolio()
        self.hostile = self._hostile()
        self.slop = self._slop()
        self.bare = self._without_proof()
        self.scan, self.finding, self.bad_scan = self._scans()
        self.running_report = self.report(
            "rival", title="Deep nesting of select() fills the stack of soupsieve", package="pkg:pypi/soupsieve"
        )
        self.running(self.running_report)
        actors = {name: world.actor(name) for name in ("vendor", "finder")}
        self.talk = talk(self.jinja, desk=world.actor("clearinghouse"), hostile=HOSTILE, **actors)
        self.lease()
        self.lease("rival", target="pkg:pypi/mako", paths=[], techniques=[])
        self._deconflicted()
        self._briefed()
        self.works()
        self.checkpoint()
        self.entry = openings(KEEPER, [self.jinja])[0].index
        later(minutes=7)

    def _scans(self) -> tuple[str, str, str]:
        """Two tools on one project, twice; one finding judged, one edited, hostile ones; and what is no scan."""
        rival = self.world.actor("rival")
        spots = [
            scans.Spot(0, "src/query.py", 14, "run(f'select {name}')"),
            scans.Spot(1, "src/files.py", 31, "open(root + name)"),
            scans.Spot(2, f"src/{HOSTILE}.py", 7, HOSTILE, HOSTILE),
        ]

        def send(data: bytes) -> str:
            row = scanning.upload_scan(rival, project="https://example.org/harbor/portal", data=data)
            self.works()
            return row.id

        send(scans.semgrep(spots))
        send(scans.bandit([*spots, scans.Spot(4, "src/key.py", 3, "KEY = 'x'")]))
        found = scanned.findings_of(rival, FindingFilter()).filter(path="src/query.py", series__tool="Bandit")[0].pk
        scanning.judge(rival, found, scanning.Said(Decision.FALSE_POSITIVE, f"The name is a constant. {HOSTILE}"))
        newer = [
            replace(spots[0], code="run(f'select {name}', 1)"),
            *spots[1:],
            scans.Spot(3, "src/sign.py", 9, "md5(x)"),
        ]
        return send(scans.bandit(newer)), found, send(b"no SARIF")

    @staticmethod
    def _sbom(name: str) -> bytes:
        return (DEMO / f"{name}.cdx.json").read_bytes()

    def _others(self) -> None:
        """Advisories of other publishers: one that is also ours, and one that the same update mends."""
        self.foreign = "ghsa:GHSA-2m57-hf25-phgg"
        records = [
            ("GHSA-2m57-hf25-phgg", ["CVE-2024-4340"], "sqlparse", "0.5.0", "Deep brackets end sqlparse"),
            ("EXAMPLE-2026-1", [], "mako", "1.2.4", "A second flaw of Mako's, for the picture"),
        ]
        with tempfile.TemporaryDirectory() as folder:
            made = Path(folder)
            (made / "ghsa").mkdir()
            for identifier, aliases, package, fixed, title in records:
                affected = {
                    "package": {"ecosystem": "PyPI", "name": package},
                    "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": fixed}]}],
                }
                said = {"id": identifier, "modified": "2026-12-01T00:00:00Z", "aliases": aliases, "summary": title}
                path = made / "ghsa" / f"{identifier}.json"
                path.write_text(
                    json.dumps({**said, "affected": [affected], "references": [{"url": "https://example.org/"}]})
                )
            files.write(builder.build([builder.Source(made / "ghsa", format="osv")]), made / "snapshot")
            loading.begin(KEEPER, made / "snapshot")
        self.works()

    def _portfolio(self) -> None:
        """Hosts of the hospital, and what it says of a flaw."""
        hospital = self.world.actor("hospital")
        runs = (("Imaging", ""),)
        upgrade = clock.now().date() + timedelta(days=40)
        self.asset = portfolio.register_asset(
            hospital, portfolio.AssetSaid("pacs-1", "Radiology", Reach.INTERNAL, "production", "server", upgrade, runs)
        ).pk
        portfolio.register_asset(hospital, portfolio.AssetSaid("viewer-cart-4", "Radiology", runs=runs))
        found = matching.exposures_of(hospital).filter(component__name="py7zr")
        self.judged_exposure = found[0].pk
        why = "Archives come from our own export alone; nobody else writes into that share."
        self.judgment = judging.judge(
            hospital,
            self.judged_exposure,
            judging.Said(
                JudgmentStatus.NOT_AFFECTED, why, Justification.VULNERABLE_CODE_CANNOT_BE_CONTROLLED_BY_ADVERSARY
            ),
        ).pk

    def _jinja(self) -> str:
        self.contact("vendor")
        case_id = self.case()
        second = self.report(
            "rival", title="Format strings escape the template sandbox", description="attr() hands out str.format."
        )
        self.judged(second)
        assert self.folded(second) == case_id
        self.accepts("vendor", case_id)
        self.contact("stranger", "pkg:generic/tidegate")
        return case_id

    def _memory(self) -> str:
        package = "pkg:generic/tidegate"
        runs = (
            run(Side.CONTROL, triggered=False, wall_s=0.02, peak_memory_bytes=9 << 20),
            *(
                run(
                    Side.VULNERABLE,
                    triggered=True,
                    wall_s=0.03,
                    exit_code=None,
                    signal="SIGABRT",
                    peak_memory_bytes=21 << 20,
                    output="==1==ERROR: AddressSanitizer: heap-buffer-overflow on address 0x602000000038\n" * 3,
                    stack=("history.c:apply_run:88", "frame.c:read_frame:41", "main.c:main:20"),
                )
                for _ in range(3)
            ),
            *(run(Side.FIXED, triggered=False, wall_s=0.02, peak_memory_bytes=9 << 20) for _ in range(3)),
        )
        return self.case(
            title="tidegate writes past the sample buffer when a run is longer than the history block",
            description="A run-length frame is expanded without a check against the block's end.",
            package=package,
            versions=("1.4.2",),
            failure=FailureClass.MEMORY_SAFETY,
            identifiers=(),
            affected=(AffectedRange("1.2.0", "1.4.3"),),
            severity="CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H",
            result=_proof(
                package,
                "1.4.2",
                "1.4.3",
                FailureClass.MEMORY_SAFETY,
                "AddressSanitizer stops 1.4.2 in three of three runs with a heap overflow; 1.4.3 refuses the frame.",
                runs=runs,
            ),
        )

    def _known(self, package: str, identifier: str) -> str:
        title, failure, vulnerable, fixed = {
            "pkg:pypi/sqlparse": (
                "Nested brackets end sqlparse.parse in an uncaught RecursionError",
                FailureClass.DENIAL_OF_SERVICE,
                "0.4.4",
                "0.5.0",
            ),
            "pkg:npm/js-yaml": (
                "js-yaml load() runs a function out of the document through a key's toString",
                FailureClass.CODE_EXECUTION,
                "3.13.0",
                "3.13.1",
            ),
            "pkg:pypi/tqdm": (
                "The value of a tqdm command line option is evaluated as Python",
                FailureClass.CODE_EXECUTION,
                "4.66.2",
                "4.66.3",
            ),
            "pkg:pypi/mako": (
                "An unfinished tag of quotes keeps Mako's lexer busy for ever",
                FailureClass.DENIAL_OF_SERVICE,
                "1.2.1",
                "1.2.2",
            ),
            "pkg:pypi/zipp": (
                "Listing a ZIP with a member named //cover.txt never ends",
                FailureClass.DENIAL_OF_SERVICE,
                "3.19.0",
                "3.19.1",
            ),
            "pkg:pypi/py7zr": (
                "py7zr extracts ../ members outside the folder it was given",
                FailureClass.PATH_TRAVERSAL,
                "0.20.0",
                "0.20.2",
            ),
        }[package]
        return self.case(
            title=title,
            description=title,
            package=package,
            versions=(vulnerable,),
            failure=failure,
            identifiers=(identifier,),
            affected=(AffectedRange("0", fixed),),
            result=_proof(package, vulnerable, fixed, failure, f"{vulnerable} does it three times of three."),
        )

    def _hostile(self) -> str:
        """A proved report whose every text attacks the page that shows it; the title is as long as one may be."""
        title = (HOSTILE + "W" * 300)[:300]
        return self.case(
            "rival",
            title=title,
            description=HOSTILE * 20 + "x" * 5000,
            package="pkg:pypi/" + "a" * 200,
            versions=("1" * 60,),
            identifiers=(),
            paths=("/".join(["p" * 60] * 8),),
            symbols=("S" * 400,),
            result=confirmed(
                verdict=Verdict.CONFIRMED,
                summary=HOSTILE + "s" * 400,
                reasons=(HOSTILE,),
                signature="f" * 300,
                target={
                    "package": "pkg:pypi/" + "a" * 200,
                    "vulnerable": {"version": "9" * 80},
                    "fixed": {"version": HOSTILE},
                },
                input_preview=HOSTILE + "y" * 3000,
            ),
        )

    def _slop(self) -> str:
        report = self.report(
            "rival",
            title="CRITICAL: Remote Code Execution in tomli via type gadget resolution",
            package="pkg:pypi/tomli",
        )
        self.judged(report, refuted())
        self.folded(report)
        return report

    def _without_proof(self) -> str:
        report = self.report(
            "rival", proof=False, title="Critical stack overflow allows full system compromise", package="pkg:pypi/six"
        )
        self.folded(report)
        return report

    def _briefed(self) -> None:
        """A registry that sees the artifact and when it goes live; vendors' products, one of them hostile."""
        inviting.invite(
            self.world.actor("clearinghouse"),
            self.jinja,
            [inviting.Wish(organization_id=self.world.id("lab"))],
            reason="Go-live is at night.",
            role=ParticipantRole.OBSERVER,
            tier=Tier.REGISTRIES,
            until=clock.now() + timedelta(days=9),
        )
        self.accepts("lab", self.jinja)
        statements.record_statement(
            self.world.actor("vendor"),
            self.jinja,
            product="pkg:deb/debian/jinja2",
            status=VendorStatus.UNDER_INVESTIGATION,
            text=HOSTILE[:300],
        )

    def _deconflicted(self) -> None:
        """Ground on the map, closed and weighed; commitments that meet; a network that is scanned."""
        keeper, finder, rival = (self.world.actor(name) for name in ("clearinghouse", "finder", "rival"))
        told = self.lease("lab", paths=["tests/"])
        deconfliction.release_lease(self.world.actor("lab"), told, tell=True, effort=Effort(machine_hours=40))
        ground.weigh_target(keeper, target="pkg:pypi/jinja2", weight=800, source="criticality score")
        claim = ground.claim_target(self.world.actor("vendor"), target="pkg:pypi/jinja2")
        ground.decide_stewardship(keeper, claim.id, vouch=True, reason="Known for years.")
        ground.set_rule(self.world.actor("vendor"), claim.id, closed_paths=["docs/"], note=HOSTILE[:100])
        ground.claim_target(rival, target="https://github.com/rival/tool")
        for number, actor in enumerate((finder, rival, self.world.actor("lab"))):
            row = commitments.seal(actor, digest=f"{number + 1:064x}", label=HOSTILE[:100])
            collisions.check(actor, row.id, [Tag(KeyKind.CLAIM, "ab" * 32)], introduce=True)
        asked = Introduction.objects.filter(holder_id=self.world.id("rival")).first()
        assert asked is not None
        collisions.decide_introduction(keeper, asked.id, offer=True, reason="Both are real.")
        operator = self.world.actor("hospital")
        network = networks.register_network(operator, value="192.0.2.0/24")
        networks.decide_network(keeper, network.id, vouch=True, reason="Known.")
        networks.set_limits(operator, network.id, Limits(bookings_max=2), scanners=[self.world.id("rival")])
        networks.register_network(operator, value="*.hospital.example")
        scan = networks.book(rival, network.id, hours=2, rate=5, sources=["198.51.100.7"])
        networks.heartbeat(rival, scan.id)

    def pages(self) -> dict[str | None, list[str]]:
        """Reader -> addresses; None is a visitor."""
        exposure = self._first_exposure()
        return {
            None: [
                "/",
                "/accounts/login/",
                "/accounts/signup/",
                "/accounts/password/reset/",
                "/advisories",
                f"/advisories/{self.advisory}",
                f"/advisories/{self.foreign}",
                "/advisories?q=cve-2024-4340",
                "/log",
                "/log/3",
                "/no-such-page",
            ],
            "clearinghouse": [
                "/queue",
                "/queue?show=proving",
                "/queue?show=returned",
                "/queue?show=published",
                f"/advisories/{self.foreign}",
                f"/advisories/{self.advisory}",
                "/commitments",
                "/ground",
                "/networks",
                f"/cases/{self.jinja}",
                f"/cases/{self.jinja}/beside/{self.hostile}",
                f"/cases/{self.jinja}/threads",
                f"/cases/{self.jinja}/threads/{self.talk.thread}",
                f"/cases/{self.jinja}/near",
                f"/cases/{self.tidegate}",
                f"/cases/{self.ended}",
                f"/cases/{self.hostile}",
                f"/reports/{self.slop}",
                f"/log?subject={self.jinja}",
                f"/log/{self.entry}?subject={self.jinja}",
                "/notices",
                "/tokens",
                "/accounts/2fa/",
                "/accounts/password/change/",
                "/accounts/logout/",
            ],
            "rival": [
                "/reports",
                "/reports/new",
                f"/reports/{self.running_report}",
                f"/reports/{self.slop}",
                f"/reports/{self.bare}",
                "/leases",
                "/ground",
                "/ground?target=pkg:pypi/jinja2",
                "/commitments",
                "/networks",
                "/scans",
                f"/scans/{self.scan}",
                f"/scans/{self.scan}?change=all&level=error&q=src",
                f"/scans/{self.bad_scan}",
                f"/findings/{self.finding}",
                "/cases",
                "/notices",
            ],
            "vendor": [
                "/invitations",
                "/cases",
                f"/cases/{self.jinja}",
                f"/cases/{self.jinja}/threads/{self.talk.thread}",
                f"/messages/{self.talk.edited}/versions",
            ],
            "stranger": ["/invitations"],
            "lab": [f"/cases/{self.jinja}/brief"],
            "hospital": [
                "/exposures",
                f"/exposures/{exposure}",
                f"/exposures?inventory={self.ward}",
                "/exposures?judged=yes",
                f"/exposures/{self.judged_exposure}",
                "/judgments",
                "/networks",
                "/networks?source=198.51.100.7",
                "/assets",
                f"/assets/{self.asset}",
                f"/advisories/{self.foreign}",
                f"/inventories/{self.ward}?show=affected",
                f"/inventories/{self.ward}?show=all&q=jinja",
                "/inventories",
                f"/inventories/{self.ward}",
                f"/inventories/{self.imaging}",
                f"/inventories/{self.broken}",
                "/notices",
            ],
            "agency": ["/exposures", "/inventories", "/assets", "/judgments"],
        }

    def _first_exposure(self) -> str:
        return matching.exposures_of(self.world.actor("hospital"))[0].pk
