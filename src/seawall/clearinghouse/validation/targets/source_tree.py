"""A C or C++ source tree that the bundle brings, compiled with the bundle's driver."""

from pathlib import Path

from seawall.clearinghouse.validation.bundles import Bundle
from seawall.clearinghouse.validation.sandboxes.interface import Provider
from seawall.clearinghouse.validation.targets import native, sources
from seawall.clearinghouse.validation.targets.interface import Built


def build(cache: Path, provider: Provider, bundle: Bundle, tree_name: str) -> Built:
    """Compile the tree and the driver into one program, of the manifest's flavor; see ``native.build``."""
    source = sources.uploaded(bundle.folder / tree_name, tree_name)
    return native.build(cache, provider, bundle, source, bundle.manifest.flavor)
