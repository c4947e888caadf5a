import sys
from pathlib import Path

from babel.core import Locale, UnknownLocaleError

# First the visitors' languages, then the file that one of them has uploaded.
languages, _, upload = Path(sys.argv[1]).read_bytes().partition(b"\n\n")
Path("/tmp/uploads").mkdir()
Path("/tmp/uploads/logo.dat").write_bytes(upload)
for language in languages.decode().splitlines():
    try:
        locale = Locale(*language.split())
        print(locale.display_name, locale.first_week_day)
    except (UnknownLocaleError, TypeError) as error:
        print(type(error).__name__, error)
