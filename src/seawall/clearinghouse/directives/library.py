"""Reads directives from this folder's data files; a file that is not complete is refused when it is first used."""

import csv
import tomllib
from functools import cache
from importlib.resources import files
from itertools import product

from seawall.clearinghouse.directives.types import Directive, Reading, Row

_DATA = files("seawall.clearinghouse.directives") / "data"
_VALUES: dict[str, tuple[str, ...]] = {
    "publicly_exposed": ("yes", "no"),
    "in_kev": ("yes", "no"),
    "automatable": ("yes", "no"),
    "technical_impact": ("total", "partial"),
}
_UPGRADE = "fix_on_system_upgrade"
DEFAULT = "bod-26-04"


@cache
def directive(name: str = DEFAULT) -> Directive:
    """A directive.

    Raises:
        ValueError: Its table does not have exactly one row for every combination of its inputs.
    """
    head = tomllib.loads((_DATA / f"{name}.toml").read_text(encoding="utf-8"))
    inputs = tuple(head["inputs"])
    rows: dict[tuple[str, ...], Row] = {}
    with (_DATA / head["table"]).open(encoding="utf-8", newline="") as file:
        for line in csv.DictReader(file):
            key = tuple(line[column] for column in inputs)
            if key in rows:
                raise ValueError(f"{name}: {key} stands in the table twice")
            days = None if line["deadline_days"] == _UPGRADE else int(line["deadline_days"])
            rows[key] = Row(line["row"], days, line["forensic_triage"] == "yes")
    if set(rows) != set(product(*(_VALUES[column] for column in inputs))):
        raise ValueError(f"{name}: the table does not cover every combination of {', '.join(inputs)}")
    reading = Reading(head["unpublished"]["reading"])
    return Directive(
        id=head["id"],
        name=head["name"],
        title=head["title"],
        version=f"{head['version']}/{reading.value}",
        issued=head["issued"],
        table_effective=head["effective"]["table"],
        reading=reading,
        flat_days=head["unpublished"]["flat_days"],
        unpublished=head["unpublished"]["lookup"],
        inputs=inputs,
        rows=rows,
    )
