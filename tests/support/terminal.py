"""The ``seawall`` command as installed, in a process of its own."""

import os
import subprocess
import sys


class Shell:
    """A terminal with a server's address and one party's token."""

    def __init__(self, url: str, token: str) -> None:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("SEAWALL_")}
        self.environment = {**kept, "SEAWALL_URL": url, "SEAWALL_TOKEN": token, "COLUMNS": "200"}

    def run(self, *arguments: str, code: int = 0) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "seawall", *arguments],
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == code, (done.returncode, done.stdout, done.stderr)
        return done.stdout if code in {0, 1} else done.stderr
