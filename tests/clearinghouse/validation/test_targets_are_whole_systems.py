"""An image's root is the run's own: nothing of this machine is in it, and no layer gets out of it."""

import hashlib
import io
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from seawall.clearinghouse.validation import scratch
from seawall.clearinghouse.validation.errors import SandboxUnavailable, TargetError
from seawall.clearinghouse.validation.sandboxes.interface import Mount, Provider, RunSpec
from seawall.clearinghouse.validation.targets import roots, sources
from seawall.clearinghouse.validation.types import Verdict

from .conftest import Judge, working_providers, zipped
from .images import layer, oci, outer, saved, static

pytestmark = pytest.mark.sandbox

GUARD = 'if (strstr(name, "..")) return 0;'
SECRET = "../@@SECRET_FILE@@"
WIDER = {"at_most": None}


@pytest.fixture(scope="session")
def programs() -> tuple[bytes, bytes]:
    """Without and with a guard."""
    return static(), static(GUARD)


def proof(vulnerable: str, fixed: str, files: dict[str, bytes]) -> bytes:
    manifest = (
        'schema = "seawall.proof/1"\n[target]\npackage = "pkg:generic/harbor/pier"\nvulnerable = "1"\nfixed = "2"\n'
        f'vulnerable_tree = "{vulnerable}"\nfixed_tree = "{fixed}"\n[claim]\nfailure = "path-traversal"\n'
        '[run]\nruntime = "root"\ndriver = "driver"\ninput = "input"\ncontrol = "control"\n[oracle]\nkind = "secret-read"\n'
    )
    texts = {"proof.toml": manifest, "driver": "#!/usr/bin/pier\n", "input": SECRET, "control": "gull\n"}
    return zipped({**{name: text.encode() for name, text in texts.items()}, **files})


def image(program: bytes) -> bytes:
    return oci(
        layer([("usr", None), ("usr/bin", None), ("bin", "usr/bin"), ("bin/pier", b"old"), ("srv/gull", b"moored")]),
        layer([("bin/pier", program)]),
    )


def test_a_flaw_of_an_image_is_confirmed(judge: Judge, programs: tuple[bytes, bytes], targets: Path) -> None:
    old, new = image(programs[0]), image(programs[1])
    value = hashlib.sha256(new).hexdigest()
    (targets / roots.IMAGES).mkdir(exist_ok=True)
    (targets / roots.IMAGES / f"{value}.tar").write_bytes(new)
    result = judge(proof("old.tar", f"sha256:{value}", {"old.tar": old}), **WIDER)
    assert result.verdict is Verdict.CONFIRMED, (result.summary, result.reasons, result.runs)
    assert result.target["fixed"]["archive"] == f"sha256:{value}"
    assert "moored" in result.runs[0].output


@pytest.mark.long
def test_folders_of_the_bundle_are_roots_too(judge: Judge, programs: tuple[bytes, bytes]) -> None:
    trees = {f"{side}/usr/bin/pier": one for side, one in zip(("old", "new"), programs, strict=True)}
    both = {**trees, "old/srv/gull": b"moored", "new/srv/gull": b"moored"}
    result = judge(proof("old", "new", both), runs=5, **WIDER)
    assert result.verdict is Verdict.CONFIRMED, (result.summary, result.reasons, result.runs)
    assert result.reasons[:2] == ("Triggered 5 of 5 times on harbor/pier 1.", "Triggered 0 of 5 times on 2.")


@pytest.mark.parametrize(
    ("kept", "says"), [(None, "is not in the cache"), (b"another", "is another one")], ids=["missing", "changed"]
)
def test_an_image_by_digest_must_be_there_and_be_it(judge: Judge, targets: Path, kept: bytes | None, says: str) -> None:
    value = hashlib.sha256(b"none" + (kept or b"")).hexdigest()
    if kept is not None:
        (targets / roots.IMAGES).mkdir(exist_ok=True)
        (targets / roots.IMAGES / f"{value}.tar").write_bytes(kept)
    result = judge(proof(f"sha256:{value}", f"sha256:{value}", {}), **WIDER)
    assert result.verdict is Verdict.ERRORED
    assert says in result.summary


@pytest.mark.parametrize("provider", working_providers())
def test_nothing_of_this_machine_is_seen_and_nothing_is_written(
    provider: Provider, programs: tuple[bytes, bytes]
) -> None:
    with scratch.folder() as folder:
        root, work = folder / "root", folder / "given"
        for name in ("bin", "etc", "dev/inside", "proof"):
            (root / name).mkdir(parents=True)
        (root / "bin" / "pier").write_bytes(programs[0])
        (root / "bin" / "pier").chmod(0o755)
        (root / "top").write_text("a file")
        (root / "away").symlink_to("/etc")
        (root / "work").symlink_to("/")
        work.mkdir()
        (work / "driver").write_text("")
        looked = {
            "/usr/bin/python3": 0, "/etc/passwd": 0, "/lib/x86_64-linux-gnu": 0, "/var": 0, "/dev/inside": 0, "/proof/driver": 1,
            "/top": 1, "/away": 1, "/bin/pier": 1, "/proc/self/exe": 1, "/work/bin": 0,
        }  # fmt: skip
        mounts = (Mount(work, "/proof"),)
        seen = [
            provider.run(RunSpec(argv=("/bin/pier", path), root=root, mounts=mounts)).stdout.decode() for path in looked
        ]
    assert [one.strip() for one in seen] == [f"{there} inherits 0 uid 1 write 001" for there in looked.values()]


