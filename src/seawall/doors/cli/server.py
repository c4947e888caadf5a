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
