"""Runs a proof over the commits of a repository at hand: which one brought the flaw, which one took it away?

    found = affected_commits(Path("proof.zip"), Path("clone"), cache=Path("cache"), since="v1.2", until="v1.3")
    found.events        # (("introduced", "0"), ("fixed", "3f2a…"))

The commits are those that the main line went through (first parents), oldest first. Of each, the package's own files take the
place of the released ones in the target that the proof names, so that its dependencies stay as they were; nothing of
the commit is run to build it. A commit that lacks the package's modules, or on which the benign control fails (what has to be
compiled or bundled first is not there), is untestable. The first and the last commit are run, then the middle between two that
differ: a bisection that never jumps over what it cannot test.
"""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath
from typing import Any, Self

from seawall.clearinghouse.validation.affected import rules
from seawall.clearinghouse.validation.affected.errors import NothingToScan
from seawall.clearinghouse.validation.affected.running import Tries, Wishes, opened, summed
from seawall.clearinghouse.validation.affected.scanning import scan
from seawall.clearinghouse.validation.affected.types import Affected, Branch, Progress, Release
from seawall.clearinghouse.validation.errors import TargetError
from seawall.clearinghouse.validation.sandboxes.interface import Provider, RunLimits
from seawall.clearinghouse.validation.targets import packages
from seawall.clearinghouse.validation.targets.interface import Built, cached
from seawall.clearinghouse.validation.types import Manifest, Runtime

COMMITS_MAX = 20_000
FILES_MAX = 50_000
"""Files of one commit."""
BYTES_MAX = 128 * 2**20
"""Of one commit's files together."""
_PLACES = ("", "src", "lib", "python")
"""Folders of a repository in which a Python package's modules lie."""
_REGULAR = 0o100000
_KIND = 0o170000


def affected_commits(
    source: Path,
    repository: Path,
    *,
    cache: Path,
    since: str,
    until: str = "HEAD",
    wishes: Wishes | None = None,
    sandbox: Provider | None = None,
    at_most: RunLimits | None = None,
    progress: Progress = lambda _done, _total, _text: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Affected:
    """Say on which commits of a repository's main line a proof works.

    Args:
        source: Folder, ZIP or .tar.gz.
        repository: A clone of the package's.
        cache: As in ``running.affected``.
        since: First commit: a tag, a branch, or an identifier.
        until: Last commit, of whose first parents ``since`` must be one.
        wishes: As in ``running.affected``; ``only`` and ``prereleases`` say nothing here.
        sandbox: As in ``replay.validate``.
        at_most: As in ``replay.validate``.
        progress: Told of each commit.
        cancelled: Asked before and during runs.

    Raises:
        BundleError: The bundle cannot be used.
        NothingToScan: No such repository or commits, or the proof does not work on the version that it names.
        TargetError, Infrastructure, SandboxUnavailable, Cancelled: As in ``running.affected``.
    """
    wish = wishes or Wishes()
    with opened(source, cache, sandbox) as (bundle, chosen), Clone(repository) as clone:
        manifest = bundle.manifest
        if manifest.runtime not in {Runtime.PYTHON, Runtime.NODE}:
            raise NothingToScan("Commits are run of Python and npm packages only.", "Build the trees yourself.")
        commits = clone.line(since, until)
        tries = Tries(bundle, cache, chosen, at_most, cancelled, fresh=wish.fresh, unnamed=frozenset())
        progress(0, len(commits), f"{manifest.vulnerable}, which the proof names")
        reference = tries.refer(manifest.vulnerable)
        base = _installed(cache, manifest)
        tries.build_with(lambda commit: target(cache, manifest, base, clone, commit))
        releases = [Release(commit, place=number.to_bytes(4)) for number, commit in enumerate(commits)]
        line = [Branch("commits", tuple(commits))]
        stride = 0 if wish.everything else len(commits)
        trials, complete = scan(
            line,
            tries.until,
            runs=wish.runs,
            stride=stride,
            jobs=1,  # the reader of the repository is none for several threads
            budget=wish.budget,
            spent=lambda: tries.spent,
            gone=lambda: chosen.probe() or "",
            progress=progress,
        )
        outcomes = rules.concluded(line, releases, trials, stride=stride)
        return summed(
            bundle, chosen, "GIT", outcomes, trials, complete=complete, reference=reference, repository=clone.address
        )


def _installed(cache: Path, manifest: Manifest) -> Built:
    pins = ((manifest.package_name, manifest.vulnerable), *manifest.requires)
    return packages.pypi(cache, pins) if manifest.package_type == "pypi" else packages.npm(cache, pins)


def target(cache: Path, manifest: Manifest, base: Built, clone: "Clone", commit: str) -> Built:
    """The released target with a commit's files in place of the package's own.

    Raises:
        TargetError: The commit lacks the package's modules, or is too large.
    """

    def build(tree: Path) -> dict[str, Any]:
        shutil.copytree(base.folder / "tree", tree, symlinks=True, dirs_exist_ok=True)
        files = dict(clone.files(commit))
        if manifest.runtime is Runtime.NODE:
            _put_npm(tree, manifest.package_name, files)
        else:
            _put_python(tree, manifest.package_name, files)
        return {**base.facts, "registry": "git", "commit": commit}

    return cached(
        cache, {"registry": "git", "commit": commit, "package": manifest.package, "base": base.folder.name}, build
    )


def _put_npm(tree: Path, name: str, files: dict[str, bytes]) -> None:
    if "package.json" not in files:
        raise TargetError("The commit has no package.json at its root.")
    place = tree / "node_modules" / name
    nested = place / "node_modules"
    for entry in list(place.iterdir()):
        if entry != nested:
            _remove(entry)
    _write(place, {path: content for path, content in files.items() if not path.startswith("node_modules/")})


def _put_python(tree: Path, name: str, files: dict[str, bytes]) -> None:
    modules = _modules(tree, name)
    for where in _PLACES:
        prefix = f"{where}/" if where else ""
        own = {
            path.removeprefix(prefix): content
            for path, content in files.items()
            if path.startswith(prefix) and path.removeprefix(prefix).partition("/")[0] in modules
        }
        if {path.partition("/")[0] for path in own} == modules:
            for module in modules:
                _remove(tree / module)
            _write(tree, own)
            return
    raise TargetError(f"The commit lacks some of the modules {', '.join(sorted(modules))}.")


def _modules(tree: Path, name: str) -> set[str]:
    """Files and folders at the top of an installed package, as its wheel says."""
    wanted = _plain(name)
    for record in tree.glob("*.dist-info/RECORD"):
        if _plain(record.parent.name.removesuffix(".dist-info").rpartition("-")[0]) == wanted:
            lines = record.read_text(encoding="utf-8", errors="replace").splitlines()
            tops = {line.partition(",")[0].partition("/")[0].strip('"') for line in lines}
            # Data, scripts ("..") and the record itself are no modules.
            found = {top for top in tops if top.isidentifier() or top.endswith(".py")} - {"__pycache__"}
            if found := {top for top in found if (tree / top).exists()}:
                return found
    raise TargetError(f"What {name} installs cannot be told.")


def _plain(name: str) -> str:
    """A project's name as a wheel's folder has it."""
    return name.lower().replace("-", "_").replace(".", "_")


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _write(place: Path, files: dict[str, bytes]) -> None:
    for path, content in files.items():
        file = place / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)


