"""Other people's advisories in snapshots, operators' inventories, and a server that takes both in."""

import json
from pathlib import Path
from typing import Any

from django.db import transaction

from seawall.clearinghouse.distribution import queries as distribution
from seawall.clearinghouse.matching import loading, models, queries, services
from seawall.clearinghouse.matching.snapshot import builder, files
from seawall.foundation.jobs.runner import drain
from seawall.foundation.platform import clock
from support import KEEPER, World

GHSA = "GHSA-aaaa-bbbb-cccc"
PYSEC = "PYSEC-2026-1"
CVE = "CVE-2026-1000"


def record(
    identifier: str, *aliases: str, package: str = "jinja2", fixed: str = "3.1.6", **more: Any
) -> dict[str, Any]:
    return {
        "id": identifier,
        "modified": "2026-01-01T00:00:00Z",
        "summary": f"A flaw in {package}",
        "aliases": list(aliases),
        "affected": [
            {
                "package": {"ecosystem": "PyPI", "name": package},
                "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": fixed}]}],
            }
        ],
        **more,
    }


class Publishers:
    """Other people's advisories, and the server that takes them in."""

    def __init__(self, world: World, tmp_path: Path) -> None:
        self.world = world
        self._tmp = tmp_path
        self._made = 0

    def snapshot(self, **sources: list[dict[str, Any]]) -> Path:
        self._made += 1
        home = self._tmp / f"made-{self._made}"
        for name, records in sources.items():
            (home / name).mkdir(parents=True)
            for one in records:
                (home / name / f"{one['id']}.json").write_text(json.dumps(one))
        target = home / "snapshot"
        content = builder.build([builder.Source(home / name, format="osv", name=name) for name in sources])
        files.write(content, target)
        return target

    def load(self, removals: int = 0, **sources: list[dict[str, Any]]) -> models.SnapshotLoad:
        row = loading.begin(KEEPER, self.snapshot(**sources), removals=removals)
        drain()
        row.refresh_from_db()
        return row

    def upload(self, operator: str, *purls: str, name: str = "Portal", release: str = "") -> models.Inventory:
        row = services.upload_inventory(self.world.actor(operator), name=name, data=sbom(*purls), release=release)
        drain()
        row.refresh_from_db()
        return row

    def publish(self, *names: str, fixed: str = "3.1.6") -> int:
        words = services.Announcement(
            "Ours", "", names, ({"package": "pkg:pypi/jinja2", "ranges": [{"introduced": "0", "fixed": fixed}]},)
        )
        with transaction.atomic():
            return services.reveal(
                self.world.actor("clearinghouse"), "case_x", "SEAWALL-2026-AAAAAAAA", clock.now(), words
            )

    def seen(self, operator: str, **wanted: Any) -> list[tuple[str, str, tuple[str, ...]]]:
        views = queries.views(queries.exposures_of(self.world.actor(operator), **wanted))
        return sorted((view.component, view.name, view.identifiers) for view in views)

    def notices(self, operator: str) -> list[str]:
        return [notice.title for notice in distribution.notices_of(self.world.actor(operator))]


def sbom(*purls: str, reach: str = "") -> bytes:
    """A CycloneDX document whose root depends on each of these."""
    said = [{"name": "seawall:exposure", "value": reach}] if reach else []
    components = [
        {"type": "library", "name": purl.split("/")[-1].split("@")[0], "purl": purl, "bom-ref": f"ref-{number}"}
        for number, purl in enumerate(purls)
    ]
    root = {"type": "application", "name": "Portal", "bom-ref": "root", "properties": said}
    document = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "metadata": {"component": root},
        "components": components,
        "dependencies": [{"ref": "root", "dependsOn": [item["bom-ref"] for item in components]}],
    }
    return json.dumps(document).encode()
