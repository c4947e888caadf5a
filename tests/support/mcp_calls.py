"""Tool calls of one session, as an MCP client makes them: ``seawall mcp`` as a process of its own."""

import json
import os
import sys
from typing import Any

import anyio
from mcp import Client, StdioServerParameters
from mcp.client.stdio import stdio_client


def calls(url: str, token: str, *wanted: tuple[str, dict[str, Any]]) -> list[Any]:
    """Results of tool calls in one session; first the list of tools."""

    async def session() -> list[Any]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("SEAWALL_")}
        parameters = StdioServerParameters(
            command=sys.executable,
            args=["-m", "seawall", "mcp"],
            env={**kept, "SEAWALL_URL": url, "SEAWALL_TOKEN": token},
        )
        with anyio.fail_after(60):
            async with Client(stdio_client(parameters)) as client:
                results: list[Any] = [await client.list_tools()]
                for name, arguments in wanted:
                    filled = {key: value(results) if callable(value) else value for key, value in arguments.items()}
                    results.append(await client.call_tool(name, filled))
                return results

    return anyio.run(session)


def reply(result: Any) -> dict[str, Any]:
    """The structured reply, which the text says alike."""
    assert json.loads(result.content[0].text) == result.structured_content
    return dict(result.structured_content)
