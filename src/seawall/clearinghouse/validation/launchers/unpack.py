"""Unpacks one archive inside the sandbox: what it holds is hostile, and what it may cost is the sandbox's limits.

    python unpack.py /archive/NAME /out

Reads ZIP (wheels and jars are some), tar in any packing, Debian packages and, by their .dsc, Debian sources. Plain files and folders are made; links and devices are left
out, for nothing that is compiled needs them. A name that steps out, a second file of one name, or too many members end it
with a word for a person on standard error. Standard library only.
"""

import io
import shutil
import stat
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import IO

MEMBERS_MAX = 60_000
NAME_MAX = 400
"""Characters of a member's name."""


def main() -> None:
    """Unpack the first argument into the second."""
    archive, out = Path(sys.argv[1]), Path(sys.argv[2])
    if archive.suffix == ".dsc":
        _debian_sources(archive, out)
        return
    count = 0
    for name, content in _members(archive):
        count += 1
        if count > MEMBERS_MAX:
            sys.exit(f"it has more than {MEMBERS_MAX} members")
        parts = PurePosixPath(name).parts
        if len(name) > NAME_MAX or name.startswith("/") or ".." in parts or "\\" in name or "\0" in name:
            sys.exit(f"the member name {name[:100]!r} does not stay inside")
        target = out.joinpath(*parts)
        if content is None:
            target.mkdir(parents=True, exist_ok=True)
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            with target.open("xb") as file:
                shutil.copyfileobj(content, file)
        except FileExistsError:
            sys.exit(f"two members are called {name[:100]!r}")
    for path in (out, *out.rglob("*")):
        if path != out:
            path.chmod(0o755 if path.is_dir() else 0o644)
    if not count:
        sys.exit("it is empty")


def _debian_sources(description: Path, out: Path) -> None:
    """Debian's own program applies the distribution's patches; links are removed afterwards."""
    done = subprocess.run(
        ["/usr/bin/dpkg-source", "--no-copy", "--no-check", "-x", description.name, str(out / "source")],
        cwd=description.parent,
        stdout=subprocess.DEVNULL,
        check=False,
    )
    if done.returncode:
        sys.exit("dpkg-source cannot unpack it")
    for path in out.rglob("*"):
        if path.is_symlink():
            path.unlink()
        else:
            path.chmod(0o755 if path.is_dir() else 0o644)


def _members(archive: Path) -> Iterator[tuple[str, IO[bytes] | None]]:
    with archive.open("rb") as file:
        head = file.read(8)
    if head.startswith(b"PK"):
        yield from _zip(archive)
    elif head.startswith(b"!<arch>"):
        with subprocess.Popen(["/usr/bin/dpkg-deb", "--fsys-tarfile", str(archive)], stdout=subprocess.PIPE) as child:
            yield from _tar(child.stdout)
        if child.returncode:
            sys.exit("dpkg-deb cannot read it")
    else:
        yield from _tar(archive.open("rb"))


def _zip(archive: Path) -> Iterator[tuple[str, IO[bytes] | None]]:
    with zipfile.ZipFile(archive) as opened:
        for info in opened.infolist():
            kind = stat.S_IFMT(info.external_attr >> 16)
            if info.is_dir():
                yield info.filename, None
            elif not kind or stat.S_ISREG(kind):
                with opened.open(info) as content:
                    yield info.filename, content


def _tar(stream: IO[bytes] | None) -> Iterator[tuple[str, IO[bytes] | None]]:
    with tarfile.open(fileobj=stream, mode="r|*") as opened:
        for info in opened:
            if info.isdir():
                yield info.name, None
            elif info.isreg():
                yield info.name, opened.extractfile(info) or io.BytesIO()


try:
    main()
except (
    tarfile.TarError,
    zipfile.BadZipFile,
    OSError,
    EOFError,
    ValueError,
    RuntimeError,
    NotImplementedError,
) as error:
    sys.exit(f"{type(error).__name__}: {str(error)[:200]}")
