"""``seawall log``: sign, export and prove on the server; verify anywhere, offline and without Django."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seawall.foundation.access.types import Actor
    from seawall.foundation.transparency.verify import Finding

READABLE = click.Path(exists=True, dir_okay=False, path_type=Path)
WRITABLE = click.Path(dir_okay=False, path_type=Path)
SHOWN_MAX = 1000
"""Rows of --show; more is for a program that reads the bundle itself."""
TEXT_MAX = 256 * 1024
"""Bytes of a key or checkpoint file that are read; notes have 128 kB at most."""
ZIP_MAGIC = b"PK"


@click.group()
def log() -> None:
    """Read, prove and verify the transparency log."""


@log.command()
@click.argument("file", type=READABLE)
@click.option(
    "--vkey", required=True, help="The log's key, name+hash+base64 or a file with it, from a source you trust."
)
@click.option("--old", type=READABLE, help="A checkpoint that you kept; the log must continue it.")
@click.option(
    "--remember", type=WRITABLE, help="Like --old where the file exists; after success it holds the new checkpoint."
)
@click.option("--show", is_flag=True, help="List what the opened entries say.")
def verify(file: Path, vkey: str, old: Path | None, remember: Path | None, *, show: bool) -> None:
    """Check FILE, a bundle (log export) or a single proof (log prove), offline.

    Exit code 0: all is as the log's key signed it; 1: something is wrong, each finding on a line; 2: a file
    or the key cannot be used.
    """
    from seawall.foundation.platform.errors import BadInput  # noqa: PLC0415 - keep start-up small

    key_file = Path(vkey)
    key = _text(key_file) if "+" not in vkey and key_file.is_file() else vkey
    with file.open("rb") as opened:
        is_bundle = opened.read(len(ZIP_MAGIC)) == ZIP_MAGIC
    if not is_bundle:
        if old or remember or show:
            raise BadInput("--old, --remember and --show need a bundle; this file is none.", "Leave them away.")
        _verify_proof(file, key)
        return
    if old and remember:
        raise BadInput("--old and --remember name the same thing.", "Give one of them.")
    _verify_bundle(file, key, old, remember)
    if show:
        _show(file)


def _verify_bundle(file: Path, key: str, old: Path | None, remember: Path | None) -> None:
    from seawall.foundation.transparency import bundles  # noqa: PLC0415
    from seawall.foundation.transparency import verify as checks  # noqa: PLC0415

    kept = old or (remember if remember and remember.exists() else None)
    report = checks.verify_bundle(file, vkey=key, old_checkpoint=_text(kept) if kept else None)
    if not report.ok:
        _fail(file, report.findings)
    click.secho(f"{file} is genuine.", fg="green", bold=True)
    click.echo(f"log          {report.origin}")
    click.echo(f"entries      {report.size}, {report.openings} of them opened")
    click.echo(f"root         {report.root.hex()}")
    click.echo(f"checkpoints  {report.checkpoints} earlier ones, all continued")
    if report.compared_with is not None:
        click.echo(f"yours        over {report.compared_with} entries, continued")
    if remember:
        with bundles.opened(file) as bundle:
            note = bundle.text(bundles.CHECKPOINT)
        part = remember.with_name(f"{remember.name}.part")
        part.write_text(note, encoding="utf-8")
        part.replace(remember)
        click.echo(f"remembered   {remember}")


def _verify_proof(file: Path, key: str) -> None:
    from seawall.foundation.transparency import proofs  # noqa: PLC0415
    from seawall.foundation.transparency import verify as checks  # noqa: PLC0415

    with file.open(encoding="utf-8", errors="replace", newline="") as opened:
        report = checks.verify_proof(opened.read(proofs.PROOF_MAX + 1), vkey=key)
    if not report.ok:
        _fail(file, report.findings)
    click.secho(f"{file} is genuine.", fg="green", bold=True)
    click.echo(f"entry {report.index} of {report.size} in the log {report.origin}")
    if report.content is None:
        click.echo("The proof does not say what the entry holds.")
    else:
        said = report.content
        click.echo(f"{said.time}  {_plain(said.kind)}  {_plain(said.subject)}  by {_plain(said.actor.id)}")


@log.command()
@click.argument("file", type=WRITABLE)
@click.option("--subject", "subjects", multiple=True, help="Open the entries about this identifier; may be repeated.")
@click.option("--everything", is_flag=True, help="Open every entry, EMBARGOED ONES TOO. Keep such a file secret.")
def export(file: Path, subjects: tuple[str, ...], *, everything: bool) -> None:
    """Write the log, as far as the latest checkpoint reaches, into FILE for an outsider to verify.

    Without options it holds leaves only, which say nothing, and may be given to anybody.
    """
    actor = _keeper()
    from seawall.foundation.transparency import export as exports  # noqa: PLC0415 - needs Django

    part = file.with_name(f"{file.name}.part")
    try:
        # What is opened is for few: nobody else on this machine reads it by accident.
        with part.open("wb") as opened:
            part.chmod(0o600 if subjects or everything else 0o644)
            done = exports.export(actor, opened, subjects=subjects, everything=everything)
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)
    click.echo(f"{file}: {done.size} entries, {done.openings} of them opened")
    if everything:
        click.secho("It opens embargoed entries: give it to nobody who may not see them.", fg="yellow", err=True)
    click.echo(f"seawall log verify {file} --vkey '{done.vkey}'")


@log.command()
@click.option("--batch", type=click.IntRange(1, 4096), default=1, show_default=True, help="Pad the size to a multiple.")
@click.option("--output", type=WRITABLE, help="Write the checkpoint there instead of printing it.")
def checkpoint(batch: int, output: Path | None) -> None:
    """Sign the log's current size and root."""
    actor = _keeper()
    from seawall.foundation.transparency import services  # noqa: PLC0415 - needs Django

    signed = services.checkpoint(actor, batch=batch)
    if output is None:
        click.echo(signed.note, nl=False)
    else:
        output.write_text(signed.note, encoding="utf-8")
        click.echo(f"{output}: {signed.size} entries")


