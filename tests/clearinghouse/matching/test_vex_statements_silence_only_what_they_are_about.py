import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seawall.clearinghouse.matching.vex.errors import NotVex, VexTooLarge
from seawall.clearinghouse.matching.vex.formats import fields
from seawall.clearinghouse.matching.vex.reading import parse, read
from seawall.clearinghouse.matching.vex.rules import Book, applies
from seawall.clearinghouse.matching.vex.types import Statement, Status, Subject

NOW = datetime(2026, 6, 1, tzinfo=UTC)
CVE = "CVE-2024-56326"
JINJA = "pkg:pypi/jinja2@3.1.4"
CURL = "pkg:deb/debian/libcurl4@7.88.1-10?arch=amd64&distro=debian-12&upstream=curl"
APP = "pkg:oci/portal@sha256%3Aaa"
WHEN = "2026-05-01T00:00:00Z"


def openvex(*statements: dict[str, Any], **more: Any) -> bytes:
    begin = {"@context": "https://openvex.dev/ns/v0.2.0", "author": "us", "timestamp": WHEN}
    return json.dumps({**begin, **more, "statements": list(statements)}).encode()


def said(products: list[Any], status: str = "not_affected", **more: Any) -> dict[str, Any]:
    justification = {"justification": "vulnerable_code_not_present"} if status == "not_affected" else {}
    return {"vulnerability": {"name": CVE}, "products": products, "status": status, **justification, **more}


def product(purl: str, *parts: str) -> dict[str, Any]:
    return {"@id": purl, **({"subcomponents": [{"@id": part} for part in parts]} if parts else {})}


def one(data: bytes) -> Statement:
    (statement,) = parse(data, "x.json")
    return statement


def subject(purl: str = JINJA, *within: str, identifiers: tuple[str, ...] = (CVE,)) -> Subject:
    return Subject(identifiers, purl, purl.partition("?")[0].rpartition("@")[2], within)


@pytest.mark.parametrize(
    ("products", "finding", "is_about"),
    [
        ([product(JINJA)], subject(), True),
        ([product("pkg:pypi/Jinja2@3.1.4")], subject(), True),
        ([product("pkg:pypi/jinja2")], subject(), True),
        ([JINJA], subject(), True),
        ([{"@id": "https://example.com/x", "identifiers": {"purl": JINJA}}], subject(), True),
        ([product("pkg:pypi/jinja2@3.1.5")], subject(), False),
        ([product("pkg:npm/jinja2@3.1.4")], subject(), False),
        ([product("pkg:pypi/other/jinja2@3.1.4")], subject(), False),
        ([product(JINJA)], subject(identifiers=("CVE-2024-1",)), False),
        ([product(JINJA)], subject(identifiers=("GHSA-x", "cve-2024-56326")), True),
        ([product(JINJA)], subject(""), False),
        ([product("pkg:deb/debian/libcurl4@7.88.1-10")], subject(CURL), True),
        ([product("pkg:deb/debian/libcurl4@7.88.1-10?distro=debian-12")], subject(CURL), True),
        ([product("pkg:deb/debian/libcurl4@7.88.1-10?distro=debian-11")], subject(CURL), False),
        ([product("pkg:deb/debian/libcurl4@7.88.1-10?arch=arm64")], subject(CURL), False),
        ([product("pkg:deb/debian/curl@7.88.1-10?arch=source")], subject(CURL), True),
        ([product("pkg:deb/debian/curl@7.88.1-11?arch=source")], subject(CURL), False),
        ([product("pkg:deb/ubuntu/curl@7.88.1-10")], subject(CURL), False),
        # a product with the flaw in a part of it
        ([product(APP, JINJA)], subject(JINJA, APP), True),
        ([product(APP, "pkg:pypi/jinja2")], subject(JINJA, APP), True),
        ([product(APP, JINJA)], subject(), False),
        ([product(APP, JINJA)], subject(JINJA, "pkg:oci/another@sha256%3Aaa"), False),
        ([product(APP, JINJA)], subject(JINJA, "pkg:oci/portal@sha256%3Abb"), False),
        ([product(APP, "pkg:pypi/markupsafe")], subject(JINJA, APP), False),
        # a product as a whole
        ([product(APP)], subject(JINJA, APP), True),
        ([product(APP)], subject(), False),
        ([product("pkg:oci/portal")], subject(JINJA, APP), True),
        # too wide
        ([product("pkg:pypi/*")], subject(), False),
        ([product("pkg:pypi/jinja*@3.1.4")], subject(), False),
        ([product("pkg:pypi/jinja2@*")], subject(), False),
        ([product("pkg:oci/*", JINJA)], subject(JINJA, APP), False),
        ([product("*")], subject(), False),
        ([product("")], subject(), False),
        ([product("pkg:pypi/" + "a" * 5000)], subject(), False),
        ([], subject(), False),
    ],
)
def test_a_statement_is_about_its_own_product_alone(products: list[Any], finding: Subject, is_about: bool) -> None:
    statement = one(openvex(said(products)))
    assert (applies(statement, finding) is not None) == is_about
    decision = Book([statement]).decide(finding, NOW)
    assert (decision is not None) == is_about
    assert is_about or decision is None
    if decision is not None:
        assert (decision.status, decision.conflict) == (Status.NOT_AFFECTED, False)
        assert decision.applied.statement.justification == "vulnerable_code_not_present"
        assert decision.applied.statement.source == "x.json: statements/0"


