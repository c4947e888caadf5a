"""Checks a log bundle or a single proof with nothing but the file and the log's public key: no server, no Django.

    report = verify_bundle(Path("log.zip"), vkey="log.example+1a2b3c4d+AbCd…", old_checkpoint=kept)
    report.ok or print(report.findings)

What is checked, each on its own so that one failure does not hide another:

1. the frame of the ZIP and the checksums of its members;
2. the checkpoint's signature by the key that *you* give, never by the one in the bundle;
3. each leaf against its recorded hash and place, and the root of all leaves against the checkpoint;
4. each earlier checkpoint in the bundle, and the one you kept, against the root of as many leaves: a log
   that shows different people different histories fails here;
5. each opening against its leaf.

What a good report means: whoever holds the log's key has committed to exactly these leaves, they only
ever grew from what you saw before, and each opened entry says what it said when it was logged. It does
not mean that what was logged is true.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from seawall.foundation.transparency import bundles, leaves, lines, merkle
from seawall.foundation.transparency.errors import NoteRejected
from seawall.foundation.transparency.notes import Checkpoint, VerifierKey, open_checkpoint
from seawall.foundation.transparency.proofs import Proof

FINDINGS_MAX = 50
"""Findings of a report; a bundle with more is not read to its end."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong."""

    where: str
    """File, line or entry."""
    what: str
    """A sentence."""


@dataclass(frozen=True, slots=True)
class Report:
    """What the check of a bundle found."""

    findings: tuple[Finding, ...]
    origin: str = ""
    """The log's name."""
    size: int = 0
    """Entries that the checkpoint signs."""
    root: bytes = b""
    """Root that the checkpoint signs, 32 bytes."""
    checkpoints: int = 0
    """Earlier checkpoints in the bundle that were compared."""
    openings: int = 0
    """Entries whose content the bundle discloses."""
    compared_with: int | None = None
    """Size of the old checkpoint that was given."""

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return not self.findings


@dataclass(frozen=True, slots=True)
class ProofReport:
    """What the check of a single proof found."""

    findings: tuple[Finding, ...]
    origin: str = ""
    index: int = 0
    size: int = 0
    content: leaves.Content | None = None
    """What the entry says, where the proof discloses it."""

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return not self.findings


class _Enough(Exception):
    """There are as many findings as a report holds."""


class _Findings(list[Finding]):
    def add(self, where: str, what: str) -> None:
        self.append(Finding(where, what))
        if len(self) >= FINDINGS_MAX:
            raise _Enough


@dataclass(slots=True)
class _Leaves:
    """What the leaves give."""

    count: int
    roots: dict[int, bytes]
    """Root over the first so many leaves, for the sizes that were asked for."""
    digests: bytearray
    """The leaves' salted digests, 32 bytes each."""
    in_order: bool = True
    """Whether each leaf stands at its own index."""


def verify_bundle(path: Path, *, vkey: str, old_checkpoint: str | None = None) -> Report:
    """Check a bundle that ``seawall log export`` wrote.

    Args:
        path: The file.
        vkey: The log's key, ``name+hash+base64``, from a source that you trust.
        old_checkpoint: A checkpoint of the same log that you kept; the bundle must continue it.

    Raises:
        BadKey: ``vkey`` is no verifier key.
        OSError: The file cannot be read.
    """
    key = VerifierKey.parse(vkey)
    findings = _Findings()
    check = _Check(key, findings)
    try:
        with bundles.opened(path) as bundle:
            for damage in bundle.damage():
                findings.add(damage.where, damage.what)
            check.run(bundle, old_checkpoint)
    except bundles.Damaged as error:
        findings.append(Finding(error.where, error.what))
    except _Enough:
        pass
    return check.report()