@log.command()
@click.argument("index", type=click.IntRange(0))
@click.option("--open", "disclose", is_flag=True, help="Disclose what the entry says.")
@click.option("--output", type=WRITABLE, help="Write the proof there (FILE.tlog-proof) instead of printing it.")
def prove(index: int, output: Path | None, *, disclose: bool) -> None:
    """Prove that entry INDEX is in the log, as one file that anybody verifies offline."""
    actor = _keeper()
    from seawall.foundation.transparency import queries  # noqa: PLC0415 - needs Django

    text = queries.tlog_proof(actor, index, queries.subject_of(actor, index) if disclose else ())
    if output is None:
        click.echo(text, nl=False)
    else:
        output.write_text(text, encoding="utf-8")
        click.echo(f"{output}: entry {index}")


@log.command()
def key() -> None:
    """Print the log's public key, to be published where it cannot be confused with the log itself."""
    actor = _keeper()
    from seawall.foundation.transparency import queries  # noqa: PLC0415 - needs Django

    click.echo(queries.verifier_key(actor))


def _keeper() -> "Actor":
    """Whoever runs commands on the server's machine, where the database lies open to them anyway."""
    from seawall.doors.cli.server import load_django  # noqa: PLC0415

    load_django()
    from seawall.foundation.access.types import Actor  # noqa: PLC0415

    return Actor.system("keeper")


def _fail(file: Path, findings: "Sequence[Finding]") -> None:
    click.secho(f"{file} is NOT genuine:", fg="red", bold=True, err=True)
    for finding in findings:
        click.echo(f"- {finding.where}: {_plain(finding.what)}", err=True)
    sys.exit(1)


def _show(file: Path) -> None:
    from rich import box  # noqa: PLC0415 - only --show pays for it
    from rich.console import Console  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    from seawall.foundation.transparency import verify as checks  # noqa: PLC0415

    table = Table(box=box.SIMPLE)
    for name in ("entry", "time", "kind", "subject", "by"):
        table.add_column(name, overflow="fold")
    for count, (index, said) in enumerate(checks.disclosed(file)):
        if count == SHOWN_MAX:
            table.caption = f"only the first {SHOWN_MAX}"
            break
        cells = (str(index), said.time, said.kind, said.subject, said.actor.id)
        table.add_row(*(Text(_plain(cell)) for cell in cells))
    Console().print(table)


def _text(path: Path) -> str:
    """A small text file; bytes that are no UTF-8 become marks, which no key or note may hold."""
    return path.read_bytes()[:TEXT_MAX].decode(errors="replace")


def _plain(text: str) -> str:
    """Text for a terminal: what could steer it is shown as an escape."""
    return "".join(part if part.isprintable() else part.encode("unicode_escape").decode("ascii") for part in text)
