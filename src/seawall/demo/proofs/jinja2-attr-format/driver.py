"""A letter service: prints a customer's template for one recipient and signs the letter.

The job file has the operator's settings above the first empty line and the customer's template below it.
The template runs in Jinja's sandbox, because customers are not to see anything but the recipient.
"""

import hashlib
import hmac
import sys
from pathlib import Path

from jinja2.exceptions import SecurityError
from jinja2.sandbox import SandboxedEnvironment

SIGNING_KEY = ""


class Recipient:
    def __init__(self, name, town):
        self.name = name
        self.town = town


def main(job_file):
    global SIGNING_KEY
    settings, _, template = Path(job_file).read_text(encoding="utf-8").partition("\n\n")
    key_file = dict(line.split(": ", 1) for line in settings.splitlines())["signing-key"]
    SIGNING_KEY = Path(key_file).read_text(encoding="utf-8").strip()
    try:
        letter = SandboxedEnvironment().from_string(template).render(recipient=Recipient("A. Reader", "Marrow"))
    except SecurityError as error:
        print("refused:", error)
        return
    signature = hmac.new(SIGNING_KEY.encode(), letter.encode(), hashlib.sha256).hexdigest()
    print(letter)
    print("signed:", signature)


if __name__ == "__main__":
    main(sys.argv[1])
