"""``seawall advisory``: check a published document on this machine, without server or network."""

from pathlib import Path

import click

READABLE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
def advisory() -> None:
    """Verify signed advisories."""


@advisory.command()
@click.argument("file", type=READABLE)
@click.option(
    "--key", required=True, type=READABLE, help="The publisher's public key (PEM), got from a place you trust."
)
@click.option("--envelope", type=READABLE, help="The statement; FILE.dsse.json where not given.")
def verify(file: Path, key: Path, envelope: Path | None) -> None:
    """Check that FILE is, byte for byte, what the holder of the key published.

    FILE.sig, FILE.sha256 and FILE.sha512 are checked too where they lie beside it. Exit code 0: authentic;
    2: not, or something is missing.
    """
    from seawall.clearinghouse.distribution import verify as checks  # noqa: PLC0415 - keep start-up small
    from seawall.foundation.platform.errors import BadInput  # noqa: PLC0415

    statement_file = envelope or file.with_name(f"{file.name}.dsse.json")
    if not statement_file.is_file():
        raise BadInput(
            f"There is no {statement_file}.", "Download it from beside the document, or name it with --envelope."
        )
    document, public_key = file.read_bytes(), key.read_bytes()
    statement = checks.check_envelope(document, statement_file.read_bytes(), public_key)
    done = ["statement"]
    signature = file.with_name(f"{file.name}.sig")
    if signature.is_file():
        checks.check_signature(document, signature.read_bytes(), public_key)
        done.append("signature")
    for algorithm in ("sha256", "sha512"):
        companion = file.with_name(f"{file.name}.{algorithm}")
        if companion.is_file():
            checks.check_digest_file(document, companion.read_bytes())
            done.append(algorithm)
    # The document's own title is not shown: it is text of strangers, and this goes to a terminal.
    click.echo(f"authentic: {statement.advisory_id} ({statement.format.value.upper()}), checked: {', '.join(done)}")
    click.echo(f"published {statement.published}, transparency log entry {statement.log_index}")
