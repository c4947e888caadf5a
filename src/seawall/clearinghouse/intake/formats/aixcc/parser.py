"""AIxCC bundles: what a cyber reasoning system found, in the words of the competition's API.

Written against the Competition API 0.4 and the 1.x clients that finalists published: ``BundleSubmission`` (``pov_id``,
``patch_id``, ``submitted_sarif_id``, ``broadcast_sarif_id``, ``freeform_id``, ``description``), ``POVSubmission``
(``testcase``, ``fuzzer_name``, ``sanitizer``, ``engine``, ``architecture``), ``PatchSubmission``, ``SARIFSubmission`` and
the task's ``project_name``.

In the competition the parts are sent one by one and a bundle holds only their identifiers; no file that holds a whole
bundle was ever published. So a bundle for us is one JSON object with the parts beside it, each as it was sent there::

    {"bundle": {"pov_id": "...", "description": "..."}, "pov": {"testcase": "...", "fuzzer_name": "...", ...},
     "patch": {"patch": "..."}, "submitted_sarif": {"sarif": {...}}, "task": {"project_name": "libxml2"},
     "package": "pkg:generic/libxml2@2.13.0", "provenance": {...}}

``package`` and ``provenance`` (formats/travelling.py) are ours. Without ``package`` it is ``pkg:generic/<project_name>``.
A test case for a fuzzer of OSS-Fuzz is told of by size and digest; it is not run: send a proof bundle for that.
"""

from typing import Any

from seawall.clearinghouse.intake.errors import NotThisFormat
from seawall.clearinghouse.intake.formats import fields, reading, travelling
from seawall.clearinghouse.intake.formats.sarif import parser as sarif
from seawall.clearinghouse.intake.types import FailureClass, Origin, Provenance, Relay, Report

FIELD_MAX = 4096
"""Characters of a name, as in the API (4 KiB)."""
_KNOWN = [
    "bundle",
    "bundle_id",
    "pov",
    "pov_id",
    "povs",
    "patch",
    "patch_id",
    "submitted_sarif",
    "submitted_sarif_id",
    "broadcast_sarif_id",
    "freeform",
    "freeform_id",
    "description",
    "task",
    "task_id",
    "project_name",
    "package",
    "versions",
    "provenance",
    "status",
    "testcase",
    "fuzzer_name",
    "sanitizer",
    "engine",
    "architecture",
]
_IDS = ("bundle_id", "pov_id", "patch_id", "submitted_sarif_id", "broadcast_sarif_id", "freeform_id", "task_id")
_POV = ("testcase", "fuzzer_name", "sanitizer", "engine", "architecture", "pov_id", "status")
_MEMORY = frozenset({"address", "memory", "hwaddress"})
"""Sanitizers of C and C++ whose findings are about memory safety; the others say nothing so definite."""


def parse(data: bytes) -> tuple[Report, ...]:
    """Read one bundle.

    Raises:
        NotThisFormat: Not a bundle, or one that only names its parts.
        UnsupportedVersion: The SARIF in it is of another version than is read.
        UnknownPackageType: See ``fields.package``.
        ReportTooLarge: A part is over its limit.
    """
    root = fields.load_json(data)
    if not isinstance(root, dict):
        raise NotThisFormat("An AIxCC bundle is a JSON object.")
    bundle = {**reading.obj(root.get("bundle"), "bundle")}
    for name in (*_IDS, "description"):
        bundle.setdefault(name, root.get(name))
    package, version = _package(root)
    povs = _povs(root)
    found = _sarif(root, package)
    patch = reading.obj(root.get("patch"), "patch").get("patch") if root.get("patch") is not None else None
    if not povs and found is None and root.get("freeform") is None:
        raise NotThisFormat(
            "The bundle only names its parts.",
            'Put them in beside it: "pov", "submitted_sarif", "patch", as they were sent to the competition.',
            field="pov",
        )
    about = fields.text(bundle.get("description"), "bundle/description")
    words = [about]
    if found is not None:
        words.append(found.description)
    words += [_told(pov, where) for pov, where in povs]
    if patch is not None:
        diff = (
            reading.decoded(patch, "patch/patch")
            .decode("utf-8", "replace")
            .replace("\x00", "\N{REPLACEMENT CHARACTER}")
        )
        words.append(f"## Patch\n\n{diff}")
    if root.get("freeform") is not None:
        form = reading.obj(root["freeform"], "freeform")
        words.append(
            f"## Freeform submission\n\n{reading.shown(reading.decoded(form.get('submission'), 'freeform/submission'))}"
        )
    sanitizer, fuzzer = _of(povs, "sanitizer"), _of(povs, "fuzzer_name")
    return (
        Report(
            title=reading.title(
                found.title if found else "",
                next((line for line in about.splitlines() if line.strip("# \t")), "").strip("# \t"),
                f"{sanitizer} finding in {fuzzer}" if povs else "",
            ),
            description=reading.description(words),
            package=package,
            versions=fields.versions(root.get("versions"), version, "versions"),
            failure=FailureClass.MEMORY_SAFETY if sanitizer.lower() in _MEMORY else FailureClass.OTHER,
            weaknesses=found.weaknesses if found else (),
            identifiers=found.identifiers if found else (),
            affected=found.affected if found else (),
            severity=found.severity if found else "",
            paths=found.paths if found else (),
            symbols=found.symbols if found else (),
            provenance=_provenance(root),
            fingerprints=found.fingerprints if found else {},
            relay=Relay(origins=_origins(bundle)),
            unread=reading.told(
                [
                    *reading.unknown(root, _KNOWN),
                    *reading.unknown(bundle, (*_IDS, "description", "status"), "bundle"),
                    *(one for pov, where in povs if where for one in reading.unknown(pov, _POV, where)),
                ]
            ),
        ),
    )


