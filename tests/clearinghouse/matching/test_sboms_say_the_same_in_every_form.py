import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from cyclonedx.model import Property
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output import make_outputter
from cyclonedx.schema import OutputFormat, SchemaVersion
from packageurl import PackageURL

from seawall.clearinghouse.matching.formats.interface import FORMATS, UPLOADED, Sbom, parser
from seawall.clearinghouse.matching.formats.sniffing import sniff
from seawall.clearinghouse.matching.parsing import parse_confined
from seawall.clearinghouse.matching.types import Reach

PACKAGES = {"app": ("portal", "4.2", ""), "a": ("jinja2", "3.1.4", "pypi"), "b": ("markupsafe", "2.1.0", "pypi")}
EDGES = {"app": ["a"], "a": ["b"]}


def purl(ref: str) -> str:
    name, version, kind = PACKAGES[ref]
    return f"pkg:{kind}/{name}@{version}" if kind else ""


def spdx_values(version: str = "SPDX-2.3") -> dict[str, Any]:
    packages = [
        {
            "SPDXID": f"SPDXRef-{ref}",
            "name": name,
            "versionInfo": number,
            "downloadLocation": "NOASSERTION",
            "externalRefs": [
                {
                    "referenceCategory": "SECURITY",
                    "referenceType": "cpe23Type",
                    "referenceLocator": "cpe:2.3:a:x:y:1:*:*:*:*:*:*:*",
                },
                {"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl", "referenceLocator": purl(ref)},
            ]
            if kind
            else [],
        }
        for ref, (name, number, kind) in PACKAGES.items()
    ]
    relationships = [
        {"spdxElementId": "SPDXRef-DOCUMENT", "relatedSpdxElement": "SPDXRef-app", "relationshipType": "DESCRIBES"},
        {"spdxElementId": "SPDXRef-app", "relatedSpdxElement": "SPDXRef-a", "relationshipType": "CONTAINS"},
        {"spdxElementId": "SPDXRef-b", "relatedSpdxElement": "SPDXRef-a", "relationshipType": "DEPENDENCY_OF"},
        {"spdxElementId": "SPDXRef-a", "relatedSpdxElement": "SPDXRef-nobody", "relationshipType": "DEPENDS_ON"},
        {"spdxElementId": "SPDXRef-b", "relatedSpdxElement": "NOASSERTION", "relationshipType": "DEPENDS_ON"},
        {"spdxElementId": "SPDXRef-a", "relatedSpdxElement": "SPDXRef-b", "relationshipType": "OTHER"},
    ]
    return {
        "spdxVersion": version,
        "SPDXID": "SPDXRef-DOCUMENT",
        "name": "portal",
        "creationInfo": {"created": "2026-01-01T00:00:00Z", "creators": ["Tool: test"]},
        "packages": packages,
        "relationships": relationships,
    }


def as_tags(values: dict[str, Any]) -> str:
    lines = [f"SPDXVersion: {values['spdxVersion']}", "SPDXID: SPDXRef-DOCUMENT", "DocumentName: portal"]
    lines += ["DocumentComment: <text>several", "lines", "PackageName: not one", "</text>", "", "# a comment"]
    for package in values["packages"]:
        lines += ["", f"PackageName: {package['name']}", f"SPDXID: {package['SPDXID']}"]
        lines += [f"PackageVersion: {package['versionInfo']}"]
        lines += [
            f"ExternalRef: {item['referenceCategory']} {item['referenceType']} {item['referenceLocator']}"
            for item in package["externalRefs"]
        ]
        lines += ["FileName: ./a", f"SPDXID: SPDXRef-file-of-{package['name']}", "PackageVersion: 9"]
    lines += [
        f"Relationship: {item['spdxElementId']} {item['relationshipType']} {item['relatedSpdxElement']}"
        for item in values["relationships"]
    ]
    return "\n".join(lines)


def spdx_three(context: str = "https://spdx.org/rdf/3.0.1/spdx-context.jsonld") -> dict[str, Any]:
    def iri(ref: str) -> str:
        return f"https://example.com/{ref}"

    graph: list[dict[str, Any]] = [
        {"type": "CreationInfo", "@id": "_:c", "specVersion": "3.0.1", "created": "2026-01-01T00:00:00Z"},
        {"type": "SpdxDocument", "spdxId": iri("document"), "name": "portal", "rootElement": [iri("sbom")]},
        {"type": "software_Sbom", "spdxId": iri("sbom"), "rootElement": [iri("app")], "element": [iri("a"), iri("b")]},
        {"type": "software_File", "spdxId": iri("file"), "name": "a.py"},
    ]
    for ref, (name, number, kind) in PACKAGES.items():
        package: dict[str, Any] = {"type": "software_Package", "spdxId": iri(ref), "name": name}
        package["software_packageVersion"] = number
        if ref == "a":
            package["software_packageUrl"] = purl(ref)
        elif kind:
            identifier = {"type": "ExternalIdentifier", "externalIdentifierType": "packageUrl", "identifier": purl(ref)}
            package["externalIdentifier"] = [identifier]
        graph.append(package)
    graph += [
        {
            "type": "LifecycleScopedRelationship",
            "from": iri(source),
            "to": [*(iri(target) for target in targets), iri("file")],
            "relationshipType": "dependsOn",
        }
        for source, targets in EDGES.items()
    ]
    return {"@context": context, "@graph": graph}


