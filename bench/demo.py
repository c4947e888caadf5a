"""The main job, timed: plays the demonstration ``--size`` times in fresh folders and prints one JSON line.

``setup_s`` is from the command to a server that answers (migrations, people, tokens); ``demo_s`` is the story itself,
installing the packages included; both are medians. ``limit_s`` is what the project promises for the story.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

LIMIT_S = 120


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=1, help="how many times to play the story")
    parser.add_argument("--port", type=int, default=18460)
    arguments = parser.parse_args()
    played = []
    for number in range(arguments.size):
        with tempfile.TemporaryDirectory(prefix="seawall-bench-") as folder:
            command = [
                sys.executable,
                "-m",
                "seawall",
                "demo",
                "--folder",
                str(Path(folder) / "world"),
                "--no-keep",
                "--json",
            ]
            done = subprocess.run(
                [*command, "--port", str(arguments.port + number)], capture_output=True, text=True, check=False
            )
            if done.returncode:
                sys.exit(done.stdout + done.stderr)
            played.append(json.loads(done.stdout.strip().splitlines()[-1]))
    figures = {key: statistics.median(item[key] for item in played) for key in ("setup_s", "demo_s")}
    figures |= {key: value for key, value in played[-1].items() if key not in figures}
    print(
        json.dumps(
            {
                "size": arguments.size,
                **figures,
                "limit_s": LIMIT_S,
                "ratio_limit": round(figures["demo_s"] / LIMIT_S, 3),
            }
        )
    )


if __name__ == "__main__":
    main()
