"""A verdict as a signed statement: others can open it, run the bundle themselves, and see what differs."""

import json
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from seawall.clearinghouse.validation.attestation import (
    PAYLOAD_TYPE,
    Recorded,
    differences,
    environment,
    read,
    statement,
)
from seawall.clearinghouse.validation.types import Run, Side, ValidationResult, Verdict
from seawall.foundation.platform.errors import BadInput
from seawall.foundation.platform.signing import NotAuthentic, SigningKey, opened


def run(side: Side, *, triggered: bool, wall_s: float = 0.1) -> Run:
    return Run(
        side, triggered, "why", 0, None, None, wall_s, 0.05, 1_000_000, "hostile output", "crash/1:x", ("f", "g")
    )


RESULT = ValidationResult(
    verdict=Verdict.CONFIRMED,
    summary="memory-safety confirmed",
    reasons=("Triggered 1 of 1 times.",),
    runs=(run(Side.CONTROL, triggered=False), run(Side.VULNERABLE, triggered=True), run(Side.FIXED, triggered=False)),
    signature="crash/1:x",
    bundle_digest="sha256:" + "a" * 64,
    target={
        "package": "pkg:pypi/alpha",
        "vulnerable": {"version": "1.0", "digest": "sha256:" + "b" * 64},
        "fixed": {"version": "1.1", "digest": "sha256:" + "c" * 64},
    },
    oracle="sanitizer",
    failure="memory-safety",
    sandbox="bubblewrap/2:abc",
    seed=7,
)


@pytest.fixture
def key(tmp_path: Path) -> SigningKey:
    return SigningKey.load_or_create(tmp_path)


def test_what_was_signed_comes_out_again_and_nothing_else(key: SigningKey) -> None:
    payload = statement(RESULT, environment(), Recorded("report_1", "example/log", 12, "sha256:" + "d" * 64))
    envelope = key.envelope(payload, PAYLOAD_TYPE)
    assert opened(envelope, PAYLOAD_TYPE, key.public_pem) == payload
    said = read(payload)
    assert [subject["name"] for subject in said["subject"]] == [
        "proof bundle",
        "pkg:pypi/alpha@1.0 (vulnerable)",
        "pkg:pypi/alpha@1.1 (fixed)",
    ]
    assert said["predicate"]["recorded"]["log_index"] == 12
    assert "hostile output" not in payload.decode()


@pytest.mark.parametrize("position", [0.1, 0.3, 0.5, 0.7, 0.9])
def test_a_changed_envelope_or_another_key_is_refused(key: SigningKey, tmp_path: Path, position: float) -> None:
    envelope = key.envelope(statement(RESULT, environment()), PAYLOAD_TYPE)
    changed = bytearray(envelope)
    changed[int(len(changed) * position)] ^= 1
    with pytest.raises(NotAuthentic):
        opened(bytes(changed), PAYLOAD_TYPE, key.public_pem)
    with pytest.raises(NotAuthentic, match="not signed by this key"):
        opened(envelope, PAYLOAD_TYPE, SigningKey.load_or_create(tmp_path / "other").public_pem)
    with pytest.raises(NotAuthentic, match="carries no"):
        opened(envelope, "text/plain", key.public_pem)


@pytest.mark.parametrize("data", [b"", b"{}", b"[]", b"\xff", b'{"_type": 1}', b"[" * 100_000, b"null"])
def test_what_is_no_envelope_or_statement_is_refused(key: SigningKey, data: bytes) -> None:
    with pytest.raises(NotAuthentic):
        opened(data, PAYLOAD_TYPE, key.public_pem)
    with pytest.raises(BadInput):
        read(data)


def test_the_same_verdict_elsewhere_agrees_though_times_and_order_differ() -> None:
    said = read(statement(RESULT, environment()))
    slower = replace(RESULT, seed=9, runs=tuple(replace(one, wall_s=3.0) for one in reversed(RESULT.runs)))
    assert differences(said, slower) == ()


@pytest.mark.parametrize(
    ("ours", "said"),
    [
        (replace(RESULT, verdict=Verdict.NOT_REPRODUCED), "verdict: it says confirmed"),
        (replace(RESULT, bundle_digest="sha256:" + "e" * 64), "Other bytes: proof bundle"),
        (replace(RESULT, signature="crash/1:y"), "signature"),
        (replace(RESULT, failure="file-write"), "claim"),
        (replace(RESULT, runs=RESULT.runs[:1]), "vulnerable side: it triggered 1 of 1 times there, and 0 of 0 times here"),
        (
            replace(RESULT, target={**RESULT.target, "fixed": {"version": "1.1", "digest": "sha256:" + "0" * 64}}),
            "Other bytes: pkg:pypi/alpha@1.1 (fixed)",
        ),
    ],
)  # fmt: skip
def test_every_difference_that_counts_is_named(ours: ValidationResult, said: str) -> None:
    assert any(said in line for line in differences(read(statement(RESULT, environment())), ours))


def test_a_statement_with_odd_members_is_compared_without_a_fault() -> None:
    odd = json.loads(statement(RESULT, environment()))
    odd["predicate"]["runs"] = [1, {"side": "vulnerable", "triggered": "yes"}]
    odd["subject"] = ["x", {"name": 1, "digest": []}]
    assert differences(read(json.dumps(odd).encode()), RESULT)


def test_openssl_and_a_few_lines_open_the_envelope_too(key: SigningKey, tmp_path: Path) -> None:
    """DSSE's own words: the signature is over its type and length and those of the payload (PAE)."""
    import base64  # noqa: PLC0415 - only this outsider needs it

    envelope = json.loads(key.envelope(statement(RESULT, environment()), PAYLOAD_TYPE))
    payload = base64.b64decode(envelope["payload"])
    kind = envelope["payloadType"].encode()
    (tmp_path / "pae").write_bytes(b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(payload), payload))
    (tmp_path / "sig").write_bytes(base64.b64decode(envelope["signatures"][0]["sig"]))
    (tmp_path / "pub").write_bytes(key.public_pem)
    words = ["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", "pub", "-rawin", "-in", "pae", "-sigfile", "sig"]
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert "Verified Successfully" in done.stdout, done.stderr