def verify_proof(text: str, *, vkey: str) -> ProofReport:
    """Check one entry's proof, as ``seawall log prove`` writes it.

    Raises:
        BadKey: ``vkey`` is no verifier key.
    """
    key = VerifierKey.parse(vkey)
    try:
        proof = Proof.parse(text)
    except ValueError as error:
        return ProofReport((Finding("proof", f"It cannot be read: {error}."),))
    try:
        checkpoint = open_checkpoint(proof.checkpoint, key)
    except NoteRejected as error:
        return ProofReport((Finding("checkpoint", str(error)),), index=proof.index)
    findings: list[Finding] = []
    content = None
    try:
        leaves.digest_of_leaf(proof.evidence.leaf)
        if proof.evidence.content is not None:
            content = leaves.Content.parse(proof.evidence.content)
    except ValueError as error:
        findings.append(Finding(f"entry {proof.index}", f"Its leaf or content cannot be used: {error}."))
    if not merkle.verify_inclusion(
        index=proof.index,
        size=checkpoint.size,
        leaf=merkle.leaf_hash(proof.evidence.leaf),
        proof=proof.hashes,
        root=checkpoint.root,
    ):
        what = "The hashes do not lead from this entry to the signed root: entry, index or proof was changed."
        findings.append(Finding(f"entry {proof.index}", what))
    return ProofReport(tuple(findings), checkpoint.origin, proof.index, checkpoint.size, content)


def disclosed(path: Path) -> Iterator[tuple[int, leaves.Content]]:
    """Index and content of the openings in a bundle that was verified.

    Raises:
        Damaged: The bundle was not verified, or changed since.
    """
    with bundles.opened(path) as bundle:
        for number, line in enumerate(bundle.lines(bundles.OPENINGS), start=1):
            try:
                index, _, data = lines.parse_opening(line)
                yield index, leaves.Content.parse(data)
            except ValueError as error:
                raise bundles.Damaged(f"{bundles.OPENINGS}, line {number}", f"It cannot be used: {error}.") from error


