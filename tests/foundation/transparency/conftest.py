"""A log without a database, to be tampered with, and a log in the database with a key of its own."""

import dataclasses
import hashlib
import importlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.db import connection

from seawall.foundation.access.types import Actor
from seawall.foundation.transparency import bundles, leaves, lines, merkle, notes
from seawall.foundation.transparency.verify import Report, verify_bundle

ORIGIN = "log.example/seawall"


def signer_of(seed: bytes = b"seawall tests", name: str = ORIGIN) -> notes.Signer:
    return notes.Signer(name, Ed25519PrivateKey.from_private_bytes(hashlib.sha256(seed).digest()))


@dataclass
class PaperLog:
    """A log of lists: what the operator of a server could write by hand, honestly or not."""

    signer: notes.Signer = field(default_factory=signer_of)
    salts: list[bytes] = field(default_factory=list)
    contents: list[bytes] = field(default_factory=list)
    leaves: list[bytes] = field(default_factory=list)
    history: list[str] = field(default_factory=list)

    def grow(self, count: int, *, world: str = "a") -> "PaperLog":
        for _ in range(count):
            number = len(self.leaves)
            actor = leaves.LoggedActor("person_x", "person", "org_y")
            content = leaves.Content(
                "case.step",
                f"case_{number % 7}",
                actor,
                "2026-11-23T08:00:00.000000Z",
                {"step": number, "world": world},
            )
            self.salts.append(hashlib.sha256(f"{world} {number}".encode()).digest())
            self.contents.append(content.canonical())
            self.leaves.append(leaves.seal(self.salts[-1], self.contents[-1]))
        return self

    def root(self) -> bytes:
        return merkle.root_of(map(merkle.leaf_hash, self.leaves))

    def checkpoint(self) -> str:
        note = self.signer.sign(notes.Checkpoint(self.signer.name, len(self.leaves), self.root()).text())
        self.history.append(note)
        return note

    @property
    def vkey(self) -> str:
        return str(self.signer.verifier)

    def leaf_lines(self) -> list[bytes]:
        return [lines.leaf_line(index, leaf, merkle.leaf_hash(leaf)) for index, leaf in enumerate(self.leaves)]

    def opening_lines(self) -> list[bytes]:
        return [
            lines.opening_line(index, salt, content)
            for index, (salt, content) in enumerate(zip(self.salts, self.contents, strict=True))
        ]

    def members(self) -> dict[str, list[bytes]]:
        return {
            bundles.README: [b"read me\n"],
            bundles.VKEY: [f"{self.vkey}\n".encode()],
            bundles.CHECKPOINT: [self.history[-1].encode()],
            bundles.CHECKPOINTS: [lines.note_line(note) for note in self.history[:-1]],
            bundles.LEAVES: self.leaf_lines(),
            bundles.OPENINGS: self.opening_lines(),
        }


@pytest.fixture
def make_signer() -> Callable[..., notes.Signer]:
    return signer_of


@pytest.fixture
def make_log() -> Callable[..., PaperLog]:
    return PaperLog


Check = Callable[..., Report]


@pytest.fixture
def check(tmp_path: Path) -> Check:
    """Pack members (the tamperer makes a proper ZIP with a proper manifest) and verify the file."""
    path = tmp_path / "bundle.zip"

    def verify(members: dict[str, list[bytes]], vkey: str, old: str | None = None) -> Report:
        with path.open("wb") as file:
            bundles.pack(file, members)
        return verify_bundle(path, vkey=vkey, old_checkpoint=old)

    return verify


@pytest.fixture
def paper_log() -> PaperLog:
    """200 entries, checkpoints at 50, 120 and 200."""
    log = PaperLog()
    for size in (50, 70, 80):
        log.grow(size).checkpoint()
    return log


@pytest.fixture
def keeper() -> Actor:
    return Actor.system("keeper")


@pytest.fixture
def own_key(settings: Any, tmp_path: Path) -> Path:
    """A data folder of the test's own, so that its key signs nothing but this test's log."""
    settings.SEAWALL = dataclasses.replace(settings.SEAWALL, data_dir=tmp_path / "data", log_origin=ORIGIN)
    return tmp_path / "data"


@pytest.fixture
def triggers_lifted(transactional_db: None) -> None:  # noqa: ARG001 - needs the database
    """The database as somebody finds it who owns it and tampers with rows; the tests' teardown puts them back."""
    triggers = importlib.import_module("seawall.foundation.transparency.migrations.0002_append_only")
    triggers.lift(connection)
