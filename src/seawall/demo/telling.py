"""The story on a terminal: steps, lines, progress, and a summary."""

from pathlib import Path
from types import TracebackType
from typing import Any, Self

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from seawall.demo.story import Tally
from seawall.demo.world import PASSWORD, organizations


class Terminal:
    """Tells the story with rich; on a pipe the progress is plain lines."""

    def __init__(self) -> None:
        self._console = Console(highlight=False)
        self._progress = Progress(
            TextColumn("   "),
            BarColumn(bar_width=30),
            MofNCompleteColumn(),
            TextColumn("{task.description}"),
            TimeElapsedColumn(),
            console=self._console,
            transient=True,
        )
        self._task = self._progress.add_task("", total=1, visible=False)

    def __enter__(self) -> Self:
        """Start the progress display."""
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Take it away."""
        self._progress.stop()

    def step(self, number: int, title: str) -> None:
        """A new step begins."""
        self._progress.update(self._task, visible=False)
        self._console.print(f"\n[bold]{number}. {escape(title)}[/bold]")

    def say(self, text: str) -> None:
        """One line."""
        self._console.print(f"   {escape(text)}", soft_wrap=True)

    def progress(self, done: int, total: int, text: str) -> None:
        """How far the step is."""
        self._progress.update(self._task, completed=done, total=total, description=text, visible=done < total)

    def summary(self, tally: Tally, figures: dict[str, Any], *, address: str, log: str, folder: Path) -> None:
        """The end: who must fix what by when, the figures, and where to look."""
        self._progress.stop()
        names = {item.key: item.name for item in organizations()}
        table = Table(title="What each operator should do", title_justify="left", show_lines=False)
        for column in ("operator", "component", "installed", "fixed in", "due", "rule"):
            table.add_column(column)
        for key, rows in tally.exposures.items():
            for row in rows:
                table.add_row(*(escape(cell) for cell in (names[key], *_cells(row))))
        self._console.print()
        self._console.print(table)
        self._console.print(f"\nLog: {escape(log)}", soft_wrap=True)
        counts = Table(show_header=False, box=None, pad_edge=False)
        for name, value in figures.items():
            counts.add_row(name, str(value))
        self._console.print(counts)
        if tally.skipped:
            self._console.print(f"{tally.skipped} proofs were left out: this machine lacks what they need.")
        self._console.print(f"\n[bold]The site is running: {address}[/bold]  (stop it: seawall demo --stop)")
        people = [person["email"] for item in organizations() for person in item.people]
        chosen = [mail for mail in people if mail.split("@")[0] in {"ines", "tomasz", "dolores", "ruth"}]
        self._console.print(f"Sign in as {', '.join(chosen)}; password: {PASSWORD}", soft_wrap=True)
        self._console.print(f"Everything it wrote is in {folder}", soft_wrap=True)


def _cells(row: dict[str, Any]) -> tuple[str, str, str, str, str]:
    return (
        str(row["component"]),
        str(row["version"]),
        str(row["fixed"] or "none yet"),
        str(row["due"] or "next upgrade"),
        str(row["rule"]),
    )
