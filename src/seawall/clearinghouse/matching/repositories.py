"""A Git repository on disk, read for its history only: no process, no hook, no configuration, nothing written.

    with Repository.open(Path("linux")) as repository:
        repository.judge("v6.6.1", [("introduced", "1da177e4c3f4"), ("fixed", "fb824a99e148")])
        repository.affected_tags(events)

Commits may be given in full, by seven or more of their first digits, or by the name of a tag or branch. dulwich is imported
when a repository is opened; it takes a quarter of a second.
"""

import re
import struct
import zlib
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from seawall.clearinghouse.matching.commits import Event, History, Judgment, TooManyCommits, Verdict
from seawall.clearinghouse.matching.errors import NotARepository

REFS_MAX = 200_000
"""Tags of one repository; the largest at hand have 60,000."""
ALTERNATES_MAX = 10
"""Other repositories whose objects one borrows, and they in turn."""
FILE_MAX = 64 * 2**20
"""Bytes of a file of the repository that is read whole."""

_FULL = re.compile(r"[0-9a-f]{40}")
_SHORT = re.compile(r"[0-9a-f]{7,39}")
_SPECIAL = frozenset({"0", "*"})
_COMMIT, _TAG = 1, 4
_DEREFERENCES = 10


@dataclass(frozen=True, slots=True)
class Tags:
    """A repository's tags by what was found of them, each list sorted."""

    affected: tuple[str, ...]
    unsure: tuple[str, ...]
    """Affected by some orders of the events only."""
    unknown: tuple[str, ...]
    not_affected: tuple[str, ...]


class Repository:
    """An open repository."""

    def __init__(self, folder: Path, store: Any, tags: dict[str, str], branches: dict[str, str]) -> None:
        self.folder = folder
        self._store = store
        self._tags = tags
        self._branches = branches
        self._known: dict[str, tuple[str, ...] | None] = {}
        self.history = History(self.parents)

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open a repository: a folder with ``.git``, or a bare one.

        Raises:
            NotARepository: It is none, or of a kind that is not read (SHA-256, reftable, a linked worktree).
        """
        from dulwich.object_store import DiskObjectStore  # noqa: PLC0415 - a quarter of a second
        from dulwich.refs import DiskRefsContainer  # noqa: PLC0415 - see above

        folder = _folder(path)
        _require_plain_alternates(folder / "objects")
        try:
            store = DiskObjectStore(str(folder / "objects"))
            refs = DiskRefsContainer(str(folder))
            tags = _named(refs, b"refs/tags")
            branches = _named(refs, b"refs/heads") | _named(refs, b"refs/remotes")
        except _damage() as error:
            raise NotARepository(f"{path.name} cannot be read: {str(error)[:120]}.", "Clone it again.") from error
        return cls(folder, store, tags, branches)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._store.close()

    @property
    def tags(self) -> tuple[str, ...]:
        """Names of its tags, sorted."""
        return tuple(sorted(self._tags))

    def parents(self, commit: str) -> tuple[str, ...] | None:
        """A commit's parents; None where it is missing, damaged or no commit. A shallow clone lacks parents of its last ones."""
        if commit not in self._known:
            found = self._object(commit, _COMMIT)
            self._known[commit] = None if found is None else _headers(found, b"parent ")
        return self._known[commit]

    def resolve(self, name: str) -> str | None:
        """A commit's full hash, from its first digits or the name of a tag or branch; None where there is none, or several."""
        for names in (self._tags, self._branches):
            if name in names:
                return self._peeled(names[name])
        lower = name.lower()
        if _FULL.fullmatch(lower):
            return self._peeled(lower) or lower
        if _SHORT.fullmatch(lower) is None:
            return None
        with suppress(*_damage()):
            found = {item.decode("ascii") for item in self._store.iter_prefix(lower.encode("ascii"))}
            commits = [item for item in found if self._object(item, _COMMIT) is not None]
            return commits[0] if len(commits) == 1 else None
        return None

    def judge(self, commit: str, events: Iterable[Event]) -> Judgment:
        """Whether a commit is affected by a range of events of OSV; see ``commits``.

        Raises:
            NotARepository: Its history is longer than is walked.
        """
        found = self.resolve(commit)
        if found is None:
            return Judgment(Verdict.UNKNOWN, "the repository does not have the commit, or several by this beginning")
        return self._judged([found], events)[found]

    def affected_tags(self, events: Iterable[Event]) -> Tags:
        """Which of its tags are affected; see ``judge``."""
        commits = {name: commit for name, target in self._tags.items() if (commit := self._peeled(target)) is not None}
        judged = self._judged(commits.values(), events)
        sure: dict[Verdict, list[str]] = {verdict: [] for verdict in Verdict}
        unsure: list[str] = []
        for name in sorted(commits):
            judgment = judged[commits[name]]
            (sure[judgment.verdict] if judgment.sure else unsure).append(name)
        return Tags(
            tuple(sure[Verdict.AFFECTED]),
            tuple(unsure),
            tuple(sorted({*sure[Verdict.UNKNOWN], *(self._tags.keys() - commits.keys())})),
            tuple(sure[Verdict.NOT_AFFECTED]),
        )

    def _judged(self, commits: Iterable[str], events: Iterable[Event]) -> dict[str, Judgment]:
        # A beginning that names nothing here stays as it is: the history does not have it.
        full = [(kind, text if text in _SPECIAL else self.resolve(text) or text.lower()) for kind, text in events]
        try:
            return self.history.judge_all(commits, full)
        except TooManyCommits as error:
            raise NotARepository(f"{self.folder.name} has {error}.", "Ask of a part of it.") from error

    def _peeled(self, target: str) -> str | None:
        """The commit that a tag stands for, however many tags lie between."""
        for _ in range(_DEREFERENCES):
            if self._object(target, _COMMIT) is not None:
                return target
            tag = self._object(target, _TAG)
            inner = () if tag is None else _headers(tag, b"object ")
            if len(inner) != 1:
                return None
            target = inner[0]
        return None

    def _object(self, name: str, kind: int) -> bytes | None:
        if _FULL.fullmatch(name) is None:
            return None
        with suppress(*_damage()):
            found, content = self._store.get_raw(name.encode("ascii"))
            return content if found == kind and isinstance(content, bytes) else None
        return None