def test_a_statement_in_an_attestation_is_read() -> None:
    inside = json.loads(openvex(said([JINJA])))
    data = json.dumps({"_type": "https://in-toto.io/Statement/v0.1", "predicate": inside}).encode()
    assert one(data) == one(openvex(said([JINJA])))


@pytest.mark.parametrize(
    ("statement", "flag"),
    [
        (said(["pkg:pypi/jinja2"]), "every version"),
        ({**said([JINJA]), "justification": None}, "no reason"),
        (said(["pkg:pypi/*", JINJA]), "wildcard"),
        (said(["nothing", JINJA]), "no package URL"),
    ],
)
def test_what_is_odd_is_flagged(statement: dict[str, Any], flag: str) -> None:
    applied = applies(one(openvex(statement)), subject())
    assert applied is not None
    assert any(flag in one_flag for one_flag in applied.flags)


def statement(status: str, day: str | None) -> dict[str, Any]:
    return said([JINJA], status, **({"timestamp": day} if day else {}))


@pytest.mark.parametrize(
    ("made", "stands", "others"),
    [
        ([("not_affected", "2026-01-01"), ("affected", "2026-02-01")], "affected", ["not_affected"]),
        ([("affected", "2026-01-01"), ("not_affected", "2026-02-01")], "not_affected", ["affected"]),
        ([("not_affected", "2026-01-01"), ("affected", "2026-01-01")], "affected", ["not_affected"]),
        ([("fixed", "2026-01-01"), ("under_investigation", "2026-01-01T00:00:00Z")], "under_investigation", ["fixed"]),
        ([("fixed", "2026-01-01T01:00:00+02:00"), ("affected", "2026-01-01T00:30:00+01:00")], "affected", ["fixed"]),
        ([("fixed", "2026-01-01"), ("fixed", "2026-02-01")], "fixed", []),
        ([("affected", None), ("not_affected", "1999-01-01")], "not_affected", ["affected"]),
        ([("affected", "2026-01-01"), ("not_affected", "9999-12-31")], "affected", []),
        ([("affected", "2026-01-01"), ("not_affected", "not a time")], "affected", ["not_affected"]),
    ],
)
def test_the_latest_stands_and_those_that_say_otherwise_are_shown(
    made: list[tuple[str, str | None]], stands: str, others: list[str]
) -> None:
    for order in (made, made[::-1]):
        found = parse(openvex(*(statement(*pair) for pair in order), timestamp=None), "x")
        decision = Book(found).decide(subject(), NOW)
        assert decision is not None
        assert decision.status == stands
        assert [applied.statement.status for applied in decision.others] == others
        assert decision.conflict == bool(others)


