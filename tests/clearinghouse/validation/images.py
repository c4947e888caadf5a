"""Container images made here: a static program of two functions, and archives as the tools that make images lay them out."""

import hashlib
import io
import json
import subprocess
import tarfile
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

PIER = """
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <sys/stat.h>
int main(int count, char **words) {
    if (count < 3) {
        for (int at = 1; at < count; at++) {
            struct stat about;
            printf("%d", stat(words[at], &about) == 0);
        }
        int inherited = 0;
        for (int number = 3; number < 256; number++) inherited += fcntl(number, F_GETFD) != -1;
        printf(" inherits %d uid %d write %d%d%d\\n", inherited, getuid() != 0, open("/left", O_CREAT | O_WRONLY, 0644) >= 0,
               open("/bin/left", O_CREAT | O_WRONLY, 0644) >= 0, open("/tmp/left", O_CREAT | O_WRONLY, 0644) >= 0);
        return 0;
    }
    char name[256] = {0}, path[300] = {0}, text[256] = {0};
    read(open(words[2], O_RDONLY), name, 255);
    name[strcspn(name, "\\n")] = 0;
    GUARD
    snprintf(path, sizeof path, "/srv/%s", name);
    int file = open(path, O_RDONLY);
    if (file >= 0 && read(file, text, 255) > 0) puts(text);
    return 0;
}
"""
"""Started by a driver's first line, it prints the file below /srv that the input names; with one word, what it sees."""
Member = tuple[str, bytes | str | int | None]
"""Path; content, target of a link, kind of tar, or None for a folder."""


def static(guard: str = "") -> bytes:
    """The program, which needs nothing of a system."""
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "pier.c"
        source.write_text(PIER.replace("GUARD", guard))
        subprocess.run(["gcc", "-w", "-Os", "-static", "-o", f"{folder}/pier", str(source)], check=True)
        return (Path(folder) / "pier").read_bytes()


def layer(members: Sequence[Member], *, packed: bool = True) -> bytes:
    """A layer's archive."""
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w:gz" if packed else "w") as archive:
        for name, content in members:
            info = tarfile.TarInfo(name)
            info.mode = 0o4755
            if content is None:
                info.type = tarfile.DIRTYPE
            elif isinstance(content, str):
                kind, _, info.linkname = content.rpartition("|")
                info.type = tarfile.LNKTYPE if kind else tarfile.SYMTYPE
            elif isinstance(content, int):
                info.type = bytes([content])
            else:
                info.size = len(content)
            archive.addfile(info, io.BytesIO(content) if isinstance(content, bytes) else None)
    return data.getvalue()


def outer(files: Mapping[str, bytes]) -> bytes:
    """The archive around everything."""
    return layer(list(files.items()), packed=False)


def oci(*layers: bytes, changed: Mapping[str, bytes] | None = None, platforms: Sequence[str] = ("amd64",)) -> bytes:
    """An OCI layout."""
    blobs: dict[str, bytes] = {}

    def kept(content: bytes) -> dict[str, object]:
        value = hashlib.sha256(content).hexdigest()
        blobs[f"blobs/sha256/{value}"] = content
        return {"digest": f"sha256:{value}", "size": len(content)}

    manifest = kept(json.dumps({"layers": [kept(one) for one in layers]}).encode())
    named = [{**manifest, "platform": {"architecture": one}} for one in platforms]
    index = kept(json.dumps({"manifests": named}).encode())
    return outer(
        {"oci-layout": b"{}", "index.json": json.dumps({"manifests": [index]}).encode(), **blobs, **(changed or {})}
    )


def saved(*layers: bytes) -> bytes:
    """What ``docker save`` writes."""
    names = [f"{number}/layer.tar" for number in range(len(layers))]
    manifest = json.dumps([{"Config": "config.json", "Layers": names}]).encode()
    return outer({"manifest.json": manifest, **dict(zip(names, layers, strict=True))})
