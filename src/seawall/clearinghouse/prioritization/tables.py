"""SSVC decision tables: looked up, never computed from branches.

    table("ssvc-cisa-coordinator").decide({"exploitation": "active", "automatable": "yes"})

What is unknown is left out of the answers; the decision is then the most urgent one still possible, and says so.
"""

import csv
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import product

_DATA = files("seawall.clearinghouse.prioritization") / "data"


@dataclass(frozen=True, slots=True)
class Decision:
    """What a table says."""

    table: str
    version: str
    rows: tuple[str, ...]
    """Rows that the answers leave possible; one where all is known."""
    outcome: str
    """The most urgent outcome of those rows."""
    possible: tuple[str, ...]
    """All outcomes of those rows, the least urgent first."""
    unknown: tuple[str, ...]
    """Inputs that nobody answered."""


@dataclass(frozen=True, slots=True)
class Table:
    """A decision table with a row for every combination of its inputs."""

    name: str
    title: str
    version: str
    inputs: Mapping[str, tuple[str, ...]]
    decisions: tuple[str, ...]
    rows: Mapping[tuple[str, ...], tuple[str, str]]
    """Values of the inputs -> number of the row, and its decision."""

    def __post_init__(self) -> None:
        combinations = set(product(*self.inputs.values()))
        if set(self.rows) != combinations:
            raise ValueError(f"{self.name}: {len(self.rows)} rows do not cover {len(combinations)} combinations")
        if strange := {decision for _, decision in self.rows.values()} - set(self.decisions):
            raise ValueError(f"{self.name}: unknown decisions {strange}")

    def decide(self, answers: Mapping[str, str | None]) -> Decision:
        """Look up.

        Args:
            answers: Input -> value; an input that is missing or None is unknown.

        Raises:
            ValueError: A value or an input that the table does not have.
        """
        return self.among({name: None if value is None else (value,) for name, value in answers.items()})

    def among(self, choices: Mapping[str, Collection[str] | None]) -> Decision:
        """Look up where some inputs are narrowed down and not decided.

        Args:
            choices: Input -> the values that remain possible; an input that is missing or None may be anything.

        Raises:
            ValueError: A value or an input that the table does not have, or an input with no value left.
        """
        for name, values in choices.items():
            if name not in self.inputs or (values is not None and (not values or set(values) - set(self.inputs[name]))):
                raise ValueError(f"{self.name}: {name} = {values!r} is not in the table")
        left = {
            name: [one for one in self.inputs[name] if one in (choices.get(name) or self.inputs[name])]
            for name in self.inputs
        }
        found = [self.rows[values] for values in product(*left.values())]
        possible = sorted({decision for _, decision in found}, key=self.decisions.index)
        unknown = tuple(name for name, values in left.items() if len(values) > 1)
        return Decision(self.name, self.version, tuple(row for row, _ in found), possible[-1], tuple(possible), unknown)


@cache
def table(name: str) -> Table:
    """A table of this folder's data.

    Raises:
        KeyError: There is none of this name.
        ValueError: Its file is not complete.
    """
    head = tomllib.loads((_DATA / "tables.toml").read_text(encoding="utf-8"))[name]
    inputs = {key: tuple(values) for key, values in head["inputs"].items()}
    with (_DATA / head["file"]).open(encoding="utf-8", newline="") as file:
        rows = {tuple(line[key] for key in inputs): (line["row"], line["decision"]) for line in csv.DictReader(file)}
    return Table(name, head["title"], head["version"], inputs, tuple(head["decisions"]), rows)


TABLES = ("ssvc-cisa-coordinator", "ssvc-deployer", "ssvc-coordinator-triage", "ssvc-coordinator-publication")
"""Names of all tables here."""
