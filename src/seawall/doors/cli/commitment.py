"""``seawall commitment`` and ``seawall collision``: say that you found something without saying what, ask whether others did.

Salt and keys stay on this machine. ``seawall commitment verify`` needs neither server nor network.
"""

import base64
import hashlib
import json
import os
import secrets
import sys
from pathlib import Path
from typing import Any
from urllib.parse import quote

import click

from seawall.doors.cli.client import Client
from seawall.doors.cli.finding import ask_blindly, sealed_opening
from seawall.doors.cli.terminal import plain, show_fields, show_json, show_table
from seawall.foundation.access.declarations import declares
from seawall.foundation.platform.errors import BadInput

READABLE = click.Path(exists=True, dir_okay=False, path_type=Path)
WRITABLE = click.Path(dir_okay=False, path_type=Path)
FILE_MAX = 1024 * 1024
"""Bytes of a file that is read."""
as_json = click.option("--json", "json_output", is_flag=True, help="Print JSON for a program.")


@click.group()
def commitment() -> None:
    """Commit to findings, reveal and verify them."""


@click.group()
def collision() -> None:
    """Ask blindly whether somebody already holds a finding."""


@commitment.command()
@click.argument("finding", type=READABLE)
@click.option("--opening", type=WRITABLE, help="Where the opening is kept; FINDING.opening where not given.")
@click.option("--label", default="", help="A note for yourself; it is in no log.")
@as_json
@declares("commitment.seal")
def seal(finding: Path, opening: Path | None, label: str, *, json_output: bool) -> None:
    """Commit to FINDING, a JSON object. Keep the opening that is written: without it nothing can be revealed."""
    client = Client.from_environment()
    try:
        said = json.loads(_bytes(finding))
    except (ValueError, RecursionError) as error:
        raise BadInput(f"{finding} is no JSON.", "Write a JSON object.") from error
    if not isinstance(said, dict):
        raise BadInput(f"{finding} is no JSON object.", "Write a JSON object.")
    data = sealed_opening(str(client.get("/me")["organization"]["id"]), said, secrets.token_bytes(32))
    target = opening or finding.with_name(f"{finding.name}.opening")
    # Written before anything is sent, readable by its owner alone, and never over another one.
    try:
        descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        raise BadInput(f"{target} is there already.", "Keep it, and name another file with --opening.") from error
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    row = client.post("/commitments", {"digest": hashlib.sha256(data).hexdigest(), "label": label})
    _tell(row, json_output=json_output)
    if not json_output:
        click.echo(f"keep {target}")


@commitment.command()
@click.option("--algorithm", required=True, help="Such as sha256 or sha3-256.")
@click.option("--digest", required=True, help="In hex, as it was published.")
@click.option("--url", required=True, help="Where it was published.")
@as_json
@declares("commitment.seal")
def publish(algorithm: str, digest: str, url: str, *, json_output: bool) -> None:
    """Register a digest that you published elsewhere."""
    body = {"algorithm": algorithm, "digest": digest, "url": url}
    _tell(Client.from_environment().post("/commitments/published", body), json_output=json_output)


@commitment.command()
@click.argument("commitment_id")
@click.argument("opening", type=READABLE)
@click.option("--report", "report_id", default="", help="Your report of the same finding.")
@as_json
@declares("commitment.reveal")
def reveal(commitment_id: str, opening: Path, report_id: str, *, json_output: bool) -> None:
    """Show the clearinghouse the OPENING (or the text) that you committed to."""
    body = {"opening_base64": base64.b64encode(_bytes(opening)).decode("ascii"), "report_id": report_id}
    row = Client.from_environment().post(f"/commitments/{quote(commitment_id, safe='')}/reveal", body)
    _tell(row, json_output=json_output)


@commitment.command()
@click.argument("commitment_id")
@click.option("--output", type=WRITABLE, help="Write it there instead of printing it.")
@declares("commitment.read")
def proof(commitment_id: str, output: Path | None) -> None:
    """The file with which anybody checks that the digest was in the log; there is one from the next full hour on."""
    text = Client.from_environment().text(f"/commitments/{quote(commitment_id, safe='')}/proof")
    if output is None:
        click.echo(plain(text, lines=True) if sys.stdout.isatty() else text, nl=False)
    else:
        output.write_text(text, encoding="utf-8")
        click.echo(f"{output}: proof of {plain(commitment_id)}")


