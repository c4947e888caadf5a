"""The ``seawall`` command. Subcommands are loaded when asked for, so that offline ones start fast and without Django."""

import importlib
import sys

import click

from seawall import __version__

_COMMANDS: dict[str, tuple[str, str]] = {
    # name: (module below seawall.doors.cli, one line of help)
    "up": ("server", "Start the server (with its database, worker and pages)."),
    "worker": ("server", "Run a worker process beside the server."),
    "manage": ("server", "Django's management commands, such as migrate."),
    "organization": ("identity", "Make organizations, people and first tokens on this machine."),
    "facts": ("facts", "Read CISA's feeds (KEV, Vulnrichment) into this server."),
    "log": ("log", "Read, prove and verify the transparency log."),
    "advisory": ("advisory", "Verify signed advisories."),
    "check": ("check", "Check lock files, SBOMs, images or this machine against a snapshot, offline."),
    "snapshot": ("snapshot", "Make a snapshot of advisories to check against offline."),
    "validate": ("validate", "Run a proof bundle in the sandbox and say what it does."),
    "affected": ("affected", "Run a proof bundle over the released versions of its package."),
    "patch": ("patch", "Judge a patch: does it stop a proof, its variants, and nothing else."),
    "report": ("report", "Submit reports and follow them over the API."),
    "scan": ("scan", "Send scans (SARIF) and read their findings over the API."),
    "lease": ("lease", "Ask for scan leases over the API."),
    "commitment": ("commitment", "Commit to findings, reveal and verify them."),
    "collision": ("commitment", "Ask blindly whether somebody already holds a finding."),
    "network": ("network", "Book network scans; ask whether a source is an authorized one."),
    "inventory": ("inventory", "Say what you run, over the API."),
    "exposure": ("inventory", "See what of yours to fix by when, over the API."),
    "mcp": ("mcp", "Speak the Model Context Protocol on standard input and output."),
    "demo": ("demo", "Play the whole story against an embedded clearinghouse."),
}


class LazyGroup(click.Group):
    """A group that imports a subcommand's module when it is called or its own help is shown."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """All names, without importing."""
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Import the one that is asked for."""
        if cmd_name not in _COMMANDS:
            return None
        module = importlib.import_module(f"seawall.doors.cli.{_COMMANDS[cmd_name][0]}")
        command = getattr(module, cmd_name)
        if not isinstance(command, click.Command):
            raise TypeError(f"{cmd_name} is not a command")
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """List the commands from the table, so that ``--help`` imports nothing."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in _COMMANDS.items()])


@click.command(cls=LazyGroup)
@click.version_option(__version__, prog_name="seawall")
def cli() -> None:
    """Seawall: an open AI-cybersecurity clearinghouse."""


def main() -> None:
    """Entry point: refusals are one line on standard error and exit code 2, a server that cannot answer is 3."""
    from seawall.foundation.platform.config import ConfigError  # noqa: PLC0415 - keep start-up small
    from seawall.foundation.platform.errors import SeawallError, Unavailable  # noqa: PLC0415

    try:
        cli()
    except (SeawallError, ConfigError) as error:
        from seawall.doors.cli.terminal import plain  # noqa: PLC0415 - a refusal may quote a stranger's text

        click.echo(f"seawall: {plain(error)}", err=True)
        sys.exit(3 if isinstance(error, Unavailable) else 2)
