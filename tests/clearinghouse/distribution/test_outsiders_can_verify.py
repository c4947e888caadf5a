import base64
import json
import multiprocessing
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from seawall.clearinghouse.distribution import feeds, osv, verify
from seawall.clearinghouse.distribution.signing import sign
from seawall.clearinghouse.distribution.statements import Statement
from seawall.clearinghouse.distribution.types import Advisory, Format
from seawall.doors.cli.main import cli
from seawall.foundation.platform.errors import SeawallError
from seawall.foundation.platform.signing import KEY_FILE, KeyUnusable, NotAuthentic, SigningKey


@dataclass(frozen=True)
class Release:
    document: bytes
    envelope: bytes
    signature: bytes
    key: bytes
    advisory_id: str


def _release(folder: Path, advisory: Advisory, document: bytes | None = None) -> Release:
    key = SigningKey.load_or_create(folder)
    data = osv.render(advisory) if document is None else document
    statement = Statement.about(
        data,
        file_name=f"{advisory.id}.json",
        advisory_id=advisory.id,
        document_format=Format.OSV,
        published=advisory.published,
        publisher="Seawall Clearinghouse",
        log_index=7,
    )
    signed = sign(key, data, statement)
    return Release(data, signed.envelope, signed.signature, key.public_pem, advisory.id)


@pytest.fixture
def release(tmp_path: Path, make: Callable[..., Advisory]) -> Release:
    return _release(tmp_path, make())


def test_the_genuine_document_passes(release: Release) -> None:
    statement = verify.check_envelope(release.document, release.envelope, release.key)
    assert (statement.advisory_id, statement.format, statement.log_index) == (release.advisory_id, Format.OSV, 7)
    verify.check_signature(release.document, release.signature, release.key)


def test_every_flipped_bit_of_the_document_is_noticed(release: Release) -> None:
    for position in range(0, len(release.document), 7):
        changed = bytearray(release.document)
        changed[position] ^= 1
        with pytest.raises(NotAuthentic):
            verify.check_envelope(bytes(changed), release.envelope, release.key)
        with pytest.raises(NotAuthentic):
            verify.check_signature(bytes(changed), release.signature, release.key)


def test_every_flipped_bit_of_the_signed_payload_is_noticed(release: Release) -> None:
    parsed = json.loads(release.envelope)
    payload = base64.b64decode(parsed["payload"])
    for position in range(len(payload)):
        changed = bytearray(payload)
        changed[position] ^= 1
        parsed["payload"] = base64.b64encode(bytes(changed)).decode()
        with pytest.raises(NotAuthentic):
            verify.check_envelope(release.document, json.dumps(parsed).encode(), release.key)


def test_another_key_is_refused(release: Release, tmp_path: Path) -> None:
    other = SigningKey.load_or_create(tmp_path / "other").public_pem
    with pytest.raises(NotAuthentic, match="not signed by this key"):
        verify.check_envelope(release.document, release.envelope, other)
    with pytest.raises(NotAuthentic):
        verify.check_signature(release.document, release.signature, other)


def test_one_advisory_s_envelope_does_not_fit_another(tmp_path: Path, make: Callable[..., Advisory]) -> None:
    first, second = _release(tmp_path, make()), _release(tmp_path, make(id="SEAWALL-2026-AAAAAAAA"))
    with pytest.raises(NotAuthentic, match="other bytes"):
        verify.check_envelope(second.document, first.envelope, first.key)


def test_a_statement_that_names_another_advisory_than_the_document_is_refused(
    tmp_path: Path, make: Callable[..., Advisory]
) -> None:
    crossed = _release(tmp_path, make(), osv.render(make(id="SEAWALL-2026-AAAAAAAA")))
    with pytest.raises(NotAuthentic, match="another advisory"):
        verify.check_envelope(crossed.document, crossed.envelope, crossed.key)


def _change(release: Release, **members: object) -> bytes:
    return json.dumps(json.loads(release.envelope) | members).encode()


BROKEN: dict[str, Callable[[Release], bytes]] = {
    "empty": lambda _: b"",
    "not JSON": lambda _: b"\xff\x00",
    "a list": lambda _: b"[]",
    "deep": lambda _: b'{"payload":' + b"[" * 50_000,
    "no signatures": lambda r: _change(r, signatures=[]),
    "signatures of the wrong type": lambda r: _change(r, signatures=[1]),
    "signature without keyid": lambda r: _change(r, signatures=[{"sig": "AAAA"}]),
    "signature not base64": lambda r: _change(r, signatures=[{"keyid": "x", "sig": "*"}]),
    "payload not base64": lambda r: _change(r, payload="*"),
    "payload missing": lambda r: _change(r, payload=None),
    "another payload type": lambda r: _change(r, payloadType="text/plain"),
    "two signatures by one key": lambda r: _change(r, signatures=json.loads(r.envelope)["signatures"] * 2),
    "too large": lambda _: b" " * (verify.ENVELOPE_MAX + 1),
}


