"""``seawall demo``: the whole story against a server of its own, with progress, a summary and the site's address.

The server is started as an ordinary ``seawall up`` in a folder of its own; everything after the keeper's
preparations goes over its HTTP API. It stays up afterwards so that the pages can be looked at, until
``seawall demo --stop``, the next ``seawall demo``, or the end of the machine.
"""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import click

START_SECONDS = 60.0
"""Longest wait for the server to answer."""
STOP_SECONDS = 10.0


@click.command()
@click.option("--port", default=8440, show_default=True, help="Port of the demo's server; the next free one is taken.")
@click.option(
    "--folder", type=click.Path(path_type=Path), default=Path("var/demo"), show_default=True, help="Emptied first."
)
@click.option("--keep/--no-keep", default=True, show_default=True, help="Leave the server running afterwards.")
@click.option("--json", "as_json", is_flag=True, help="Print the figures as one JSON line last.")
@click.option("--stop", "only_stop", is_flag=True, help="Stop the server that an earlier demo left running.")
def demo(port: int, folder: Path, *, keep: bool, as_json: bool, only_stop: bool) -> None:
    """Play the whole story against an embedded clearinghouse."""
    folder = folder.absolute()
    stop(folder)
    if only_stop:
        return
    figures, server = play(folder, port)
    if not keep:
        _end(server)
    if as_json:
        click.echo(json.dumps(figures))


def play_and_stay(*, port: int) -> None:
    """``seawall up --demo``: play, then stay in the foreground until Ctrl-C."""
    folder = Path("var/demo").absolute()
    stop(folder)
    _, server = play(folder, port)
    try:
        server.wait()
    except KeyboardInterrupt:
        _end(server)


def play(folder: Path, port: int) -> tuple[dict[str, Any], "subprocess.Popen[bytes]"]:
    """Prepare a fresh folder, start the server, play, and show the summary.

    Returns:
        The figures, and the server's process, still running.

    Raises:
        StoryError: The story came out differently than its data expects; the server is stopped.
    """
    from seawall.demo import telling  # noqa: PLC0415 - rich is loaded only here
    from seawall.demo.story import Story  # noqa: PLC0415
    from seawall.doors.cli.client import Client  # noqa: PLC0415

    begun = time.monotonic()
    port = _free_port(port)
    _empty(folder)
    address = f"http://127.0.0.1:{port}"
    os.environ |= {
        "SEAWALL_DATA_DIR": str(folder),
        "SEAWALL_BASE_URL": address,
        "SEAWALL_LOG_ORIGIN": "seawall.demo/log",
        "SEAWALL_VALIDATION_RUNS": "3",  # the story shall not take longer than two minutes
    }
    tokens = _keeper()
    server = _start(folder, port)
    try:
        _wait_until_up(server, address, folder)
        with ExitStack() as open_, telling.Terminal() as narrator:
            ready = time.monotonic()
            apis = {key: open_.enter_context(closing(Client(address, token))) for key, token in tokens.items()}
            story = Story(apis, narrator, runtimes=_runtimes())
            tally = story.play()
            verified = _verify_log(folder)
            tally.log_entries = int(apis["seawall-clearinghouse"].get("/log/checkpoint")["size"])
            figures = {
                "setup_s": round(ready - begun, 2),
                "demo_s": round(time.monotonic() - ready, 2),
                "reports": tally.reports,
                "confirmed": tally.confirmed,
                "refused": tally.refused,
                "duplicates": tally.duplicates,
                "operators_warned": tally.operators_warned,
                "log_entries": tally.log_entries,
            }
            narrator.summary(tally, figures, address=address, log=verified, folder=folder)
    except BaseException:
        _end(server)
        raise
    return figures, server


def stop(folder: Path) -> None:
    """Stop the server that an earlier demo in this folder left running, if it is still ours."""
    try:
        pid = int((folder / "server.pid").read_text(encoding="ascii"))
        command = Path(f"/proc/{pid}/cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError, ValueError):
        return
    if b"seawall" not in command:
        return
    os.killpg(pid, signal.SIGTERM)
    deadline = time.monotonic() + STOP_SECONDS
    while Path(f"/proc/{pid}").exists() and time.monotonic() < deadline:
        time.sleep(0.1)
    if Path(f"/proc/{pid}").exists():
        os.killpg(pid, signal.SIGKILL)


def _keeper() -> dict[str, str]:
    from seawall.doors.cli.server import load_django  # noqa: PLC0415

    load_django()
    from django.core.management import call_command  # noqa: PLC0415
    from django.db import connection  # noqa: PLC0415

    from seawall.demo.keeper import prepare  # noqa: PLC0415 - needs Django

    call_command("migrate", interactive=False, verbosity=0)
    tokens = prepare()
    connection.close()
    return tokens


def _start(folder: Path, port: int) -> "subprocess.Popen[bytes]":
    with (folder / "server.log").open("wb") as log:
        server = subprocess.Popen(  # noqa: S603 - our own program and arguments
            [sys.executable, "-m", "seawall", "up", "--port", str(port)],
            stdout=log,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            cwd=folder,
        )
    (folder / "server.pid").write_text(str(server.pid), encoding="ascii")
    return server


def _wait_until_up(server: "subprocess.Popen[bytes]", address: str, folder: Path) -> None:
    host, port = address.removeprefix("http://").split(":")
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if server.poll() is not None:
            raise click.ClickException(f"the server ended at once; its log is {folder / 'server.log'}")
        try:
            with socket.create_connection((host, int(port)), timeout=1):
                return
        except OSError:
            time.sleep(0.1)
    raise click.ClickException(f"the server did not answer within {START_SECONDS:.0f} s; see {folder / 'server.log'}")


def _verify_log(folder: Path) -> str:
    """Export the log and check it as an outsider would, with the commands that an outsider has."""
    bundle = folder / "log.zip"
    _seawall("log", "checkpoint", "--output", str(folder / "checkpoint.txt"))
    _seawall("log", "export", "--everything", str(bundle))
    key = _seawall("log", "key").strip()
    entries = next(
        line for line in _seawall("log", "verify", str(bundle), "--vkey", key).splitlines() if "entries" in line
    )
    return f"verified offline, {' '.join(entries.split()[1:])} (seawall log verify {bundle} --vkey '{key}')"


def _seawall(*arguments: str) -> str:
    done = subprocess.run(  # noqa: S603 - our own program and arguments
        [sys.executable, "-m", "seawall", *arguments], capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise click.ClickException(f"seawall {' '.join(arguments)}: {done.stderr.strip()}")
    return done.stdout


def _end(server: "subprocess.Popen[bytes]") -> None:
    if server.poll() is None:
        os.killpg(server.pid, signal.SIGTERM)
        try:
            server.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(server.pid, signal.SIGKILL)
            server.wait()


def _free_port(wanted: int) -> int:
    for port in range(wanted, wanted + 50):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise click.ClickException(f"no free port from {wanted} on")


def _empty(folder: Path) -> None:
    """Empty the demo's own folder; refuse one that holds something else. Built packages are kept."""
    if folder.exists():
        if any(folder.iterdir()) and not (folder / "server.pid").exists():
            raise click.ClickException(f"{folder} is not empty and not a demo's folder; name another with --folder")
        for entry in folder.iterdir():
            if entry.name != "cache":
                shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "server.pid").write_text("0", encoding="ascii")


def _runtimes() -> frozenset[str]:
    found = {"python"}
    if shutil.which("node") and shutil.which("npm"):
        found.add("node")
    if shutil.which("gcc"):
        found.add("native")
    return frozenset(found)