def _folder(path: Path) -> Path:
    folder = path / ".git" if (path / ".git").exists() else path
    if not folder.is_dir() or not (folder / "objects").is_dir() or not (folder / "HEAD").is_file():
        raise NotARepository(f"{path.name} is no repository of Git.", "Give a clone, not a linked worktree.")
    if (folder / "reftable").exists():
        raise NotARepository(f"{path.name} keeps its references in a reftable.", "Clone it with --ref-format=files.")
    config = folder / "config"
    if config.is_file() and b"sha256" in _bytes(config).lower():
        raise NotARepository(f"{path.name} names objects by SHA-256.", "OSV's records name commits by SHA-1.")
    return folder


def _require_plain_alternates(objects: Path) -> None:
    """Borrowed objects are followed by dulwich without an end; a circle of them would never end."""
    waiting: list[Path] = [objects]
    known: set[Path] = set()
    while waiting:
        here = waiting.pop().resolve()
        if here in known or len(known) > ALTERNATES_MAX:
            raise NotARepository("The repository borrows objects in a circle, or from too many.", "Clone it in full.")
        known.add(here)
        file = here / "info" / "alternates"
        if file.is_file():
            lines = _bytes(file).decode("utf-8", "replace").splitlines()
            waiting += [here / line for line in lines if line and not line.startswith("#")]


def _bytes(path: Path) -> bytes:
    with path.open("rb") as file:
        data = file.read(FILE_MAX + 1)
    if len(data) > FILE_MAX:
        raise NotARepository(f"{path.name} has over {FILE_MAX >> 20} MiB.", "Is this a repository?")
    return data


def _named(refs: Any, base: bytes) -> dict[str, str]:
    found: dict[str, str] = {
        name.decode("utf-8", "replace"): target.decode("ascii", "replace")
        for name, target in refs.as_dict(base).items()
    }
    if len(found) > REFS_MAX:
        raise NotARepository(f"The repository has over {REFS_MAX} references.", "Ask of a part of it.")
    return found


def _headers(content: bytes, name: bytes) -> tuple[str, ...]:
    """Values of a header of a commit or tag, each once."""
    lines = content.partition(b"\n\n")[0].split(b"\n")
    found = (line[len(name) :].decode("ascii", "replace") for line in lines if line.startswith(name))
    return tuple(dict.fromkeys(value for value in found if _FULL.fullmatch(value)))


def _damage() -> tuple[type[Exception], ...]:
    """What dulwich raises for what is missing or damaged."""
    from dulwich import errors  # noqa: PLC0415 - a quarter of a second
    from dulwich.pack import UnresolvedDeltas  # noqa: PLC0415 - see above

    own = (
        errors.ChecksumMismatch,
        errors.FileFormatException,
        errors.PackedRefsException,
        errors.ApplyDeltaError,
        UnresolvedDeltas,
    )
    return (
        *own,
        KeyError,
        OSError,
        ValueError,
        AssertionError,
        EOFError,
        IndexError,
        OverflowError,
        TypeError,
        struct.error,
        zlib.error,
    )
