"""The proof bundle inside of a Markdown report: fenced blocks that are called by a file's name.

A block whose info string ends in a file name is that file, and with one called ``proof.toml`` all of them are a bundle
(docs/proofs.md)::

    ```toml proof.toml
    schema = "seawall.proof/1"
    ...
    ```

    ```python driver.py
    ...
    ```
"""

import io
import re
import zipfile

from seawall.clearinghouse.intake.types import Enclosed

MANIFEST = "proof.toml"
BLOCKS_MAX = 100
_OPENS = re.compile(r"^ {0,3}(`{3,}|~{3,})[ \t]*(?:[\w+.#-]{1,40}[ \t]+)?([\w][\w./-]{0,200}\.\w{1,10})[ \t]*$")
_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})")


def enclosed(data: bytes) -> tuple[Enclosed, ...]:
    """The bundle, if there is a block called ``proof.toml``.

    Args:
        data: A report that ``parser.parse`` has taken.
    """
    files, line = _blocks(data.decode("utf-8-sig").splitlines())
    if MANIFEST not in files:
        return ()
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            # A fixed time, so that the same report has the same bundle.
            archive.writestr(zipfile.ZipInfo(name, (2020, 1, 1, 0, 0, 0)), content)
    return (Enclosed("proof.zip", packed.getvalue(), f"line {line}", meant=True),)


def _blocks(lines: list[str]) -> tuple[dict[str, str], int]:
    """Contents by name (the first block of a name counts), and the line of the manifest."""
    files: dict[str, str] = {}
    name, fence, begun, manifest_at = "", "", 0, 0
    for number, line in enumerate(lines, 1):
        mark = _FENCE.match(line)
        if not fence:
            if mark:
                named = _OPENS.match(line)
                name, fence, begun = named[2] if named else "", mark[1], number
        elif mark and mark[1][0] == fence[0] and len(mark[1]) >= len(fence):
            if name and name not in files and len(files) < BLOCKS_MAX:
                files[name] = "".join(f"{one}\n" for one in lines[begun : number - 1])
                manifest_at = begun if name == MANIFEST else manifest_at
            fence = ""
    return files, manifest_at
