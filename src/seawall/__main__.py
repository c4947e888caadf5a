"""``python -m seawall``."""

from seawall.doors.cli.main import main

main()
