"""Targets that are compiled, whatever their language and wherever their sources come from: the one way to either side."""

from pathlib import Path

from seawall.clearinghouse.validation.bundles import Bundle
from seawall.clearinghouse.validation.sandboxes.interface import Provider
from seawall.clearinghouse.validation.targets import flavors, golang, java, native, roots, rust, sources
from seawall.clearinghouse.validation.targets.interface import Built
from seawall.clearinghouse.validation.types import Manifest, Runtime


def has_fixed(manifest: Manifest) -> bool:
    """Whether there is a fixed side to build."""
    return bool(manifest.fixed_tree if manifest.vulnerable_tree is not None else manifest.fixed)


def build(cache: Path, provider: Provider, bundle: Bundle, *, fixed: bool) -> Built:
    """Fetch, unpack and compile one side.

    Raises:
        TargetError: No such version, or it does not compile.
        BundleError: The manifest's patterns find nothing.
        Infrastructure: A registry, a compiler or the sandbox fails.
    """
    manifest = bundle.manifest
    if manifest.runtime is Runtime.ROOT:
        return roots.build(cache, provider, bundle, fixed=fixed)
    found = source(cache, provider, bundle, fixed=fixed)
    if manifest.runtime is Runtime.NATIVE:
        return native.build(cache, provider, bundle, found, manifest.flavor)
    beside = tuple(
        sources.packaged(cache, provider, manifest.package_type, name, version) for name, version in manifest.requires
    )
    builders = {Runtime.JAVA: java.build, Runtime.GO: golang.build, Runtime.RUST: rust.build}
    return builders[manifest.runtime](cache, provider, bundle, (found, *beside))


def plain(cache: Path, provider: Provider, bundle: Bundle, *, fixed: bool) -> Built | None:
    """The same side without sanitizers, as it ships; None where that is what ``build`` makes."""
    manifest = bundle.manifest
    flavor = flavors.plain(manifest.flavor) if manifest.runtime is Runtime.NATIVE else None
    if flavor is None:
        return None
    return native.build(cache, provider, bundle, source(cache, provider, bundle, fixed=fixed), flavor)


def source(cache: Path, provider: Provider, bundle: Bundle, *, fixed: bool) -> sources.Source:
    """One side's sources: a tree of the bundle, or the package at that side's version."""
    manifest = bundle.manifest
    if manifest.vulnerable_tree is not None:
        tree = (manifest.fixed_tree if fixed else manifest.vulnerable_tree) or ""
        return sources.uploaded(bundle.folder / tree, tree)
    version = (manifest.fixed if fixed else manifest.vulnerable) or ""
    if manifest.repository:
        return sources.packaged(cache, provider, "git", manifest.repository, version, manifest.archive)
    return sources.packaged(cache, provider, manifest.package_type, manifest.package_name, version, manifest.archive)
