"""A verifier that an outsider could write from README.txt alone. Uses none of Seawall's code; about 40 lines.

python outsider.py BUNDLE VKEY      prints "genuine SIZE OPENINGS", or dies with an AssertionError
"""

import base64
import hashlib
import json
import sys
import zipfile

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


def sha(*parts: bytes) -> bytes:
    return hashlib.sha256(b"".join(parts)).digest()


def tree(hashes: list[bytes]) -> bytes:
    if len(hashes) < 2:
        return hashes[0] if hashes else sha()
    k = 1
    while 2 * k < len(hashes):
        k *= 2
    return sha(b"\x01", tree(hashes[:k]), tree(hashes[k:]))


def signed(note: str, vkey: str) -> tuple[int, bytes]:
    """Size and root of a checkpoint, signature checked."""
    name, key = vkey.split("+", 2)[0], base64.b64decode(vkey.split("+", 2)[2])[1:]
    text, _, signatures = note.rpartition("\n\n")
    ours = [line.split(" ") for line in signatures.splitlines() if line.split(" ")[1] == name]
    assert len(ours) == 1
    Ed25519PublicKey.from_public_bytes(key).verify(base64.b64decode(ours[0][2])[4:], text.encode() + b"\n")
    origin, size, root = text.split("\n")
    assert origin == name
    return int(size), base64.b64decode(root)


with zipfile.ZipFile(sys.argv[1]) as bundle:
    read = lambda name: bundle.read(name).decode()  # noqa: E731
    rows = [line.split(" ", 2) for line in read("leaves.txt").splitlines()]
    hashes = [sha(b"\x00", leaf.encode()) for _, _, leaf in rows]
    assert [(int(index), value) for index, value, _ in rows] == [(i, h.hex()) for i, h in enumerate(hashes)]
    earlier = [json.loads(line)["note"] for line in read("checkpoints.jsonl").splitlines()]
    for note in [*earlier, read("checkpoint.txt")]:
        size, root = signed(note, sys.argv[2])
        assert tree(hashes[:size]) == root
    assert size == len(rows)
    openings = [json.loads(line) for line in read("openings.jsonl").splitlines()]
    for opening in openings:
        digest = sha(bytes.fromhex(opening["salt"]), opening["content"].encode()).hex()
        assert json.loads(rows[opening["index"]][2]) == {"digest": digest, "v": 1}
    print("genuine", size, len(openings))  # noqa: T201 - its answer