def cyclonedx(kind: OutputFormat, version: SchemaVersion) -> bytes:
    """As CycloneDX's own library writes it."""
    root = Component(name="portal", version="4.2", type=ComponentType.APPLICATION, bom_ref="app")
    root.properties.add(Property(name="seawall:exposure", value="internal"))
    components = {
        ref: Component(name=name, version=number, bom_ref=ref, purl=PackageURL.from_string(purl(ref)))
        for ref, (name, number, written) in PACKAGES.items()
        if written
    }
    bom = Bom(components=components.values())
    bom.metadata.component = root
    everything = {"app": root, **components}
    for ref, targets in EDGES.items():
        bom.register_dependency(everything[ref], [everything[target] for target in targets])
    return make_outputter(bom, kind, version).output_as_string(indent=1).encode()


def statement(predicate: dict[str, Any]) -> bytes:
    return json.dumps({"_type": "https://in-toto.io/Statement/v1", "subject": [], "predicate": predicate}).encode()


VERSIONS = {
    "1.4": SchemaVersion.V1_4,
    "1.5": SchemaVersion.V1_5,
    "1.6": SchemaVersion.V1_6,
    "1.7": SchemaVersion.V1_7,
}
FORMS: dict[str, Callable[[], bytes]] = {
    "spdx 2.2 json": lambda: json.dumps(spdx_values("SPDX-2.2")).encode(),
    "spdx 2.3 json": lambda: json.dumps(spdx_values()).encode(),
    "spdx 2.3 json, sorted": lambda: json.dumps(spdx_values(), sort_keys=True).encode(),
    "spdx 2.3 yaml": lambda: yaml.safe_dump(spdx_values()).encode(),
    "spdx 2.3 tags": lambda: as_tags(spdx_values()).encode(),
    "spdx 2.2 tags, crlf and bom": lambda: as_tags(spdx_values("SPDX-2.2")).replace("\n", "\r\n").encode("utf-8-sig"),
    "spdx 2.3 json, as GitHub answers": lambda: json.dumps({"sbom": spdx_values()}).encode(),
    "spdx 2.3 json, in a statement": lambda: statement(spdx_values()),
    "cyclonedx 1.6 JSON, in a statement": lambda: statement(
        json.loads(cyclonedx(OutputFormat.JSON, SchemaVersion.V1_6))
    ),
    "spdx 3.0.1, several contexts": lambda: json.dumps(
        {**spdx_three(), "@context": ["https://spdx.org/rdf/3.0.1/spdx-context.jsonld", "https://example.com/"]}
    ).encode(),
    "spdx 3.0.1": lambda: json.dumps(spdx_three()).encode(),
    "spdx 3.0.0": lambda: json.dumps(spdx_three("https://spdx.org/rdf/3.0.0/spdx-context.jsonld")).encode(),
    **{
        f"cyclonedx {version} {kind.name}": lambda kind=kind, edition=edition: cyclonedx(kind, edition)
        for version, edition in VERSIONS.items()
        for kind in (OutputFormat.JSON, OutputFormat.XML)
    },
}


def read(data: bytes) -> Sbom:
    return parser(sniff(data)).parse(data)


@pytest.mark.parametrize("form", FORMS)
def test_one_system_is_the_same_in_every_form(form: str) -> None:
    data = FORMS[form]()
    name = form.partition(" ")[0]
    assert sniff(data) == name
    found = read(data)
    assert (found.format, found.subject, found.notes) == (name, "portal 4.2", ())
    lines = [(item.ecosystem, item.package, item.version, item.path) for item in found.listings]
    assert lines == [
        ("PyPI", "jinja2", "3.1.4", ("portal 4.2", "jinja2 3.1.4")),
        ("PyPI", "markupsafe", "2.1.0", ("portal 4.2", "jinja2 3.1.4", "markupsafe 2.1.0")),
    ]
    if form.startswith("cyclonedx"):
        assert {item.reach for item in found.listings} == {Reach.INTERNAL}


@pytest.mark.parametrize("form", ["spdx 2.3 json", "spdx 2.3 tags", "cyclonedx 1.6 XML"])
def test_the_child_says_the_same_as_the_parser(form: str) -> None:
    data = FORMS[form]()
    assert parse_confined(sniff(data), data) == read(data)


