"""Flavors of a C or C++ build: the compiler, its sanitizers, and the plain build that stands beside each.

What ships has no sanitizer, so what is run must be what ships: sources must not see that there is one. The macros that tell them are
undefined and the attributes that switch checks off on single functions are void, in every flavor alike.
"""

import shutil
from dataclasses import dataclass
from pathlib import Path

from seawall.clearinghouse.validation.errors import Infrastructure
from seawall.clearinghouse.validation.types import LEAKS, Flavor

_SANITIZERS = {
    "address": ("-fsanitize=address",),
    "undefined": ("-fsanitize=undefined", "-fno-sanitize-recover=all"),
    "memory": ("-fsanitize=memory", "-fsanitize-memory-track-origins", "-fno-sanitize-recover=all"),
    "leak": ("-fsanitize=leak",),
    "plain": (),
}
_ALWAYS = ("-g", "-O1", "-fno-omit-frame-pointer", "-ffunction-sections", "-w")
_MACROS = ("ADDRESS", "THREAD", "HWADDRESS", "MEMORY", "UNDEFINED", "LEAK")
_ATTRIBUTES = (
    "no_sanitize", "__no_sanitize__", "no_sanitize_address", "__no_sanitize_address__", "no_sanitize_undefined",
    "__no_sanitize_undefined__", "no_sanitize_memory", "no_address_safety_analysis", "__no_address_safety_analysis__",
    "disable_sanitizer_instrumentation", "__disable_sanitizer_instrumentation__",
)  # fmt: skip
_HIDE_MACROS = tuple(f"-U__SANITIZE_{name}__" for name in _MACROS)
_VOID_ATTRIBUTES = tuple(
    f"-D{name}{'(...)' if name.strip('_') == 'no_sanitize' else ''}=__unused__" for name in _ATTRIBUTES
)
_CLANG_HIDES = ("-D__has_feature(x)=0", "-Wno-builtin-macro-redefined")


@dataclass(frozen=True)
class Toolchain:
    """A compiler and what it is told."""

    flavor: Flavor
    program: str
    """For C, as the sandbox sees it."""
    program_cxx: str
    version: str
    """The compiler's file, which changes with its version."""
    sanitize: tuple[str, ...]
    hide: tuple[str, ...]
    """What keeps sources from seeing a sanitizer."""
    options: str = ""
    """What is compiled in of ours, of ``launchers``: the sanitizers' settings; empty where there is none."""
    link: tuple[str, ...] = ()
    """More for the linker."""

    @property
    def flags(self) -> tuple[str, ...]:
        """Of every compilation."""
        return (*_ALWAYS, *self.sanitize, *self.hide)


def toolchain(flavor: Flavor) -> Toolchain:
    """The tools of a flavor.

    Raises:
        Infrastructure: Its compiler is not installed here.
    """
    compiler, *sanitizers = flavor.value.split("-")
    found = shutil.which(compiler)
    if found is None:
        package = "gcc libc6-dev" if compiler == "gcc" else "clang libclang-rt-dev"
        raise Infrastructure(f"{compiler} is not installed, which {flavor.value} needs.", f"apt-get install {package}")
    real = Path(found).resolve()
    is_plain, is_leak = sanitizers == ["plain"], flavor in LEAKS
    hide = (*_HIDE_MACROS, *_VOID_ATTRIBUTES, *(_CLANG_HIDES if compiler == "clang" else ()))
    return Toolchain(
        flavor=flavor,
        program=f"/usr/bin/{compiler}",
        program_cxx="/usr/bin/g++" if compiler == "gcc" else "/usr/bin/clang++",
        version=f"{real} {real.stat().st_size}",
        sanitize=tuple(word for name in sanitizers for word in _SANITIZERS[name]),
        hide=hide,
        options="" if is_plain else "leaks.c" if is_leak else "options.c",
        link=("-Wl,--wrap=main",) if is_leak else (),
    )


def plain(flavor: Flavor) -> Flavor | None:
    """The flavor without sanitizers that stands beside one; None where it is that itself."""
    beside = Flavor.CLANG_PLAIN if flavor.value.startswith("clang-") else Flavor.GCC_PLAIN
    return None if flavor is beside else beside
