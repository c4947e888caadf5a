"""C and C++ sources with a driver, compiled inside the sandbox; the bundle says no commands.

Each file is compiled in a sandbox of its own: from the bundle's tree or a package's, with the flavor's flags (``flavors.py``). Before
that, the preprocessor is asked three times what the sources say: with sanitizers as sources would see them, with sanitizers
hidden, and without any. The first shows who looks for sanitizers, for people to read; the other two must be equal,
or the program that is run is not the one that ships.
"""

import re
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from seawall.clearinghouse.validation.bundles import Bundle
from seawall.clearinghouse.validation.errors import BundleError, Infrastructure, TargetError
from seawall.clearinghouse.validation.sandboxes.interface import Evidence, Mount, Provider, RunLimits, RunSpec
from seawall.clearinghouse.validation.targets.flavors import Toolchain, toolchain
from seawall.clearinghouse.validation.targets.interface import Built, cached
from seawall.clearinghouse.validation.targets.registries import digest
from seawall.clearinghouse.validation.targets.sources import FILES_MAX, LAUNCHERS, Source
from seawall.clearinghouse.validation.types import Flavor

JOBS = 2
"""Compilers at once."""
LIMITS = RunLimits(
    wall_s=300.0, cpu_s=240.0, memory_bytes=2 * 2**30, processes=64, output_bytes=64 * 2**20, disk_bytes=256 * 2**20
)
"""Of one file: a SQL engine in one file takes a minute with sanitizers."""
SAID_MAX = 600
_DROP = "-Wl,--gc-sections"
"""Functions that nothing calls, with what they would need: a harness seldom uses the whole of a library."""
_HARNESS = {".c", ".h", ".cc", ".cpp", ".cxx", ".hpp", ".hh", ".inc"}
"""Files beside the driver that it may include: its own, never the input."""
_CXX = (".cc", ".cpp", ".cxx", ".C", ".c++")
# What only a source that looks for sanitizers at run time has in it: their functions and their settings.
_LOOKS = re.compile(rb"\b__(?:asan|ubsan|msan|lsan|tsan|hwasan|sanitizer)_\w+|\b(?:ASAN|UBSAN|MSAN|LSAN)_OPTIONS\b")


def build(cache: Path, provider: Provider, bundle: Bundle, source: Source, flavor: Flavor) -> Built:
    """Compile sources and driver into one program.

    Returns:
        Its tree holds ``program``; ``facts["flavor"]`` names the flavor, ``facts["macros"]`` the sources that say something else to a
        sanitizer's macros, and ``facts["looks"]`` the words by which sources look for sanitizers in ways that cannot be hidden.

    Raises:
        TargetError: It does not compile.
        BundleError: The source patterns find nothing, or too much.
        Infrastructure: The compiler is missing.
    """
    tools = toolchain(flavor)
    manifest = bundle.manifest
    names = source.find(manifest.sources)
    if not 1 <= len(names) <= FILES_MAX:
        raise BundleError(f"build.sources finds {len(names)} files.", f"1 to {FILES_MAX} are built.", "build.sources")
    words = (
        *(f"-D{one}" for one in manifest.defines),
        "-I/src",
        *(f"-I/src/{name}" for name in source.folders(manifest.include)),
    )
    driver = bundle.folder / manifest.driver
    harness = sorted(path for path in driver.parent.iterdir() if path.suffix in _HARNESS and path.is_file())
    making = _Making(provider, tools, source, words, driver.name, tuple(harness))
    recipe = {
        "source": source.facts,
        "driver": [(path.name, path.read_text("utf-8", "replace")) for path in harness],
        "main": driver.name,
        "names": names,
        "words": words,
        "flags": tools.flags,
        "options": (LAUNCHERS / tools.options).read_text("utf-8") if tools.options else "",
        "compiler": tools.version,
    }
    return cached(cache, recipe, lambda target: making.program(target, names))


