"""What a scan found, as a part of an OSV record."""

from collections.abc import Sequence

from seawall.clearinghouse.validation.affected.types import Affected, Event, State


def osv(found: Affected) -> dict[str, object]:
    """The ``affected`` part of an OSV record (schema 1.7)."""
    return {
        "affected": [
            {
                "package": {"ecosystem": found.ecosystem, "name": found.name, "purl": found.package},
                "ranges": [_range(found, found.events)] if found.events else [],
                "versions": [] if found.repository else list(found.versions),
                "database_specific": {
                    "computed_by": "seawall affected",
                    "proof": found.bundle_digest,
                    "complete": found.complete,
                    "seen": [_range(found, found.seen)] if found.seen else [],
                    "untestable": _of(found, State.UNTESTABLE, State.FAULTED, State.NOT_RUN),
                    "flaky": _of(found, State.FLAKY),
                    "inferred": [outcome.release.version for outcome in found.outcomes if outcome.between],
                },
            }
        ]
    }


def _range(found: Affected, events: Sequence[Event]) -> dict[str, object]:
    told = [{kind: version} for kind, version in events]
    if found.repository:
        return {"type": "GIT", "repo": found.repository, "events": told}
    return {"type": "ECOSYSTEM", "events": told}


def _of(found: Affected, *states: State) -> list[str]:
    return [outcome.release.version for outcome in found.outcomes if outcome.state in states]