@pytest.mark.parametrize("broken", BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_envelope_is_refused_and_nothing_else_escapes(
    release: Release, broken: Callable[[Release], bytes]
) -> None:
    with pytest.raises(NotAuthentic):
        verify.check_envelope(release.document, broken(release), release.key)


def test_a_key_of_another_kind_is_refused(release: Release) -> None:
    elliptic = (
        generate_private_key(SECP256R1()).public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    )
    for key in (b"", b"nonsense", elliptic):
        with pytest.raises(NotAuthentic) as refusal:
            verify.check_envelope(release.document, release.envelope, key)
        assert refusal.value.field == "key"


def test_openssl_accepts_the_raw_signature(release: Release, tmp_path: Path) -> None:
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("openssl is not installed")
    for name, content in (("d", release.document), ("s", release.signature), ("k", release.key)):
        (tmp_path / name).write_bytes(content)
    command = [openssl, "pkeyutl", "-verify", "-pubin", "-inkey", "k", "-rawin", "-in", "d", "-sigfile", "s"]
    assert subprocess.run(command, cwd=tmp_path, check=False, capture_output=True).returncode == 0
    (tmp_path / "d").write_bytes(release.document + b" ")
    assert subprocess.run(command, cwd=tmp_path, check=False, capture_output=True).returncode != 0


def test_sha256sum_accepts_the_companion_files(release: Release, tmp_path: Path) -> None:
    (tmp_path / "a.json").write_bytes(release.document)
    for algorithm in ("sha256", "sha512"):
        line = feeds.digest_line(release.document, "a.json", algorithm)
        (tmp_path / f"a.json.{algorithm}").write_bytes(line)
        subprocess.run([f"{algorithm}sum", "-c", f"a.json.{algorithm}"], cwd=tmp_path, check=True, capture_output=True)
        verify.check_digest_file(release.document, line)
        with pytest.raises(NotAuthentic, match=algorithm):
            verify.check_digest_file(release.document + b" ", line)
    with pytest.raises(NotAuthentic, match="one line"):
        verify.check_digest_file(release.document, b"deadbeef  a.json\n")


def test_the_key_is_private_and_stays_the_same(tmp_path: Path) -> None:
    first = SigningKey.load_or_create(tmp_path)
    path = tmp_path / KEY_FILE
    assert path.stat().st_mode & 0o777 == 0o600
    assert SigningKey.load_or_create(tmp_path).key_id == first.key_id
    assert [entry.name for entry in path.parent.iterdir()] == [path.name]


def _key_id(folder: Path) -> str:
    return SigningKey.load_or_create(folder).key_id


def test_processes_that_start_at_once_agree_on_one_key(tmp_path: Path) -> None:
    with multiprocessing.get_context("fork").Pool(4) as pool:
        assert len(set(pool.map(_key_id, [tmp_path] * 16))) == 1


def _write_elliptic(path: Path) -> None:
    key = generate_private_key(SECP256R1())
    path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))


@pytest.mark.parametrize(
    ("spoil", "word"),
    [
        (lambda path: path.chmod(0o644), "other users"),
        (lambda path: path.write_bytes(b"nonsense"), "no private key"),
        (_write_elliptic, "another kind"),
    ],
)
def test_a_spoiled_key_is_refused_with_what_to_do(tmp_path: Path, spoil: Callable[[Path], object], word: str) -> None:
    SigningKey.load_or_create(tmp_path)
    spoil(tmp_path / KEY_FILE)
    with pytest.raises(KeyUnusable, match=word) as refusal:
        SigningKey.load_or_create(tmp_path)
    assert refusal.value.action


@pytest.fixture
def on_disk(release: Release, tmp_path: Path) -> Path:
    folder = tmp_path / "download"
    folder.mkdir()
    file = folder / "a.json"
    file.write_bytes(release.document)
    (folder / "a.json.dsse.json").write_bytes(release.envelope)
    (folder / "a.json.sig").write_bytes(release.signature)
    (folder / "a.json.sha512").write_bytes(feeds.digest_line(release.document, "a.json", "sha512"))
    (folder / "key.pem").write_bytes(release.key)
    return file


def _verify(file: Path) -> object:
    return CliRunner().invoke(
        cli, ["advisory", "verify", str(file), "--key", str(file.with_name("key.pem"))], catch_exceptions=True
    )


def test_the_command_says_what_it_checked(on_disk: Path) -> None:
    result = _verify(on_disk)
    assert result.exit_code == 0
    assert "authentic: SEAWALL-2026-K7Q2MX4A (OSV), checked: statement, signature, sha512" in result.output


@pytest.mark.parametrize("spoiled", ["a.json", "a.json.dsse.json", "a.json.sig", "a.json.sha512", "key.pem"])
def test_the_command_refuses_any_spoiled_file(on_disk: Path, spoiled: str) -> None:
    path = on_disk.with_name(spoiled)
    path.write_bytes(path.read_bytes()[:-20] + b"x" * 20)
    result = _verify(on_disk)
    assert isinstance(result.exception, SeawallError)
    assert "authentic:" not in result.output


def test_the_command_names_the_missing_statement(on_disk: Path) -> None:
    on_disk.with_name("a.json.dsse.json").unlink()
    result = _verify(on_disk)
    assert "a.json.dsse.json" in str(result.exception)


def test_the_command_runs_without_django(on_disk: Path) -> None:
    program = (
        "import sys; from seawall.doors.cli.main import cli\n"
        "sys.modules['django'] = None\n"
        f"cli(['advisory', 'verify', {str(on_disk)!r}, '--key', {str(on_disk.with_name('key.pem'))!r}])"
    )
    environment = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False, env=environment, timeout=60
    )
    assert done.returncode == 0, done.stderr
    assert "authentic" in done.stdout