@commitment.command("list")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 10_000))
@as_json
@declares("commitment.read")
def list_commitments(limit: int, *, json_output: bool) -> None:
    """Your organization's commitments, newest first."""
    found = list(Client.from_environment().pages("/commitments", most=limit))
    if json_output:
        show_json(found)
    else:
        show_table(
            "Commitments",
            ["id", "state", "entry", "sealed", "label"],
            [(one["id"], one["state"], one["log_index"], one["sealed_at"][:16], one["label"]) for one in found],
        )


@commitment.command()
@click.argument("opening", type=READABLE)
@click.argument("proofs", nargs=-1, required=True, type=READABLE)
@click.option(
    "--vkey", required=True, help="The log's key, name+hash+base64 or a file with it, from a source you trust."
)
@declares("log.read")
def verify(opening: Path, proofs: tuple[Path, ...], vkey: str) -> None:
    """Check that OPENING is what the PROOFS commit to, offline; of several, say which was first.

    Exit code 0: it is; 2: it is not, or a file cannot be used.
    """
    from seawall.clearinghouse.deconfliction.commitments import verify as checks  # noqa: PLC0415 - keep start-up small

    key_file = Path(vkey)
    key = key_file.read_text(encoding="utf-8").strip() if "+" not in vkey and key_file.is_file() else vkey
    data = _bytes(opening)
    found = []
    for file in proofs:
        found.append(checks.verify(data, proof=_bytes(file).decode("utf-8", "replace"), vkey=key))
        one = found[-1]
        click.echo(f"{file}: genuine; entry {one.index} of {plain(one.origin)}, {plain(one.time)}")
        click.echo(f"  {plain(one.commitment_id)} by {plain(one.committer)}")
    if len(found) > 1:
        click.echo(f"first: {plain(checks.earliest(found).commitment_id)}")


@collision.command()
@click.argument("commitment_id")
@click.argument("target")
@click.option("--symbol", "symbols", multiple=True, help="Such as jinja2.filters.do_attr; repeat for more.")
@click.option("--function", "functions", multiple=True, help="FILE:FUNCTION; repeat for more.")
@click.option("--frame", "frames", multiple=True, help="Of the crash's stack, the innermost first; repeat for more.")
@click.option("--patch", type=READABLE, help="A fix as a unified diff; its removed lines are compared.")
@click.option("--introduce", is_flag=True, help="Ask to be introduced to whoever holds it.")
@as_json
@declares("collision.check")
def check(
    commitment_id: str,
    target: str,
    symbols: tuple[str, ...],
    functions: tuple[str, ...],
    frames: tuple[str, ...],
    patch: Path | None,
    *,
    introduce: bool,
    json_output: bool,
) -> None:
    """Does anybody else already hold this? TARGET is a package URL or a repository's address.

    Exit code 0: nobody; 1: somebody does.
    """
    from seawall.clearinghouse.deconfliction.collisions.keys import hunks_of  # noqa: PLC0415 - keep start-up small

    answer = ask_blindly(
        Client.from_environment(),
        commitment_id,
        target=target,
        symbols=symbols,
        functions=functions,
        frames=frames,
        hunks=hunks_of(_bytes(patch).decode("utf-8", "replace")) if patch else (),
        introduce=introduce,
    )
    if json_output:
        show_json(answer)
    elif answer["held"]:
        click.echo(f"somebody holds it (by {', '.join(plain(kind) for kind in answer['kinds'])})")
        click.echo("an introduction was asked for" if answer["introduction_asked"] else "ask again with --introduce")
    else:
        click.echo("nobody else holds it; it is noted that you do")
    sys.exit(1 if answer["held"] else 0)


def _bytes(file: Path) -> bytes:
    data = file.read_bytes()
    if len(data) > FILE_MAX:
        raise BadInput(f"{file} has more than {FILE_MAX} bytes.", "Put in digests of large files.")
    return data


def _tell(row: dict[str, Any], *, json_output: bool) -> None:
    if json_output:
        show_json(row)
    else:
        show_fields((name, row[name]) for name in ("id", "state", "digest", "log_index", "sealed_at"))