class _Making:
    """One program under way."""

    def __init__(
        self,
        provider: Provider,
        tools: Toolchain,
        source: Source,
        words: tuple[str, ...],
        driver: str,
        harness: tuple[Path, ...],
    ) -> None:
        self.provider = provider
        self.tools = tools
        self.source = source
        self.words = words
        self.driver = f"/driver/{driver}"
        self.mounts = (
            Mount(source.folder, "/src"),
            Mount(LAUNCHERS, "/seawall"),
            *(Mount(path, f"/driver/{path.name}") for path in harness),
        )

    def program(self, target: Path, names: list[str]) -> dict[str, Any]:
        """Compile all, link, and say what was seen."""
        macros, looks = self._seen(names)
        own = [f"/seawall/{self.tools.options}"] if self.tools.options else []
        files = [*own, self.driver, *(f"/src/{name}" for name in names)]
        parts = target / "parts"
        parts.mkdir()
        with ThreadPoolExecutor(JOBS) as pool:
            made = list(pool.map(self._compile, files, [parts / str(number) for number in range(len(files))]))
        is_cxx = any(file.endswith(_CXX) for file in files)
        self._run(
            (
                self.tools.program_cxx if is_cxx else self.tools.program, *self.tools.sanitize, *self.tools.link,
                "-o", "/out/program", *(f"/parts/{one}" for one in made), _DROP, "-lm", "-lpthread", "-ldl",
            ),
            (Mount(parts, "/parts"), Mount(target, "/out", writable=True)),
            "It cannot be linked",
        )  # fmt: skip
        shutil.rmtree(parts)
        program = target / "program"
        if program.is_symlink() or not program.is_file():
            raise TargetError(f"{self.source.name} does not become a program.", "Compile it with the compiler first.")
        return {
            **self.source.facts,
            "flavor": self.tools.flavor.value,
            "flags": [*self.tools.flags, *self.words],
            "program": f"sha256:{digest(program)}",
            "macros": macros,
            "looks": looks,
        }

    def _compile(self, file: str, place: Path) -> str:
        place.mkdir()
        self._run(
            (self._compiler(file), *self.tools.flags, *self.words, "-c", "-o", "/out/part.o", file),
            (Mount(place, "/out", writable=True),),
            f"{file.removeprefix('/src/')} does not compile",
        )
        part = place / "part.o"
        if part.is_symlink() or not part.is_file():
            raise TargetError(f"{file} does not become an object.", "Compile it with the compiler first.")
        return f"{place.name}/part.o"

    def _seen(self, names: list[str]) -> tuple[list[str], list[str]]:
        """Which sources ask for sanitizers by macro, and by which words in ways that cannot be hidden."""
        files = [f"/src/{name}" for name in names]
        everything = [self.driver, *files]
        shown = self._preprocessed(everything, (*self.tools.sanitize, *self.tools.hide))
        looks = {word.decode() for word in _LOOKS.findall(shown)}
        if not self.tools.sanitize:
            return [], sorted(looks)[:20]
        if shown != self._preprocessed(everything, self.tools.hide):
            looks.add("other code under a sanitizer")
        if self._preprocessed(files, self.tools.sanitize) == self._preprocessed(files, ()):
            return [], sorted(looks)[:20]
        asks = [
            name
            for name, file in zip(names, files, strict=True)
            if self._preprocessed([file], self.tools.sanitize) != self._preprocessed([file], ())
        ]
        return asks, sorted(looks)[:20]

    def _preprocessed(self, files: list[str], flags: tuple[str, ...]) -> bytes:
        """The tokens of sources of both languages, without marks of lines."""
        text = b""
        for is_cxx in (False, True):
            some = [file for file in files if file.endswith(_CXX) is is_cxx]
            if some:
                words = (self._compiler(some[0]), "-O1", "-w", "-E", "-P", *flags, *self.words, *some)
                text += self._run(words, (), "It cannot be preprocessed").stdout
        return text

    def _compiler(self, file: str) -> str:
        return self.tools.program_cxx if file.endswith(_CXX) else self.tools.program

    def _run(self, argv: tuple[str, ...], mounts: tuple[Mount, ...], failure: str) -> Evidence:
        done = self.provider.run(
            RunSpec(argv=argv, mounts=(*self.mounts, *mounts), cwd="/tmp", limits=LIMITS)  # noqa: S108 - inside
        )
        if done.exit_code != 0:
            said = done.stderr.decode("utf-8", errors="replace")
            if "error trying to exec" in said or "execvp" in said:
                raise Infrastructure(f"{argv[0]} is not installed.", "apt-get install g++ clang libclang-rt-dev")
            ended = f"it reached its {done.killed_by} limit" if done.killed_by else said[:SAID_MAX]
            raise TargetError(f"{self.source.name}: {failure}: {ended}", f"Compile it with {argv[0]} first.")
        return done