class _Check:
    """The steps over one bundle; what they learn is kept as they go."""

    def __init__(self, key: VerifierKey, findings: _Findings) -> None:
        self._key = key
        self._findings = findings
        self._signed: Checkpoint | None = None
        self._old: Checkpoint | None = None
        self._history: list[Checkpoint] = []
        self._openings = 0

    def report(self) -> Report:
        said = self._signed
        return Report(
            findings=tuple(self._findings),
            origin=said.origin if said else self._key.name,
            size=said.size if said else 0,
            root=said.root if said else b"",
            checkpoints=len(self._history),
            openings=self._openings,
            compared_with=self._old.size if self._old else None,
        )

    def run(self, bundle: bundles.Bundle, old_note: str | None) -> None:
        stated = bundle.text(bundles.VKEY)
        if stated != f"{self._key}\n":
            what = f"The bundle names another key, {stated[:200].strip()!r}, than the one you gave, '{self._key}'."
            self._findings.add(bundles.VKEY, what)
        self._signed = self._open(bundles.CHECKPOINT, bundle.text(bundles.CHECKPOINT))
        if old_note is not None:
            self._old = self._open("old checkpoint", old_note)
        self._read_history(bundle.lines(bundles.CHECKPOINTS))
        known = [point for point in (*self._history, self._old, self._signed) if point]
        found = self._read_leaves(bundle.lines(bundles.LEAVES), {point.size for point in known})
        if found is None:
            return
        self._compare(found)
        if found.in_order:  # otherwise every opening behind the gap would seem wrong too
            self._check_openings(bundle.lines(bundles.OPENINGS), found)

    def _open(self, where: str, note: str) -> Checkpoint | None:
        try:
            return open_checkpoint(note, self._key)
        except NoteRejected as error:
            self._findings.add(where, str(error))
            return None

    def _read_history(self, given: Iterable[bytes]) -> None:
        for number, line in enumerate(given, start=1):
            where = f"{bundles.CHECKPOINTS}, line {number}"
            try:
                point = self._open(where, lines.parse_note(line))
            except ValueError as error:
                self._findings.add(where, f"The checkpoint cannot be read: {error}.")
                continue
            if point is None:
                continue
            if self._history and point.size <= self._history[-1].size:
                self._findings.add(where, "The checkpoints are not in the order of their sizes, or one is there twice.")
                continue
            if self._signed and point.size > self._signed.size:
                self._findings.add(where, f"It signs {point.size} entries, more than {bundles.CHECKPOINT} does.")
                continue
            self._history.append(point)

    def _read_leaves(self, given: Iterable[bytes], sizes: set[int]) -> _Leaves | None:
        """Read all leaves; None where a line cannot be read, since then nothing can be said of the root."""
        frontier = merkle.Frontier()
        found = _Leaves(0, {0: merkle.EMPTY_ROOT}, bytearray())
        due = 0
        for line in given:
            where = f"{bundles.LEAVES}, line {found.count + 1}"
            try:
                index, stated, leaf = lines.parse_leaf(line)
                digest = leaves.digest_of_leaf(leaf)
            except ValueError as error:
                self._findings.add(where, f"The line of entry {due} cannot be read: {error}.")
                return None
            if index != due:
                self._findings.add(where, _out_of_order(due, index))
                found.in_order = False
            value = merkle.leaf_hash(leaf)
            if value != stated:
                self._findings.add(where, f"The leaf of entry {index} does not give the hash recorded beside it.")
            frontier.append(value)
            found.digests += digest
            found.count += 1
            due = index + 1
            if found.count in sizes:
                found.roots[found.count] = frontier.root()
        return found

    def _compare(self, found: _Leaves) -> None:
        """Hold the leaves against everything that is signed."""
        signed = self._signed
        if signed is None:
            return
        if found.count < signed.size:
            what = f"The checkpoint signs {signed.size} entries, the bundle holds {found.count}: {signed.size - found.count} are missing."
            self._findings.add(bundles.LEAVES, what)
        elif found.count > signed.size:
            what = f"The checkpoint signs {signed.size} entries, the bundle holds {found.count}: the last ones are signed by nobody."
            self._findings.add(bundles.LEAVES, what)
        genuine = found.roots.get(signed.size) == signed.root
        if found.count >= signed.size and not genuine:
            what = f"The leaves do not give the root that is signed: an entry was changed, moved or exchanged, {self._between(found)}."
            self._findings.add(bundles.LEAVES, what)
        if genuine:
            for point in self._history:
                if found.roots[point.size] != point.root:
                    what = f"The log has signed another root for its first {point.size} entries than they have here: two histories."
                    self._findings.add(bundles.CHECKPOINTS, what)
        self._compare_with_old(found, signed)

    def _compare_with_old(self, found: _Leaves, signed: Checkpoint) -> None:
        old = self._old
        if old is None:
            return
        if old.size > signed.size:
            what = (
                f"You hold a checkpoint over {old.size} entries, the bundle shows {signed.size}: "
                f"it is an older view, or {old.size - signed.size} entries were taken back."
            )
            self._findings.add("old checkpoint", what)
        elif old.size <= found.count and found.roots[old.size] != old.root:
            what = (
                f"The first {old.size} entries of the bundle are not those that your checkpoint signs: the log was "
                "forked or rewritten. Keep both files; together they are evidence."
            )
            self._findings.add("old checkpoint", what)

    def _between(self, found: _Leaves) -> str:
        """Where a change lies, as narrowly as the signed checkpoints tell."""
        points = sorted(
            (point for point in (*self._history, self._old, self._signed) if point and point.size <= found.count),
            key=lambda point: point.size,
        )
        good = 0
        for point in points:
            if found.roots[point.size] != point.root:
                return f"the first one among entries {good} to {point.size - 1}"
            good = point.size
        return "but it cannot be said where"

    def _check_openings(self, given: Iterable[bytes], found: _Leaves) -> None:
        last = -1
        for number, line in enumerate(given, start=1):
            where = f"{bundles.OPENINGS}, line {number}"
            try:
                index, salt, data = lines.parse_opening(line)
            except ValueError as error:
                self._findings.add(where, f"The opening cannot be read: {error}.")
                continue
            if index <= last:
                self._findings.add(
                    where, f"Entry {index} comes behind entry {last}: the openings were moved or doubled."
                )
            last = index
            if index >= found.count:
                self._findings.add(where, f"It opens entry {index}, which the bundle does not hold.")
                continue
            if leaves.digest(salt, data) != found.digests[index * merkle.HASH_BYTES : (index + 1) * merkle.HASH_BYTES]:
                what = f"Salt and content do not give the digest in the leaf of entry {index}: one of them was changed."
                self._findings.add(where, what)
                continue
            try:
                leaves.Content.parse(data)
            except ValueError as error:
                self._findings.add(where, f"The content of entry {index} cannot be used: {error}.")
                continue
            self._openings += 1


def _out_of_order(due: int, index: int) -> str:
    if index > due:
        missing = f"entry {due} is" if index == due + 1 else f"entries {due} to {index - 1} are"
        return f"Entry {index} stands where entry {due} is due: {missing} missing, or was moved."
    return f"Entry {index} stands where entry {due} is due: it was moved or doubled."
