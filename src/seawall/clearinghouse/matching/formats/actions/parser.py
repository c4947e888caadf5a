"""GitHub's workflows and composite actions
(https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax): what ``uses:`` names.

Only a whole version (``@v4.1.2``) says which code runs. ``@v4`` and ``@main`` move. A commit is exact but names no version; the
comment behind it, where tools write the version, is taken, and the notes say that nobody compared the two.
"""

import re
from collections.abc import Iterator
from typing import Any

from seawall.clearinghouse.matching.errors import NotAnInventory
from seawall.clearinghouse.matching.formats.interface import Sbom
from seawall.clearinghouse.matching.formats.locks import Lock
from seawall.clearinghouse.matching.formats.reading import mapping, mappings, shown, text, text_of, yaml_of

_WHERE = re.compile(r"(?:.*/)?\.github/workflows/[^/]+\.ya?ml")
_WHOLE = re.compile(r"v?([0-9]+\.[0-9]+\.[0-9]+(?:[-+][0-9A-Za-z.+-]+)?)")
_COMMIT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_USES = re.compile(r"""^[\s-]*uses:\s*["']?([^\s"'#]{1,400}@[0-9a-f]{40,64})["']?\s+#\s*(\S{1,80})""", re.MULTILINE)


def claims(path: str) -> bool:
    """Workflows by their folder; actions by their name."""
    return path.rpartition("/")[2] in {"action.yml", "action.yaml"} or _WHERE.fullmatch(path) is not None


def parse(data: bytes) -> Sbom:
    """Read a workflow or an action.

    Raises:
        NotAnInventory: Not YAML, or neither of the two.
        InventoryTooLarge: Over a limit.
    """
    documents = yaml_of(data)
    document = documents[0] if documents else {}
    if not isinstance(document.get("jobs"), dict) and not isinstance(document.get("runs"), dict):
        raise NotAnInventory("This is neither a workflow nor an action: jobs and runs are missing.", "See its syntax.")
    lock = Lock("actions", text(document.get("name")) or "workflow")
    comments = dict(_USES.findall(text_of(data)))
    seen: set[str] = set()
    for uses in _uses(document):
        if uses not in seen:
            seen.add(uses)
            _add(lock, uses, comments)
    return lock.sbom()


def _uses(document: dict[str, Any]) -> Iterator[str]:
    # An alias may make many jobs share their steps; each list of steps is walked once.
    walked: set[int] = set()
    for part in [*mapping(document.get("jobs")).values(), document.get("runs")]:
        job = mapping(part)
        yield text(job.get("uses"))
        steps = job.get("steps")
        if id(steps) not in walked:
            walked.add(id(steps))
            yield from (text(step.get("uses")) for step in mappings(steps))


def _add(lock: Lock, uses: str, comments: dict[str, str]) -> None:
    if not uses or uses.startswith(("./", "../")):
        return
    if uses.startswith("docker://"):
        lock.left_out("Container images are not read from here", uses)
        return
    place, _, at = uses.partition("@")
    parts = place.split("/")
    if len(parts) < 2 or not all(parts[:2]):  # noqa: PLR2004 - owner and repository
        lock.left_out("Entries without an owner and a repository are left out", uses)
        return
    version, why = _version(uses, at, comments)
    if _COMMIT.fullmatch(at) and version:
        lock.left_out(
            "The version is that of the comment behind the commit; the two were not compared", f"{place} {version}"
        )
    lock.package(uses, "githubactions", parts[1], version, namespace=parts[0], why_not=why, ref=uses)


def _version(uses: str, at: str, comments: dict[str, str]) -> tuple[str, str]:
    whole = _WHOLE.fullmatch(at)
    if whole is not None:
        return whole[1], ""
    if _COMMIT.fullmatch(at):
        said = _WHOLE.search(comments.get(uses, ""))
        if said is not None:
            return said[1], ""
        return "", f"it is pinned to the commit {at[:12]}, and no comment behind it says which version that is"
    return "", f"@{shown(at) or 'nothing'} moves, so it does not say which version runs"
