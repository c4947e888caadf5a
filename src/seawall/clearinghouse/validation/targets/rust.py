"""Rust crates as sources, with a driver: compiled by cargo inside the sandbox, and run by ``launchers/launch.rs``.

The first source is the crate that is tested; the others, and what lies in its folder ``vendor``, are all that cargo finds of
crates.io: a crate that is not there would have to be fetched, which nothing does. Debian's ``librust-…-dev`` packages are laid out for that
(``usr/share/cargo/registry``). It is built as it would ship, by the release profile, with the lines of its functions kept.
"""

import shutil
import tomllib
from pathlib import Path
from typing import Any

from seawall.clearinghouse.validation import interpreters
from seawall.clearinghouse.validation.bundles import Bundle
from seawall.clearinghouse.validation.errors import BundleError, TargetError
from seawall.clearinghouse.validation.sandboxes.interface import Mount, Provider, RunLimits, RunSpec
from seawall.clearinghouse.validation.shapes import NAMES
from seawall.clearinghouse.validation.targets.interface import Built, cached
from seawall.clearinghouse.validation.targets.registries import digest
from seawall.clearinghouse.validation.targets.sources import LAUNCHERS, Source

LIMITS = RunLimits(wall_s=400.0, cpu_s=300.0, memory_bytes=3 * 2**30, processes=256, disk_bytes=1024 * 2**20)
"""Some crates take a minute with all that they need."""
SAID_MAX = 800
MANIFEST_MAX = 2**20
CRATES_MAX = 300
_MAIN = """\
[package]
name = "seawall-proof"
version = "0.0.0"
edition = "2021"

[[bin]]
name = "program"
path = "/seawall/launch.rs"

[profile.release]
debug = 1
"""
_CONFIG = """\
[source.crates-io]
replace-with = "vendored"
[source.vendored]
directory = "/vendor"
[net]
offline = true
"""


def build(cache: Path, provider: Provider, bundle: Bundle, sources: tuple[Source, ...]) -> Built:
    """Compile driver, launcher, crate and what it needs into one program.

    Raises:
        TargetError: It does not compile, or needs a crate that is not there.
        BundleError: There is no crate.
        Infrastructure: Rust is missing.
    """
    home, mounts = interpreters.rust()
    manifest = bundle.manifest
    compiler = (mounts[0].source if mounts else Path(home)) / "bin" / "rustc"
    crates = [_crate(source, manifest.sources) for source in sources]
    vendored = sorted(path.parent for path in crates[0].glob("vendor/*/Cargo.toml"))
    places = [Mount(crates[0], "/target")]
    places += [Mount(one, f"/vendor/{at}-{one.name}") for at, one in enumerate([*crates[1:], *vendored][:CRATES_MAX])]
    driver = bundle.folder / manifest.driver
    # Macros' words are of C's; here they name features of the crate.
    features = ", ".join(f'"{name}"' for name in manifest.defines if "=" not in name)
    main = f'{_MAIN}\n[dependencies]\n"{_name(crates[0])}" = {{ path = "/target", features = [{features}] }}\n'
    recipe = {
        "rust": f"{compiler} {compiler.stat().st_size}",
        "sources": [source.facts for source in sources],
        "driver": driver.read_text("utf-8", "replace"),
        "launcher": (LAUNCHERS / "launch.rs").read_text("utf-8"),
        "main": main,
        "config": _CONFIG,
    }

    def make(tree: Path) -> dict[str, Any]:
        (tree / "Cargo.toml").write_text(main, encoding="utf-8")
        (tree / "config.toml").write_text(_CONFIG, encoding="utf-8")
        (tree / "vendor").mkdir()
        empty = () if len(places) > 1 else (Mount(tree / "vendor", "/vendor"),)
        done = provider.run(
            RunSpec(
                argv=(
                    f"{home}/bin/cargo", "--config", "/build/config.toml", "build", "--release", "--offline", "--quiet", "--jobs", "2",
                    "--manifest-path", "/build/Cargo.toml", "--target-dir", "/out/made",
                ),
                mounts=(
                    *mounts,
                    *places,
                    *empty,
                    Mount(LAUNCHERS, "/seawall"),
                    Mount(driver, "/driver/driver.rs"),
                    Mount(tree, "/build", writable=True),
                    Mount(tree, "/out", writable=True),
                ),
                env={
                    "PATH": f"{home}/bin:/usr/bin:/bin",
                    "CARGO_HOME": "/tmp/cargo",  # noqa: S108 - inside
                    "RUSTC": f"{home}/bin/rustc",
                    "RUSTC_BOOTSTRAP": "program",  # the launcher's own crate, and no other
                    "CARGO_INCREMENTAL": "0",
                    "CARGO_TERM_COLOR": "never",
                },
                cwd="/tmp",  # noqa: S108 - inside
                limits=LIMITS,
            )
        )  # fmt: skip
        made, program = tree / "made" / "release" / "program", tree / "program"
        # What a crate's own build program has left may lead anywhere.
        leads_away = any(path.is_symlink() for path in (made, made.parent, made.parent.parent))
        if done.exit_code != 0 or leads_away or not made.is_file():
            said = done.stderr.decode("utf-8", errors="replace")[:SAID_MAX]
            ended = f"it reached its {done.killed_by} limit" if done.killed_by else said
            raise TargetError(
                f"{sources[0].name} does not compile: {ended}", "What it needs is named in target.requires."
            )
        made.rename(program)
        program.chmod(0o755)
        _only(tree, program)
        return {
            **sources[0].facts,
            "beside": [source.facts for source in sources[1:]],
            "program": f"sha256:{digest(program)}",
        }

    return cached(cache, recipe, make)


def _only(tree: Path, kept: Path) -> None:
    for path in tree.iterdir():
        if path == kept:
            continue
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()


def _crate(source: Source, patterns: tuple[str, ...]) -> Path:
    """The folder of a source's crate."""
    found = source.find(patterns)
    if not found:
        raise BundleError(f"{source.name} has no crate.", "Name its Cargo.toml in build.sources.", "build.sources")
    return (source.folder / found[0]).parent


def _name(crate: Path) -> str:
    """What a crate calls itself."""
    file = crate / "Cargo.toml"
    try:
        with file.open("rb") as opened:
            name = tomllib.loads(opened.read(MANIFEST_MAX).decode("utf-8"))["package"]["name"]
    except (OSError, ValueError, LookupError, TypeError, RecursionError) as error:
        raise TargetError("The crate's Cargo.toml names no package.", "Take one that cargo can build.") from error
    if not isinstance(name, str) or not NAMES["pypi"].match(name):
        raise TargetError("The crate's name is none.", "Take one that cargo can build.")
    return name