@pytest.mark.parametrize("form", ["spdx", "cyclonedx"])
def test_what_npm_itself_writes_is_read(tmp_path: Path, form: str) -> None:
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("npm is not installed: it cannot be asked for an SBOM")
    root = {"name": "portal", "version": "4.2.0", "dependencies": {"debug": "4.3.4"}}
    packages = {
        "": root,
        "node_modules/debug": {"version": "4.3.4", "dependencies": {"ms": "2.1.2"}},
        "node_modules/ms": {"version": "2.1.2"},
    }
    lock = {"name": "portal", "version": "4.2.0", "lockfileVersion": 3, "requires": True, "packages": packages}
    (tmp_path / "package.json").write_text(json.dumps(root))
    (tmp_path / "package-lock.json").write_text(json.dumps(lock))
    command = [npm, "sbom", "--package-lock-only", "--offline", "--sbom-format", form]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, timeout=60, check=False)
    if done.returncode:
        pytest.skip(f"this npm writes no SBOM: {done.stderr.decode()[-200:]}")
    assert sniff(done.stdout) == form
    lines = {item.purl: item.path[1:] for item in read(done.stdout).listings}
    assert lines["pkg:npm/debug@4.3.4"] == ("debug 4.3.4",)
    assert lines["pkg:npm/ms@2.1.2"] == ("debug 4.3.4", "ms 2.1.2")


def test_what_an_inventory_is_of_is_named() -> None:
    values = spdx_values()
    locator = {"referenceType": "purl", "referenceLocator": "pkg:oci/portal@4.2"}
    values["packages"][0]["externalRefs"] = [locator]
    assert read(json.dumps(values).encode()).product == ("pkg:oci/portal@4.2",)
    bom = json.loads(cyclonedx(OutputFormat.JSON, SchemaVersion.V1_6))
    bom["metadata"]["component"]["purl"] = "pkg:oci/portal@4.2"
    data = json.dumps(bom).encode()
    assert read(data).product == ("pkg:oci/portal@4.2",)
    assert parse_confined("cyclonedx", data) == read(data)


def test_a_document_of_one_package_alone_lists_it() -> None:
    values = spdx_values()
    values["packages"] = values["packages"][:1]
    (only,) = read(json.dumps(values).encode()).listings
    assert (only.name, only.why_not) == ("portal", "it has no package URL")


def test_a_document_that_describes_nothing_says_that_there_is_no_tree() -> None:
    values = {**spdx_values(), "relationships": []}
    found = read(json.dumps(values).encode())
    assert [item.path for item in found.listings] == [(), (), ()]
    assert "no tree" in found.notes[0]
    assert found.subject == "portal"


def test_versions_in_yaml_stay_the_texts_they_are() -> None:
    data = b"spdxVersion: SPDX-2.3\npackages:\n- name: a\n  versionInfo: 1.10\n- name: b\n  versionInfo: 0x10\n"
    assert [item.version for item in read(data).listings] == ["1.10", "0x10"]


def test_xml_components_keep_their_nesting_and_lose_what_is_not_wanted() -> None:
    data = b"""<?xml version="1.0"?><bom xmlns="http://cyclonedx.org/schema/bom/1.6" xmlns:o="urn:other"><components>
      <component type="library"><o:purl>pkg:pypi/other@9</o:purl><pedigree><ancestors>
      <component type="library"><name>ancestor</name><purl>pkg:pypi/ancestor@1</purl></component></ancestors></pedigree>
      <name>o<!-- -->ne</name><purl>pkg:pypi/one@1</purl><licenses><license><name>MIT</name></license></licenses>
      <components><component type="library"><name>two</name><purl>pkg:pypi/t<![CDATA[wo]]>@2</purl></component></components>
      </component></components></bom>"""
    assert [(item.name, item.purl) for item in read(data).listings] == [
        ("one", "pkg:pypi/one@1"),
        ("two", "pkg:pypi/two@2"),
    ]


@pytest.mark.parametrize(
    ("name", "format_name"),
    [
        ("a/b/x.cdx.json", "cyclonedx"),
        ("bom.xml", "cyclonedx"),
        ("X.CDX.XML", "cyclonedx"),
        ("x.spdx", "spdx"),
        ("x.spdx.json", "spdx"),
        ("x.spdx.yml", "spdx"),
        ("x.spdx3.json", "spdx"),
        ("spdx/x.json", None),
        ("x.cdx.json/readme", None),
    ],
)
def test_names_tell_the_format(name: str, format_name: str | None) -> None:
    claiming = [found for found in ("cyclonedx", "spdx") if parser(found).claims(name)]
    assert claiming == ([format_name] if format_name else [])


def test_both_formats_are_taken_in_by_the_service_too() -> None:
    assert {"cyclonedx", "spdx"} <= set(FORMATS) & set(UPLOADED)


@pytest.mark.parametrize("data", [b"", b"{}", b"<bom/>", b"\xff" * 300_000, b'{"bomFormat": "SPDX"}', b"name: x"])
def test_what_has_no_sign_of_a_format_is_not_guessed(data: bytes) -> None:
    assert sniff(data) == ""
