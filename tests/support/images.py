"""Images, built here byte by byte so that they can be built wrong."""

import gzip
import hashlib
import io
import json
import tarfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import backports.zstd

OS_RELEASE = b'ID=debian\nVERSION_ID="12"\nPRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\n'
Content = bytes | tarfile.TarInfo
Packer = Callable[[bytes], bytes]


def zstd(data: bytes) -> bytes:
    """As zstd packs it."""
    return backports.zstd.compress(data)


def plain(data: bytes) -> bytes:
    """Not packed."""
    return data


def status(**versions: str) -> bytes:
    """A dpkg status file of packages at versions."""
    stanza = "Package: {}\nStatus: install ok installed\nArchitecture: amd64\nVersion: {}\n"
    return "\n".join(stanza.format(name, version) for name, version in versions.items()).encode()


def link(target: str, kind: bytes = tarfile.SYMTYPE) -> tarfile.TarInfo:
    """A member without bytes: a link, a device, a folder."""
    info = tarfile.TarInfo()
    info.type, info.linkname = kind, target
    return info


def tar(files: Iterable[tuple[str, Content]], kind: int = tarfile.GNU_FORMAT) -> bytes:
    """An archive, its members in the order given."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=kind) as archive:
        for name, content in files:
            if isinstance(content, tarfile.TarInfo):
                content.name = name
                archive.addfile(content)
            else:
                info = tarfile.TarInfo(name)
                info.size = len(content)
                archive.addfile(info, io.BytesIO(content))
    return out.getvalue()


def layer(files: dict[str, Content]) -> bytes:
    """A layer's archive."""
    return tar(files.items())


def digest(data: bytes) -> str:
    """SHA-256 in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def oci(layers: list[bytes], pack: Packer = gzip.compress, **change: Any) -> dict[str, bytes]:
    """The parts of an OCI layout; ``change`` goes into the manifest's place by name."""
    packed = [pack(one) for one in layers]
    config = json.dumps(
        {"rootfs": {"type": "layers", "diff_ids": [f"sha256:{digest(one)}" for one in layers]}}
    ).encode()
    manifest = json.dumps(
        {
            "schemaVersion": 2,
            "config": {"digest": f"sha256:{digest(config)}"},
            "layers": [{"digest": f"sha256:{digest(one)}", "size": len(one)} for one in packed],
            **change,
        }
    ).encode()
    described = {
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "digest": f"sha256:{digest(manifest)}",
        "annotations": {"org.opencontainers.image.ref.name": "portal:4.2"},
    }
    index = json.dumps({"schemaVersion": 2, "manifests": [described]}).encode()
    parts = {f"blobs/sha256/{digest(one)}": one for one in (*packed, config, manifest)}
    return {"oci-layout": b'{"imageLayoutVersion":"1.0.0"}', "index.json": index, **parts}


def docker(layers: list[bytes], pack: Packer = plain) -> dict[str, bytes]:
    """The parts of what older versions of ``docker save`` wrote."""
    config = json.dumps(
        {"rootfs": {"type": "layers", "diff_ids": [f"sha256:{digest(one)}" for one in layers]}}
    ).encode()
    names = [f"{number:064x}/layer.tar" for number in range(len(layers))]
    manifest = json.dumps([{"Config": "c.json", "RepoTags": ["portal:4.2"], "Layers": names}]).encode()
    parts = {name: pack(one) for name, one in zip(names, layers, strict=True)}
    return {**parts, "c.json": config, "manifest.json": manifest}


def saved(path: Path, parts: dict[str, bytes], pack: Packer = plain) -> Path:
    """An image's archive on the disk."""
    path.write_bytes(pack(tar(parts.items())))
    return path
