"""Writes the log into one file that an outsider checks offline (format: ``bundles.py``, check: ``verify.py``)."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import IO

from seawall.foundation.access.types import Actor
from seawall.foundation.transparency import bundles, lines, queries
from seawall.foundation.transparency.models import LogEntry, LogOpening

README = """\
A transparency log in one file
==============================

leaves.txt holds every entry of the log, one a line:

    index  leaf-hash  leaf

A leaf is a salted digest and says nothing by itself. openings.jsonl holds salt and content of those
entries that the exporter was allowed to see. Whoever gave you this file cannot have changed any of it
unnoticed, if you have the log's key from somewhere else (not from vkey.txt).

With Seawall:

    seawall log verify THIS.zip --vkey 'name+hash+base64' --remember my-last-checkpoint.txt

By hand, with any tools that know SHA-256 and Ed25519:

1. checkpoint.txt is a signed note (c2sp.org/signed-note, c2sp.org/tlog-checkpoint). Its first three lines,
   newlines included, are what is signed; the last line ends in base64 of 4 bytes key id and 64 bytes
   Ed25519 signature. The key is the last 32 bytes of the base64 in the verifier key. The lines are the
   log's name, the number of entries, and the root hash in base64.

2. leaf-hash of a line is SHA-256 of one zero byte and the leaf:

       printf '\\0%s' '{"digest":"...","v":1}' | sha256sum

3. The root is the Merkle tree hash of RFC 6962, section 2.1, over all leaves in their order. It must be the
   one in checkpoint.txt.

4. checkpoints.jsonl holds the checkpoints signed before. For each, the root over its first so many leaves
   must be the one that it signs. Do the same with any checkpoint that you kept from earlier: if it does
   not fit, the log has shown you two histories.

5. An opening {"content": c, "index": i, "salt": s} fits if SHA-256 of the salt (32 bytes, given in hex) and
   the UTF-8 bytes of c is the digest in leaf i:

       (printf '%s' "$s" | xxd -r -p; printf '%s' "$c") | sha256sum
"""


@dataclass(frozen=True, slots=True)
class Exported:
    """What a bundle holds."""

    size: int
    openings: int
    vkey: str


def export(actor: Actor, file: IO[bytes], *, subjects: Iterable[str] = (), everything: bool = False) -> Exported:
    """Write a bundle as far as the latest checkpoint reaches.

    Args:
        actor: Who asks.
        file: Seekable, opened for writing in binary.
        subjects: Identifiers that the actor may see (the caller vouches for that); their entries are opened.
        everything: Open every entry, embargoed ones too; for the server's keeper, no door passes it.

    Raises:
        NotInLog: Nothing was signed yet.
        TooLarge: A member has more than 2 GiB.
    """
    latest = queries.latest_checkpoint(actor)
    vkey = queries.verifier_key(actor)
    rows = LogOpening.objects.filter(entry_id__lt=latest.size).order_by("entry_id")
    if not everything:
        rows = rows.filter(subject__in=list(subjects))
    opened = 0

    def opening_lines() -> Iterator[bytes]:
        nonlocal opened
        for index, salt, content in rows.values_list("entry_id", "salt", "content").iterator():
            opened += 1
            yield lines.opening_line(index, bytes(salt), bytes(content))

    earlier = (point for point in queries.checkpoints(actor) if point.size < latest.size)
    bundles.pack(
        file,
        {
            bundles.README: [README.encode()],
            bundles.VKEY: [f"{vkey}\n".encode()],
            bundles.CHECKPOINT: [latest.note.encode()],
            bundles.CHECKPOINTS: (lines.note_line(point.note) for point in earlier),
            bundles.LEAVES: _leaf_lines(latest.size),
            bundles.OPENINGS: opening_lines(),
        },
    )
    return Exported(latest.size, opened, vkey)


def _leaf_lines(size: int) -> Iterator[bytes]:
    rows = LogEntry.objects.filter(index__lt=size).order_by("index")
    for index, leaf, leaf_hash in rows.values_list("index", "leaf", "leaf_hash").iterator():
        yield lines.leaf_line(index, bytes(leaf), bytes(leaf_hash))
