"""A private PostgreSQL for the tests: found on this machine, started on a free port, gone afterwards.

    python tests/support/postgres.py pytest -m database      # runs the command with SEAWALL_DATABASE_URL set

Where ``SEAWALL_DATABASE_URL`` is set already, that server is used. Where no PostgreSQL 15 or newer is installed, one
line says so and the exit code is ``NONE``. Standard library only, because it runs before anything else is loaded.
"""

import os
import pwd
import re
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

OLDEST = 15
NONE = 77
"""Exit code for 'nothing to run on', as automake has it."""
INSTALL = "apt-get install postgresql"

_FAST = {
    # A test database need not survive a power cut, and 2 cores need no parallel plans.
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "max_connections": "100",
    "shared_buffers": "64MB",
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
}


class NoPostgres(Exception):
    """No usable PostgreSQL on this machine."""


def find_binaries() -> Path:
    """The folder with ``initdb`` and ``postgres`` of the newest version from 15 on.

    Raises:
        NoPostgres: There is none.
    """
    folders = list(Path("/usr/lib/postgresql").glob("*/bin"))
    if on_path := shutil.which("postgres"):
        folders.append(Path(on_path).resolve().parent)
    found = {version: folder for folder in folders if (version := _version(folder)) >= OLDEST}
    if not found:
        raise NoPostgres(f"no PostgreSQL {OLDEST} or newer here; '{INSTALL}' brings one")
    return found[max(found)]


def _version(folder: Path) -> int:
    if not (folder / "initdb").is_file() or not (folder / "postgres").is_file():
        return 0
    said = subprocess.run([folder / "postgres", "--version"], capture_output=True, text=True, check=False).stdout
    match = re.search(r"(\d+)", said)
    return int(match[1]) if match else 0


@contextmanager
def cluster() -> Iterator[str]:
    """A fresh server for as long as the block lasts.

    Yields:
        Its address, ``postgres://seawall@127.0.0.1:<port>/seawall``.

    Raises:
        NoPostgres: It is not installed or does not start.
    """
    binaries = find_binaries()
    # initdb and postgres refuse to run as root, so root lends them another user.
    user = _other_user() if os.getuid() == 0 else None
    home = Path(tempfile.mkdtemp(prefix="seawall-postgres-", dir="/tmp"))
    home.chmod(0o755)
    data = home / "data"
    data.mkdir(mode=0o700)
    if user is not None:
        os.chown(data, user.pw_uid, user.pw_gid)
    port = _free_port()
    settings = [word for name, value in (_FAST | {"port": str(port)}).items() for word in ("-c", f"{name}={value}")]
    server: subprocess.Popen[bytes] | None = None
    try:
        _run(user, binaries / "initdb", "-D", data, "-U", "seawall", "--auth=trust", "--encoding=UTF8", "--locale=C")
        server = subprocess.Popen(
            [str(binaries / "postgres"), "-D", str(data), *settings],
            **_as(user),
            stdout=subprocess.DEVNULL,
            stderr=(home / "log").open("wb"),
            cwd=home,
            start_new_session=True,  # Ctrl-C reaches pytest, which then stops the server in order
        )
        ready = [binaries / "pg_isready", "-h", "127.0.0.1", "-p", str(port), "-U", "seawall", "-q"]
        for _ in range(150):
            if subprocess.run(ready, check=False).returncode == 0:
                break
            try:
                server.wait(0.2)
            except subprocess.TimeoutExpired:
                continue
            break
        if server.poll() is not None:
            raise NoPostgres(f"PostgreSQL does not start: {(home / 'log').read_text(errors='replace')[-500:]}")
        _run(None, binaries / "createdb", "-h", "127.0.0.1", "-p", str(port), "-U", "seawall", "seawall")
        yield f"postgres://seawall@127.0.0.1:{port}/seawall"
    finally:
        if server is not None:
            server.terminate()
            try:
                server.wait(5)  # "smart" shutdown waits for clients ...
            except subprocess.TimeoutExpired:
                server.send_signal(2)  # ... "fast" does not
                server.wait(30)
        shutil.rmtree(home, ignore_errors=True)


def _other_user() -> pwd.struct_passwd:
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise NoPostgres("root may not run PostgreSQL, and there is neither a user postgres nor nobody")


def _as(user: pwd.struct_passwd | None) -> dict[str, object]:
    if user is None:
        return {}
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def _run(user: pwd.struct_passwd | None, *words: object) -> None:
    done = subprocess.run(
        [str(word) for word in words], **_as(user), cwd="/", capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise NoPostgres(f"{words[0]} failed: {done.stderr[-500:]}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def main(command: list[str]) -> int:
    """Run a command against a PostgreSQL server; its exit code, or ``NONE``."""
    if os.environ.get("SEAWALL_DATABASE_URL"):
        return subprocess.run(command, check=False).returncode
    try:
        with cluster() as url:
            return subprocess.run(command, env={**os.environ, "SEAWALL_DATABASE_URL": url}, check=False).returncode
    except NoPostgres as reason:
        print(f"skipped on PostgreSQL: {reason}", file=sys.stderr)  # noqa: T201 - a command
        return NONE


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
