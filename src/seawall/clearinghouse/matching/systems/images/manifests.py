"""Which layers an image has, in order, and by which digests they are held to: Docker's ``manifest.json``, or an OCI layout.

References: OCI image layout and image index, image specification 1.1; Docker image specification 1.2 (``docker save``).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from packageurl import PackageURL

from seawall.clearinghouse.matching.formats.documents import is_text
from seawall.clearinghouse.matching.systems.errors import NotASystem
from seawall.clearinghouse.matching.systems.images.blobs import Blobs, document
from seawall.foundation.platform import strict_json
from seawall.foundation.platform.errors import BadInput

LAYERS_MAX = 1_000
"""Layers of one image; Docker's storage takes 127."""
IMAGES_MAX = 200
"""Images of one index that are looked at."""
INDEX_DEPTH_MAX = 3
"""Indexes inside of each other."""
NAME = "org.opencontainers.image.ref.name"
_FULL_NAME = "io.containerd.image.name"

_DIGEST = re.compile(r"sha256:([0-9a-f]{64})")
_BLOB = re.compile(r"blobs/sha256/([0-9a-f]{64})")
_SAVE_AGAIN = "Save the image again."


@dataclass(frozen=True, slots=True)
class Layer:
    """A layer of an image."""

    name: str
    """Of the part that has it."""
    packed: str
    """SHA-256 of the part's bytes, in hexadecimal; empty where nothing says."""
    unpacked: str
    """The same of the bytes unpacked."""


@dataclass(frozen=True, slots=True)
class Image:
    """An image's layers, the lowest first."""

    name: str
    layers: tuple[Layer, ...]
    notes: tuple[str, ...]
    digest: str = ""
    """SHA-256 of its manifest, in hexadecimal; Docker's own archives have none."""

    @property
    def purl(self) -> str:
        """Its package URL; empty where its manifest's digest or its name is not known."""
        repository, _, tag = self.name.rpartition(":") if ":" in self.name.rpartition("/")[2] else (self.name, "", "")
        folder, _, name = repository.rpartition("/")
        if not self.digest or not name:
            return ""
        qualifiers = {"repository_url": repository if folder else "", "tag": tag}
        said = {key: value for key, value in qualifiers.items() if value}
        return PackageURL("oci", None, name.lower(), f"sha256:{self.digest}", said).to_string()


def read(blobs: Blobs) -> Image:
    """The image in the parts; the first, preferably for Linux on x86-64, where there are several.

    Raises:
        NotASystem: No image, or a document that is damaged or missing.
    """
    if (data := document(blobs, "manifest.json")) is not None:
        return _docker(blobs, _json(data, "manifest.json"))
    if (data := document(blobs, "index.json")) is not None:
        return _oci(blobs, _json(data, "index.json"))
    raise NotASystem(
        "It is no image: there is neither a manifest.json nor an index.json in it.",
        "Give what 'docker save', 'podman save' or 'skopeo copy ... oci-archive:' wrote, or an OCI layout.",
    )


def _docker(blobs: Blobs, listed: Any) -> Image:
    found = [item for item in listed if isinstance(item, dict)] if isinstance(listed, list) else []
    if not found:
        raise NotASystem("manifest.json lists no image.", _SAVE_AGAIN)
    first = found[0]
    names = first.get("Layers")
    if not isinstance(names, list) or not all(is_text(name) for name in names):
        raise NotASystem("manifest.json does not say which layers there are.", _SAVE_AGAIN)
    config = first.get("Config")
    ids = _unpacked_digests(blobs, config if is_text(config) else "", len(names))
    layers = tuple(
        Layer(name, match[1] if (match := _BLOB.fullmatch(name)) else "", digest)
        for name, digest in zip(names, ids, strict=True)
    )
    tags = first.get("RepoTags")
    name = next((tag for tag in tags if is_text(tag)), "") if isinstance(tags, list) else ""
    return _checked(Image(name, layers, _others(len(found))))


