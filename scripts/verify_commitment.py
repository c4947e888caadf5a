"""Checks a sealed commitment without any of Seawall's code: the standard library, and ``cryptography`` for Ed25519.

    python verify_commitment.py OPENING PROOF VKEY [PROOF ...]

OPENING is the file that was committed to, PROOF the commitment's proof (c2sp.org/tlog-proof), VKEY the log's public key
(``name+hash+base64``) from a source that you trust. With more proofs it also says which commitment was first. Exit code 0:
everything holds; 1: something does not.

What is checked, in this order: the checkpoint carries the key's signature; the proof leads from the leaf to the signed
root; the leaf is the salted digest of the log entry that is shown; the entry names the digest of OPENING; OPENING names the
organization that made the entry.
"""

import base64
import hashlib
import json
import sys
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

HASHES = {"blake2b-512": "blake2b"}


class Wrong(Exception):
    """Something does not fit."""


def parts_of(proof: str) -> tuple[dict[str, str], int, list[bytes], str]:
    """The lines of a proof file: what the entry says, its index, the hashes, and the checkpoint."""
    head, _, note = proof.partition("\n\n")
    lines = head.split("\n")
    if lines[0] != "c2sp.org/tlog-proof@v1":
        raise Wrong("not a proof file")
    extra = json.loads(base64.b64decode(lines[1].removeprefix("extra ")))
    if "salt" not in extra:
        raise Wrong("the proof does not show its entry")
    return extra, int(lines[2].removeprefix("index ")), [base64.b64decode(line) for line in lines[3:]], note


def signed_tree(note: str, vkey: str) -> tuple[str, int, bytes]:
    """Name, size and root of the tree that the log's key signs."""
    name, _, rest = vkey.strip().partition("+")
    key = base64.b64decode(rest.partition("+")[2])
    body, _, signatures = note.partition("\n\n")
    for line in signatures.splitlines():
        _, who, blob = line.split(" ")
        raw = base64.b64decode(blob)
        if who == name:
            Ed25519PublicKey.from_public_bytes(key[1:]).verify(raw[4:], (body + "\n").encode())
            origin, size, root = body.split("\n")[:3]
            if origin != name:
                raise Wrong("the checkpoint is of another log")
            return origin, int(size), base64.b64decode(root)
    raise Wrong("the checkpoint is not signed by this key")


def root_from(leaf: bytes, index: int, size: int, path: list[bytes]) -> bytes:
    """The root that an inclusion proof leads to (RFC 9162, 2.1.3.2)."""
    value, node, last = hashlib.sha256(b"\0" + leaf).digest(), index, size - 1
    for step in path:
        if last == 0:
            raise Wrong("the proof is too long")
        if node % 2 or node == last:
            value = hashlib.sha256(b"\1" + step + value).digest()
            while node % 2 == 0 and node:
                node, last = node // 2, last // 2
        else:
            value = hashlib.sha256(b"\1" + value + step).digest()
        node, last = node // 2, last // 2
    if last:
        raise Wrong("the proof is too short")
    return value


def check(opening: bytes, proof: str, vkey: str) -> dict[str, Any]:
    """Index, time and committer of one commitment to ``opening``; raises ``Wrong``."""
    extra, index, path, note = parts_of(proof)
    origin, size, root = signed_tree(note, vkey)
    digest = hashlib.sha256(bytes.fromhex(extra["salt"]) + extra["content"].encode()).hexdigest()
    leaf = json.dumps({"digest": digest, "v": 1}, separators=(",", ":"), sort_keys=True).encode()
    if index >= size or root_from(leaf, index, size, path) != root:
        raise Wrong("the entry is not in the signed log")
    entry = json.loads(extra["content"])
    said = entry["payload"]
    if entry["kind"] != "commitment.sealed":
        raise Wrong("the entry is not of a commitment")
    name = HASHES.get(said["algorithm"], said["algorithm"].replace("-", "_"))
    if hashlib.new(name, opening).hexdigest() != said["digest"]:
        raise Wrong("the file is not what was committed to")
    committer = entry["actor"]["organization"]
    if said["kind"] == "sealed" and json.loads(opening)["committer"] != committer:
        raise Wrong("the file names another organization than the log does")
    return {"log": origin, "index": index, "time": entry["time"], "committer": committer, "id": entry["subject"]}


def main(words: list[str]) -> int:
    """Check all; 0 where everything holds."""
    if len(words) < 3:
        print(__doc__)
        return 2
    opening, vkey = Path(words[0]).read_bytes(), words[2]
    found = []
    for file in [words[1], *words[3:]]:
        try:
            found.append(check(opening, Path(file).read_text(encoding="utf-8"), vkey))
        except (Wrong, InvalidSignature, ValueError, KeyError, IndexError, TypeError) as error:
            print(f"{file}: WRONG: {error or 'the signature does not hold'}")
            return 1
        print(
            f"{file}: entry {found[-1]['index']} of {found[-1]['log']}, {found[-1]['time']}, by {found[-1]['committer']}"
        )
    if len(found) > 1:
        print(f"first: {min(found, key=lambda one: one['index'])['id']}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
