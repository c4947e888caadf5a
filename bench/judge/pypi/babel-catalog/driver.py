import sys
from email import message_from_bytes
from pathlib import Path

from babel import localedata

# A letter with an attachment, and a header that names the sender's locale.
letter = message_from_bytes(Path(sys.argv[1]).read_bytes())
folder = Path("/tmp/attachments")
folder.mkdir()
(folder / "letter.dat").write_bytes(letter.get_payload().encode())
for name in letter["Content-Language"].split(","):
    name = name.strip()
    if localedata.exists(name):
        data = localedata.load(name, merge_inherited=False)
        print(name, len(data))
    else:
        print(name, "is not known")
