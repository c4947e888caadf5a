"""Commands that need Django on this machine: the server, workers, management."""

import os

import click

SETTINGS = "seawall.foundation.platform.settings"


def load_django() -> None:
    """Load the settings and the apps."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", SETTINGS)
    import django  # noqa: PLC0415 - only commands that need it pay for it

    django.setup()


@click.command(context_settings={"ignore_unknown_options": True})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def manage(arguments: tuple[str, ...]) -> None:
    """Django's management commands, such as migrate."""
    load_django()
    from django.core.management import execute_from_command_line  # noqa: PLC0415

    execute_from_command_line(["seawall manage", *arguments])


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8440, show_default=True, help="Port to listen on.")
@click.option("--demo", is_flag=True, help="With the demo's world, in a folder of its own.")
def up(host: str, port: int, *, demo: bool) -> None:
    """Start the server: database, pages, API and background work in one command."""
    if demo:
        from seawall.doors.cli.demo import play_and_stay  # noqa: PLC0415

        play_and_stay(port=port)
        return
    os.environ.setdefault("SEAWALL_BASE_URL", f"http://{host}:{port}")
    load_django()
    from django.core.management import call_command  # noqa: PLC0415
    from django.db import connections, transaction  # noqa: PLC0415
    from granian import Granian  # noqa: PLC0415
    from granian.constants import Interfaces  # noqa: PLC0415

    from seawall.clearinghouse.coordination.embargoes import services as embargoes  # noqa: PLC0415
    from seawall.clearinghouse.matching import services as matching  # noqa: PLC0415
    from seawall.foundation.access.types import Actor  # noqa: PLC0415
    from seawall.foundation.transparency import services  # noqa: PLC0415

    call_command("migrate", interactive=False, verbosity=0)
    services.schedule_checkpoint(Actor.system("server"))
    with transaction.atomic():
        matching.schedule_check(Actor.system("server"))
        embargoes.schedule_watch(Actor.system("server"))
    connections.close_all()  # the server forks, and a database connection must not be carried into a child
    click.echo(f"Seawall listens on http://{host}:{port} (stop with Ctrl-C)")
    # One process: the embedded carrier's threads live beside the request threads, and SQLite likes one writer.
    Granian(
        "seawall.doors.wsgi:application",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=1,
        blocking_threads=8,
        backpressure=256,
        websockets=False,
        log_access=False,
    ).serve()


POOLS: dict[str, tuple[str, ...]] = {"validation": ("validation.*", "deduplication.try"), "rest": ()}
"""Groups of kinds for workers of their own: whoever runs strangers' proofs should hold nothing else (docs/operating.md)."""


@click.command()
@click.option("--threads", default=2, show_default=True, type=click.IntRange(1, 64), help="Jobs to run at a time.")
@click.option(
    "--kinds",
    "patterns",
    multiple=True,
    metavar="PATTERN",
    help="Only these kinds, such as 'validation.*'; repeatable.",
)
@click.option(
    "--pool",
    type=click.Choice(sorted(POOLS)),
    help="A group of kinds: validation runs proofs, and needs a sandbox; rest is everything else.",
)
@click.option("--grace", default=30.0, show_default=True, help="Seconds that running jobs may go on after SIGTERM.")
def worker(threads: int, patterns: tuple[str, ...], pool: str | None, grace: float) -> None:
    """Run background work in this process until it is asked to end.

    It works beside a server, or beside other workers on any machine that reaches the database. SIGTERM and Ctrl-C let
    running jobs finish; what is not finished after the grace is given back for another worker to start at once.
    """
    load_django()
    from seawall.foundation.jobs.carriers import process  # noqa: PLC0415

    try:
        kinds = process.matching(patterns)
        if pool is not None:
            proofs = process.matching(POOLS["validation"])
            kinds = kinds & proofs if pool == "validation" else kinds - proofs
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--kinds") from error
    if not kinds:
        raise click.BadParameter(f"No kind of the pool {pool} fits --kinds.", param_hint="--pool")
    if not process.run(threads=threads, kinds=kinds, grace_s=grace):
        # A handler that does not return keeps its thread; what it still writes is fenced off.
        click.echo("seawall worker: some jobs were given back unfinished", err=True)