def _package(root: dict[str, Any]) -> tuple[str, str | None]:
    if root.get("package") is not None:
        return fields.package(root["package"], "package")
    task = reading.obj(root.get("task"), "task")
    where = "project_name" if root.get("project_name") is not None else "task/project_name"
    project = fields.text(root.get("project_name") or task.get("project_name"), where, limit=fields.WORD_MAX)
    if not project:
        raise NotThisFormat(
            "There is neither package nor the task's project_name.",
            'Write "package": "pkg:generic/libxml2@2.13.0", or put the task in.',
            field="package",
        )
    quoted = "".join(one if (one.isalnum() and one.isascii()) or one in "._-" else "_" for one in project)
    return fields.package(f"pkg:generic/{quoted}", where)


def _povs(root: dict[str, Any]) -> list[tuple[dict[str, Any], str]]:
    held = reading.objs(root.get("povs"), "povs")
    if root.get("pov") is not None:
        held.insert(0, (reading.obj(root["pov"], "pov"), "pov"))
    if root.get("testcase") is not None or root.get("fuzzer_name") is not None:
        held.insert(0, ({name: root.get(name) for name in _POV if name in root}, ""))
    return held


def _told(pov: dict[str, Any], where: str) -> str:
    at = f"{where}/" if where else ""
    case = reading.decoded(pov.get("testcase"), f"{at}testcase")
    named = [
        f"{name}: {fields.text(pov.get(name), f'{at}{name}', limit=FIELD_MAX)}"
        for name in ("fuzzer_name", "sanitizer", "engine", "architecture")
        if pov.get(name) is not None
    ]
    return "\n".join(["## Proof of vulnerability", "", *named, f"testcase: {reading.shown(case)}"])


def _of(povs: list[tuple[dict[str, Any], str]], name: str) -> str:
    for pov, where in povs:
        said = fields.text(pov.get(name), f"{where}/{name}" if where else name, limit=FIELD_MAX, required=True)
        return fields.word(said)
    return ""


def _sarif(root: dict[str, Any], package: str) -> Report | None:
    if root.get("submitted_sarif") is None:
        return None
    held = reading.obj(root["submitted_sarif"], "submitted_sarif")
    return sarif.read(held.get("sarif", held), package)[0]


def _provenance(root: dict[str, Any]) -> Provenance:
    # A cyber reasoning system works by itself; that is the competition's rule.
    if root.get("provenance") is None:
        return Provenance(ai_assisted=True, method="ai-discovered", tool="AIxCC cyber reasoning system")
    return travelling.provenance(root["provenance"])


def _origins(bundle: dict[str, Any]) -> tuple[Origin, ...]:
    said = ((name, fields.text(bundle.get(name), name, limit=fields.WORD_MAX)) for name in _IDS)
    return tuple(Origin(system=f"AIxCC {name}", identifier=value) for name, value in said if value)
