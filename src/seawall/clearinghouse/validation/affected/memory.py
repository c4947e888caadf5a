"""Answers of a scan that are kept, so that one that was cut off goes on where it was."""

import json
from dataclasses import asdict
from pathlib import Path

from seawall.clearinghouse.validation.affected.types import State, Trial

_LINE_MAX = 10_000
"""Characters of a kept trial; what it quotes of a stranger's output is bounded."""


class Memory:
    """Trials that are known, one JSON object a line, the last of a version counting."""

    def __init__(self, path: Path, *, fresh: bool = False) -> None:
        self._path = path
        self._known: dict[str, Trial] = {}
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if fresh:
            path.unlink(missing_ok=True)
        elif path.is_file():
            for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
                if trial := _read(line):
                    self._known[trial.version] = trial

    def get(self, version: str) -> Trial | None:
        """What is known of a version."""
        return self._known.get(version)

    def put(self, trial: Trial) -> None:
        """Keep a trial."""
        self._known[trial.version] = trial
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(asdict(trial)) + "\n")


def _read(line: str) -> Trial | None:
    """A kept trial; None for a line that a kill has cut off."""
    if len(line) > _LINE_MAX:
        return None
    try:
        document = json.loads(line)
        return Trial(**{**document, "state": State(document["state"])})
    except (ValueError, TypeError, KeyError):
        return None