def test_a_statement_from_the_future_alone_says_nothing() -> None:
    book = Book(parse(openvex(statement("not_affected", "2026-07-01")), "x"))
    assert book.decide(subject(), NOW) is None
    assert book.decide(subject(), NOW + timedelta(days=60)) is not None


def cyclonedx(root: dict[str, Any] | None, ref: str, state: str = "not_affected", **more: Any) -> bytes:
    return json.dumps(
        {
            "bomFormat": "CycloneDX",
            "specVersion": "1.6",
            "metadata": {"timestamp": WHEN, **({"component": root} if root else {})},
            "components": [{"name": "outer", "components": [{"bom-ref": "j", "name": "jinja2", "purl": JINJA}]}],
            "vulnerabilities": [
                {
                    "id": "GHSA-q2x7-8rv6-6q7h",
                    "references": [{"id": CVE}],
                    "analysis": {"state": state, "justification": "code_not_reachable", "detail": "why"},
                    "affects": [{"ref": ref, **more}],
                },
                {"id": "CVE-1-1", "affects": [{"ref": ref}]},
            ],
        }
    ).encode()


PORTAL = {"bom-ref": "root", "name": "portal", "version": "4.2"}


@pytest.mark.parametrize(
    ("root", "ref", "finding", "is_about"),
    [
        (None, "j", subject(), True),
        (None, JINJA, subject(), True),
        (None, "urn:cdx:3e671687-395b-41f5-a30f-a58921a69b79/1#j", subject(), True),
        (PORTAL, "j", subject(JINJA, "portal 4.2"), True),
        (PORTAL, "j", subject(), False),
        (PORTAL, "j", subject(JINJA, "portal 4.3"), False),
        (PORTAL, "root", subject(JINJA, "portal 4.2"), True),
        (PORTAL, "root", subject(), False),
        ({**PORTAL, "purl": APP}, "j", subject(JINJA, APP), True),
        ({**PORTAL, "purl": APP}, "j", subject(JINJA, "another 1"), False),
        (None, "unknown", subject(), False),
        (None, "j", subject("pkg:pypi/jinja2@3.1.5"), False),
    ],
)
def test_cyclonedx_speaks_of_components_of_its_own_product(
    root: dict[str, Any] | None, ref: str, finding: Subject, is_about: bool
) -> None:
    found = one(cyclonedx(root, ref))
    assert (applies(found, finding) is not None) == is_about
    assert found.identifiers == ("GHSA-Q2X7-8RV6-6Q7H", CVE)
    assert (found.status, found.justification) == (Status.NOT_AFFECTED, "vulnerable_code_not_in_execute_path")


def test_cyclonedx_versions_are_held_to_and_ranges_are_not_honored() -> None:
    bare = "pkg:pypi/jinja2"
    assert applies(one(cyclonedx(None, bare, versions=[{"version": "3.1.4"}])), subject()) is not None
    assert applies(one(cyclonedx(None, bare, versions=[{"version": "3.1.3"}])), subject()) is None
    ranged = one(cyclonedx(None, bare, versions=[{"range": "vers:pypi/<4"}]))
    assert applies(ranged, subject()) is None
    assert "ranges" in ranged.flags[0]


def test_cyclonedx_in_xml_says_the_same() -> None:
    data = f"""<bom xmlns="http://cyclonedx.org/schema/bom/1.6"><metadata><timestamp>{WHEN}</timestamp></metadata>
    <components><component bom-ref="j" type="library"><name>jinja2</name><purl>{JINJA}</purl></component></components>
    <vulnerabilities><vulnerability><id>GHSA-q2x7-8rv6-6q7h</id><references><reference><id>{CVE}</id></reference></references>
    <analysis><state>not_affected</state><justification>code_not_reachable</justification><detail>why</detail></analysis>
    <affects><target><ref>j</ref></target></affects></vulnerability></vulnerabilities></bom>"""
    assert one(data.encode()) == one(cyclonedx(None, "j"))


