"""CISA's Vulnrichment: its answers are taken as they stand, what it does not say or nobody knows stays unknown."""

import json
import lzma
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seawall.clearinghouse.prioritization import models, queries, services
from seawall.clearinghouse.prioritization.errors import NotAFeed
from seawall.clearinghouse.prioritization.formats.kev.parser import parse as parse_kev
from seawall.clearinghouse.prioritization.formats.vulnrichment.parser import parse
from seawall.clearinghouse.prioritization.types import FactName
from support import KEEPER

DATA = Path(__file__).parents[4] / "shared" / "data"
CVE = "CVE-2026-10001"
NOON = "2026-06-01T12:00:00Z"


def ssvc(at: str = NOON, **answers: Any) -> dict[str, Any]:
    labels = {"automatable": "Automatable", "impact": "Technical Impact", "exploitation": "Exploitation"}
    options = [{labels.get(name, name): answer} for name, answer in answers.items()]
    return {"other": {"type": "ssvc", "content": {"timestamp": at, "options": options}}}


def record(*metrics: Any, provider: str = "CISA-ADP", **more: Any) -> bytes:
    container = {"providerMetadata": {"shortName": provider}, "metrics": list(metrics)}
    return json.dumps({"cveMetadata": {"cveId": CVE}, "containers": {"adp": [container]}, **more}).encode()


def said(data: bytes) -> dict[str, str]:
    return {fact.name.value: fact.value for fact in parse(data).facts}


def test_answers_are_read() -> None:
    found = said(record(ssvc(automatable="yes", impact="partial", exploitation="poc")))
    assert found == {"automatable": "yes", "technical_impact": "partial", "exploitation": "poc"}


@pytest.mark.parametrize("answer", ["maybe", "", "Y", "yes and no", None, 1, True, ["yes"], {"yes": 1}])
def test_an_answer_that_is_not_known_stays_unknown(answer: Any) -> None:
    assert said(record(ssvc(automatable=answer, impact="total"))) == {"technical_impact": "total"}


def test_others_containers_are_not_cisas_word() -> None:
    assert said(record(ssvc(automatable="no"), provider="CVE")) == {}


def test_of_two_answers_the_later_counts_wherever_it_stands() -> None:
    early, late = ssvc(at="2026-01-01T00:00:00Z", automatable="no"), ssvc(at=NOON, automatable="yes")
    assert said(record(early, late)) == said(record(late, early)) == {"automatable": "yes"}


def test_membership_in_kev_is_read_with_its_day() -> None:
    metric = {"other": {"type": "kev", "content": {"dateAdded": "2026-05-09"}}}
    assert said(record(metric)) == {"in_kev": "yes", "kev_date_added": "2026-05-09"}


@pytest.mark.parametrize(
    "data",
    [
        b"[]",
        b"{}",
        b"not json",
        b'{"cveMetadata": {"cveId": "CVE-1"}}',
        b'{"cveMetadata": {"cveId": "CVE-2026-10001"}, "containers": {"adp": {}}}',
        record({"other": {"type": "ssvc", "content": {"options": []}}}),
        record({"other": {"type": "ssvc", "content": {"timestamp": NOON, "options": "yes"}}}),
        record({"other": {"type": "kev", "content": {"dateAdded": "soon"}}}),
        record("metric"),
    ],
)
@pytest.mark.django_db
def test_one_record_that_is_none_keeps_all_out(data: bytes) -> None:
    with pytest.raises(NotAFeed) as refusal:
        services.load_vulnrichment(KEEPER, [record(ssvc(automatable="yes")), data])
    assert refusal.value.action
    assert not models.FactBatch.objects.exists()


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=8)
    | st.sampled_from(["CISA-ADP", "ssvc", "kev", NOON]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "cveMetadata",
                    "cveId",
                    "containers",
                    "adp",
                    "providerMetadata",
                    "shortName",
                    "metrics",
                    "other",
                    "type",
                    "content",
                    "timestamp",
                    "options",
                    "dateAdded",
                    "vulnerabilities",
                    "catalogVersion",
                    "dateReleased",
                    "count",
                ]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=20,
)


@given(json_values | st.binary(max_size=40))
def test_nothing_but_the_declared_refusal_escapes_a_reader(value: Any) -> None:
    data = value if isinstance(value, bytes) else json.dumps(value).encode()
    for read in (parse, parse_kev):
        with suppress(NotAFeed):
            read(data)


@given(json_values)
def test_nothing_but_the_declared_refusal_escapes_from_inside_a_record(value: Any) -> None:
    for data in (
        record(value),
        record({"other": value}),
        record({"other": {"type": "ssvc", "content": {"timestamp": NOON, "options": [{"Automatable": value}]}}}),
        json.dumps({"catalogVersion": "1", "dateReleased": NOON, "vulnerabilities": [value]}).encode(),
        json.dumps({"catalogVersion": "1", "dateReleased": value, "vulnerabilities": [], "count": value}).encode(),
    ):
        for read in (parse, parse_kev):
            with suppress(NotAFeed):
                read(data)


@pytest.mark.django_db
def test_real_records_are_read_and_reading_them_again_adds_nothing() -> None:
    path = DATA / "vulnrichment.jsonl.xz"
    if not path.exists():
        pytest.skip(f"{path} is absent: CISA's real records cannot be read")
    with lzma.open(path) as lines:
        records = list(islice(lines, 3_000))
    count = services.load_vulnrichment(KEEPER, records)
    assert count > 3 * 2_900
    assert services.load_vulnrichment(KEEPER, records) == 0
    assert models.FactBatch.objects.count() == 1
    name = parse(records[0]).cve
    assert queries.facts_of([name]).value(FactName.AUTOMATABLE) in {"yes", "no"}
