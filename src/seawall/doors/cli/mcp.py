"""``seawall mcp``: the Model Context Protocol on standard input and output."""

import click


@click.command()
def mcp() -> None:
    """Serve an agent on this machine (SEAWALL_URL, SEAWALL_TOKEN); an MCP client starts this."""
    from seawall.doors.cli.client import Client  # noqa: PLC0415 - keep start-up small
    from seawall.doors.mcp.server import server_for  # noqa: PLC0415

    server_for(Client.from_environment()).run("stdio")