def csaf(status: str = "known_not_affected", product_id: str = "j", **more: Any) -> bytes:
    def named(name: str, purl: str | None) -> dict[str, Any]:
        helper = {"product_identification_helper": {"purl": purl}} if purl else {}
        return {"product_id": name, "name": name, **helper}

    branches = [
        {"category": "product_version", "name": "3.1.4", "product": named("j", "pkg:pypi/jinja2")},
        {"category": "product_version_range", "name": "vers:pypi/<4", "product": named("range", "pkg:pypi/jinja2")},
        {"category": "product_name", "name": "portal", "product": named("portal", APP)},
        {"category": "product_name", "name": "el9", "product": named("AppStream-9", None)},
        {
            "category": "product_version",
            "name": "x",
            "product": named("rpm", "pkg:rpm/redhat/curl@7-1.el9?arch=x86_64"),
        },
        {"category": "product_name", "name": "bare", "product": named("bare", None)},
    ]
    relationships = [
        {
            "category": "default_component_of",
            "product_reference": part,
            "relates_to_product_reference": whole,
            "full_product_name": {"product_id": f"{whole}:{part}", "name": f"{part} in {whole}"},
        }
        for part, whole in (("j", "portal"), ("rpm", "AppStream-9"), ("j", "AppStream-9"))
    ]
    return json.dumps(
        {
            "document": {
                "category": "csaf_vex",
                "csaf_version": "2.0",
                "publisher": {"name": "PSIRT"},
                "tracking": {"current_release_date": WHEN},
            },
            "product_tree": {
                "branches": [{"category": "vendor", "name": "v", "branches": branches}],
                "relationships": relationships,
                "product_groups": [{"group_id": "g", "product_ids": ["j"]}],
            },
            "vulnerabilities": [
                {
                    "cve": CVE,
                    "product_status": {status: [product_id]},
                    "flags": [{"label": "component_not_present", "group_ids": ["g"]}],
                    "threats": [{"category": "impact", "details": "not built in", "product_ids": ["j"]}],
                    **more,
                }
            ],
        }
    ).encode()


RPM = "pkg:rpm/redhat/curl@7-1.el9?arch=x86_64&distro=rhel-9.3&upstream=curl-7-1.el9.src.rpm"