def _oci(blobs: Blobs, index: Any) -> Image:
    found = list(_manifests(blobs, index))
    if not found:
        raise NotASystem("index.json lists no image.", _SAVE_AGAIN)
    descriptor, name = next((pair for pair in found if _is_usual(pair[0])), found[0])
    manifest = _blob(blobs, descriptor)
    listed = manifest.get("layers") if isinstance(manifest, dict) else None
    if not isinstance(listed, list):
        raise NotASystem("The image's manifest does not say which layers there are.", _SAVE_AGAIN)
    packed = [_digest(layer) for layer in listed]
    config = manifest.get("config")
    ids = _unpacked_digests(blobs, f"blobs/sha256/{_digest(config)}", len(packed))
    layers = (Layer(f"blobs/sha256/{digest}", digest, same) for digest, same in zip(packed, ids, strict=True))
    return _checked(Image(name, tuple(layers), _others(len(found)), _digest(descriptor)))


def _manifests(blobs: Blobs, index: Any) -> Iterator[tuple[dict[str, Any], str]]:
    """Descriptors of the images in an index and in those that it lists, with their names."""
    waiting = [(index, "", 1)]
    count = 0
    while waiting:
        here, name, depth = waiting.pop(0)
        listed = here.get("manifests") if isinstance(here, dict) else None
        for descriptor in listed if isinstance(listed, list) else ():
            count += 1
            if not isinstance(descriptor, dict) or count > IMAGES_MAX:
                continue
            notes = descriptor.get("annotations")
            said = (notes.get(_FULL_NAME) or notes.get(NAME)) if isinstance(notes, dict) else ""
            kind = descriptor.get("mediaType")
            if is_text(kind) and kind.endswith(("index.v1+json", "list.v2+json")):
                if depth < INDEX_DEPTH_MAX:
                    waiting.append((_blob(blobs, descriptor), said if is_text(said) else name, depth + 1))
            elif _platform(descriptor).get("os") != "unknown":  # what says how an image was built
                yield descriptor, said if is_text(said) else name


def _is_usual(descriptor: dict[str, Any]) -> bool:
    platform = _platform(descriptor)
    return platform.get("os") == "linux" and platform.get("architecture") == "amd64"


def _platform(descriptor: dict[str, Any]) -> dict[str, Any]:
    platform = descriptor.get("platform")
    return platform if isinstance(platform, dict) else {}


def _blob(blobs: Blobs, descriptor: dict[str, Any]) -> Any:
    name = f"blobs/sha256/{_digest(descriptor)}"
    data = document(blobs, name)
    if data is None:
        raise NotASystem(f"{name[:40]}... is missing from the image.", _SAVE_AGAIN)
    return _json(data, name[:40])


def _digest(descriptor: Any) -> str:
    text = descriptor.get("digest") if isinstance(descriptor, dict) else None
    found = _DIGEST.fullmatch(text) if is_text(text) else None
    if found is None:
        raise NotASystem("A part of the image has no SHA-256 digest.", _SAVE_AGAIN)
    return found[1]


def _unpacked_digests(blobs: Blobs, config: str, count: int) -> list[str]:
    """What the image's configuration says of its layers; empty texts where it does not."""
    data = document(blobs, config) if config else None
    value = _json(data, "The image's configuration") if data is not None else None
    system = value.get("rootfs") if isinstance(value, dict) else None
    listed = system.get("diff_ids") if isinstance(system, dict) else None
    if not isinstance(listed, list) or not listed:
        return [""] * count
    found = [match[1] for text in listed if is_text(text) and (match := _DIGEST.fullmatch(text))]
    if len(found) != count:
        raise NotASystem(f"The image has {count} layers, but its configuration lists {len(found)}.", _SAVE_AGAIN)
    return found


def _json(data: bytes, name: str) -> Any:
    try:
        return strict_json.loads(data)
    except BadInput as error:
        raise NotASystem(f"{name} cannot be read: {error.detail}", _SAVE_AGAIN) from error


def _others(count: int) -> tuple[str, ...]:
    return (f"The archive has {count} images; one is read.",) if count > 1 else ()


def _checked(image: Image) -> Image:
    if not 0 < len(image.layers) <= LAYERS_MAX:
        raise NotASystem(f"The image has {len(image.layers)} layers; 1 to {LAYERS_MAX} are read.", _SAVE_AGAIN)
    return image