class Clone:
    """A clone, read without Git: nothing in its configuration or hooks is run."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._repo: Any = None

    def __enter__(self) -> Self:
        from dulwich.errors import NotGitRepository  # noqa: PLC0415 - a quarter of a second
        from dulwich.repo import Repo  # noqa: PLC0415 - see above

        try:
            self._repo = Repo(str(self._folder))
        except NotGitRepository as error:
            raise NothingToScan(f"{self._folder} is no repository.", "Name a clone.") from error
        return self

    def __exit__(self, *_: object) -> None:
        self._repo.close()

    @property
    def address(self) -> str:
        """Where it was cloned from, or its folder."""
        try:
            return bytes(self._repo.get_config().get((b"remote", b"origin"), b"url")).decode(errors="replace")[:300]
        except KeyError:
            return str(self._folder)

    def line(self, since: str, until: str) -> list[str]:
        """Commits from one to another by first parents, oldest first."""
        first, at = self._commit(since), self._commit(until)
        found = [at.id.decode()]
        while at.id != first.id:
            if not at.parents or len(found) >= COMMITS_MAX:
                raise NothingToScan(f"{since} is not on the main line to {until}.", "Name a commit that is.")
            at = self._repo[at.parents[0]]
            found.append(at.id.decode())
        return found[::-1]

    def _commit(self, name: str) -> Any:
        from dulwich.objectspec import parse_commit  # noqa: PLC0415 - see above

        try:
            return parse_commit(self._repo, name.encode())
        except (KeyError, ValueError) as error:
            raise NothingToScan(f"The repository has no commit {name}.", "Fetch it, or name another.") from error

    def files(self, commit: str) -> Iterator[tuple[str, bytes]]:
        """Plain files of a commit; links and submodules are left out."""
        from dulwich.object_store import iter_tree_contents  # noqa: PLC0415 - see above

        store = self._repo.object_store
        total = 0
        for number, entry in enumerate(iter_tree_contents(store, self._repo[commit.encode()].tree)):
            if entry.mode & _KIND != _REGULAR:
                continue
            path = entry.path.decode("utf-8", errors="replace")
            if path.startswith("/") or any(
                part in {"", ".", ".."} or "\0" in part for part in PurePosixPath(path).parts
            ):
                raise TargetError("The commit has a file whose name steps out of it.")
            content = bytes(store[entry.sha].data)
            total += len(content)
            if number >= FILES_MAX or total > BYTES_MAX:
                raise TargetError("The commit has more files than are taken.")
            yield path, content