@pytest.mark.parametrize("provider", working_providers())
def test_the_machines_own_root_is_no_root(provider: Provider, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("/usr")
    for root in (Path("/"), tmp_path / "link", tmp_path / "missing"):
        with pytest.raises(SandboxUnavailable, match="is no folder for a root"):
            provider.run(RunSpec(argv=("/bin/true",), root=root))


Unpack = Callable[[bytes], Path]


@pytest.fixture
def unpack(bubblewrap: Provider) -> Iterator[Unpack]:
    with scratch.folder() as folder:

        def made(archive: bytes) -> Path:
            (folder / "image.tar").write_bytes(archive)
            (folder / "root").mkdir()
            sources.unpack(bubblewrap, folder / "image.tar", folder / "root", "The image", "image.py")
            return folder / "root"

        yield made


def test_layers_are_applied_in_order_with_what_they_delete(unpack: Unpack) -> None:
    root = unpack(
        oci(
            layer(
                [("a/one", b"1"), ("a/two", b"2"), ("b/three", b"3"), ("b/deep/four", b"4"), ("c", b"5"), ("d/e", b"6")]
            ),
            layer(
                [
                    ("a/.wh.one", b""),
                    ("b/new", b"7"),
                    ("b/.wh..wh..opq", b""),
                    ("c", None),
                    ("c/in", b"8"),
                    (".wh.d", b""),
                ]
            ),
            layer([("hard", "hard|a/two"), ("soft", "/a/two"), ("./x", b"9"), ("/y", b"10")]),
        )
    )
    found = {path.relative_to(root).as_posix() for path in root.rglob("*") if not path.is_dir()}
    assert found == {"a/two", "b/new", "c/in", "hard", "soft", "x", "y"}
    assert (root / "hard").read_bytes() == b"2"
    assert not (root / "x").stat().st_mode & 0o7022
    assert str((root / "soft").readlink()) == "/a/two"


def test_what_docker_saves_is_read(unpack: Unpack) -> None:
    assert (
        unpack(saved(layer([("a", b"1")], packed=False), layer([("a", b"2")], packed=False))) / "a"
    ).read_bytes() == b"2"


def test_links_are_followed_within_the_root_only(unpack: Unpack) -> None:
    root = unpack(
        oci(
            layer(
                [
                    ("up", "../../../../../tmp"),
                    ("abs", "/var/out"),
                    ("usr/lib", None),
                    ("lib", "usr/lib"),
                    ("mask", "/etc/passwd"),
                ]
            ),
            layer(
                [
                    ("up/stepped", b"1"),
                    ("abs/stepped", b"2"),
                    ("lib/stepped", b"3"),
                    ("mask", b"4"),
                    ("up/.wh.none", b""),
                ]
            ),
            layer(
                [("dev/disk", tarfile.BLKTYPE[0]), ("dev/pipe", tarfile.FIFOTYPE[0]), ("dev/tty", tarfile.CHRTYPE[0])]
            ),
        )
    )
    found = {path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file() and not path.is_symlink()}
    assert found == {"tmp/stepped", "var/out/stepped", "usr/lib/stepped", "mask"}


GOOD = layer([("a", b"1")])
REFUSED: dict[str, tuple[bytes, str]] = {
    "no image": (outer({"x": b""}), "it is no image"),
    "no archive": (b"no archive at all", "ReadError"),
    "cut short": (oci(GOOD)[:3000], "ReadError|is not in the archive"),
    "a layer with another digest": (
        oci(GOOD, changed={f"blobs/sha256/{hashlib.sha256(GOOD).hexdigest()}": layer([("a", b"2")])}), "another digest",
    ),
    "a digest that is a path": (
        outer({"index.json": b'{"manifests": [{"digest": "sha256:../../etc/passwd"}]}'}), "is not read here",
    ),
    "indexes without end": (outer({"index.json": b'{"manifests": []}'}), "names 0 images"),
    "images for two machines that are both this": (oci(GOOD, platforms=("amd64", "amd64")), "names 2 images"),
    "an index that is something else": (outer({"index.json": b"[1]"}), "Error|no image in its index"),
    "nested without end": (outer({"index.json": b"[" * 100_000}), "RecursionError"),
    "no layers": (oci(), "1 to 128 layers"),
    "a name that steps out": (oci(layer([("../out", b"1")])), "does not stay inside"),
    "a deletion that steps out": (oci(layer([(".wh...", b"1")])), "a name that is none"),
    "another name of a file outside": (oci(layer([("x", "hard|../../etc/passwd")])), "does not stay inside"),
    "another name of a link": (oci(layer([("x", "/etc/passwd"), ("y", "hard|x")])), "another name of what is no file"),
    "links in a circle": (oci(layer([("x", "y"), ("y", "x"), ("x/z", b"1")])), "too many links"),
    "folders without end": (oci(layer([("d/" * 70 + "x", b"1")])), "does not stay inside"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_an_odd_image_is_refused_with_the_reason(name: str, unpack: Unpack) -> None:
    archive, says = REFUSED[name]
    with pytest.raises(TargetError, match=says):
        unpack(archive)


@pytest.mark.long
def test_a_layer_that_unpacks_to_too_much_is_ended(unpack: Unpack) -> None:
    with pytest.raises(TargetError, match=r"disk limit|more than 1024 MiB"):
        unpack(oci(layer([(f"zero{number}", bytes(2**28)) for number in range(5)])))


@pytest.mark.long
def test_more_members_than_anybody_needs_are_refused(unpack: Unpack) -> None:
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w:gz", compresslevel=1) as archive:
        info = tarfile.TarInfo("a")
        for _ in range(100_001):
            archive.addfile(info)
    with pytest.raises(TargetError, match="more than 100000 members"):
        unpack(oci(data.getvalue()))