@pytest.mark.parametrize(
    ("product_id", "finding", "is_about"),
    [
        ("j", subject(), True),
        ("j", subject("pkg:pypi/jinja2@3.1.5"), False),
        ("range", subject(), False),
        ("bare", subject(), False),
        ("nobody", subject(), False),
        ("portal", subject(JINJA, APP), True),
        ("portal", subject(), False),
        ("portal:j", subject(JINJA, APP), True),
        ("portal:j", subject(), False),
        ("AppStream-9:rpm", subject(RPM), True),
        ("AppStream-9:rpm", subject(RPM.replace("el9?", "el8?")), False),
        ("AppStream-9:j", subject(), False),
        ("AppStream-9:j", subject(JINJA, "AppStream-9"), True),
    ],
)
def test_csaf_speaks_of_products_of_its_tree(product_id: str, finding: Subject, is_about: bool) -> None:
    found = one(csaf(product_id=product_id))
    assert (applies(found, finding) is not None) == is_about
    if product_id == "j":
        assert (found.justification, found.text, found.author) == ("component_not_present", "not built in", "PSIRT")


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("known_affected", Status.AFFECTED),
        ("under_investigation", Status.UNDER_INVESTIGATION),
        ("fixed", Status.FIXED),
        ("known_not_affected", Status.NOT_AFFECTED),
    ],
)
def test_csaf_statuses_are_vexs(kind: str, status: Status) -> None:
    assert one(csaf(kind)).status is status


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b"{}",
        b"\xff",
        b"[" * 5000,
        b'{"@context":"https://openvex.dev/ns"}',
        openvex({"status": "perhaps"}),
        openvex(said("x")),  # type: ignore[arg-type]
        openvex({**said([7])}),
        openvex({**said([JINJA]), "vulnerability": 7}),
        cyclonedx(None, "j", "perhaps"),
        b'{"bomFormat":"CycloneDX","specVersion":"1.6","vulnerabilities":[{"id":"x"}]}',
        b'<!DOCTYPE x [<!ENTITY a "b">]><bom xmlns="http://cyclonedx.org/schema/bom/1.6"/>',
        b'<bom xmlns="http://cyclonedx.org/schema/bom/1.2"/>',
        b'{"document":{"csaf_version":"2.0","category":"csaf_base"}}',
        csaf(product_status=7),
    ],
)
def test_what_is_no_vex_is_refused_with_its_name(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "x.vex.json"
    path.write_bytes(data)
    with pytest.raises(NotVex, match=r"x\.vex\.json") as caught:
        read(path)
    assert caught.value.action


def test_a_file_that_is_not_there_is_a_refusal(tmp_path: Path) -> None:
    with pytest.raises(NotVex, match="cannot be opened"):
        read(tmp_path / "absent.json")


def test_too_many_statements_and_products_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fields, "STATEMENTS_MAX", 10)
    with pytest.raises(VexTooLarge):
        parse(openvex(*[said([JINJA])] * 11), "x")
    monkeypatch.setattr(fields, "PRODUCTS_MAX", 10)
    with pytest.raises(VexTooLarge):
        parse(openvex(said([JINJA] * 11)), "x")


def test_many_statements_are_asked_one_by_one_only_where_they_may_apply() -> None:
    many = [said([f"pkg:pypi/p{number}@1"]) for number in range(5000)]
    book = Book(parse(openvex(*many), "x"))
    assert len(book.about(subject("pkg:pypi/p4999@1"))) == 1
    assert book.about(subject()) == ()


_KEYS = st.sampled_from(
    [
        *("@context", "statements", "vulnerability", "name", "aliases", "products", "subcomponents", "status", "@id"),
        *("identifiers", "purl", "timestamp", "document", "csaf_version", "category", "product_tree", "branches"),
        *("product", "product_id", "product_identification_helper", "vulnerabilities", "cve", "product_status"),
        *("known_not_affected", "flags", "label", "product_ids", "group_ids", "relationships", "full_product_name"),
        *("bomFormat", "specVersion", "analysis", "state", "affects", "ref", "versions", "components", "bom-ref"),
    ]
)
_WORDS = st.sampled_from([JINJA, CVE, "not_affected", "fixed", "csaf_vex", "x", WHEN, "pkg:pypi/*", "j"])
_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | _WORDS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_KEYS, inner, max_size=6),
    max_leaves=30,
)
_BEGINS = st.sampled_from(
    [
        {"@context": "https://openvex.dev/ns/v0.2.0"},
        {"bomFormat": "CycloneDX", "specVersion": "1.5"},
        {"document": {"csaf_version": "2.0", "category": "csaf_vex"}},
    ]
)


@settings(max_examples=400, deadline=None)
@given(_BEGINS, st.dictionaries(_KEYS, _VALUES, max_size=6))
def test_only_the_declared_errors_escape(begin: dict[str, Any], values: dict[str, Any]) -> None:
    try:
        found = parse(json.dumps({**values, **begin}).encode(), "x")
    except (NotVex, VexTooLarge):
        return
    Book(found).decide(subject(), NOW)


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=60) | st.text(max_size=20).map(lambda text: f"pkg:pypi/{text}"), st.text(max_size=20))
def test_any_text_as_a_product_is_about_itself_or_nothing(text: str, other: str) -> None:
    found = applies(one(openvex(said([text]))), subject(JINJA, other))
    assert found is None or text.lower().startswith(("pkg:pypi/jinja2", "pkg://pypi/jinja2"))
