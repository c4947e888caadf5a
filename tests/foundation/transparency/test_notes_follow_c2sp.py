"""Signed notes and checkpoints against published examples and against every wrong spelling."""

import base64
from collections.abc import Callable

import pytest

from seawall.foundation.transparency import notes
from seawall.foundation.transparency.errors import BadKey, NoteRejected

# The example in the documentation of Go's golang.org/x/mod/sumdb/note, which began the format.
GO_KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
GO_TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
GO_NOTE = (
    f"{GO_TEXT}\n"
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)
ORIGIN = "log.example/seawall"
ROOT = bytes(range(32))
CHECKPOINT = notes.Checkpoint(ORIGIN, 42, ROOT)
MakeSigner = Callable[..., notes.Signer]


def test_a_note_signed_by_another_implementation_opens() -> None:
    key = notes.VerifierKey.parse(GO_KEY)
    assert notes.open_note(GO_NOTE, key) == GO_TEXT
    assert str(key) == GO_KEY


def test_a_checkpoint_goes_there_and_back(make_signer: MakeSigner) -> None:
    signer = make_signer()
    note = signer.sign(CHECKPOINT.text())
    assert note.splitlines()[:4] == [ORIGIN, "42", base64.b64encode(ROOT).decode(), ""]
    assert notes.open_checkpoint(note, notes.VerifierKey.parse(str(signer.verifier))) == CHECKPOINT


def test_signatures_of_strangers_are_skipped_and_ours_still_counts(make_signer: MakeSigner) -> None:
    signer, stranger = make_signer(), make_signer(b"witness", "witness.example")
    signature = stranger.sign(CHECKPOINT.text()).rpartition("\n\n")[2]
    note = signer.sign(CHECKPOINT.text()) + signature
    assert notes.open_checkpoint(note, signer.verifier) == CHECKPOINT
    assert notes.open_note(note, stranger.verifier) == CHECKPOINT.text()


def test_one_wrong_signature_of_the_known_key_rejects_the_note(make_signer: MakeSigner) -> None:
    signer = make_signer()
    wrong = signer.sign("another text\n").rpartition("\n\n")[2]
    with pytest.raises(NoteRejected, match="does not fit the text"):
        notes.open_note(signer.sign(CHECKPOINT.text()) + wrong, signer.verifier)


def test_each_flipped_bit_of_a_note_rejects_it(make_signer: MakeSigner) -> None:
    signer = make_signer()
    note = signer.sign(CHECKPOINT.text()).encode()
    for bit in range(len(note) * 8):
        changed = bytearray(note)
        changed[bit // 8] ^= 1 << bit % 8
        with pytest.raises(NoteRejected):
            notes.open_checkpoint(changed.decode(errors="surrogateescape"), signer.verifier)


def test_another_key_of_the_same_name_is_named(make_signer: MakeSigner) -> None:
    signer, other = make_signer(), make_signer(b"other")
    with pytest.raises(NoteRejected, match=other.verifier.key_id.hex()):
        notes.open_note(other.sign(CHECKPOINT.text()), signer.verifier)


def test_a_checkpoint_of_another_log_by_the_same_key_is_refused(make_signer: MakeSigner) -> None:
    signer = make_signer()
    note = signer.sign(notes.Checkpoint("another.example", 42, ROOT).text())
    with pytest.raises(NoteRejected, match=r"another\.example"):
        notes.open_checkpoint(note, signer.verifier)


def test_extension_lines_are_signed_and_skipped(make_signer: MakeSigner) -> None:
    signer = make_signer()
    note = signer.sign(CHECKPOINT.text() + "extension\n")
    assert notes.open_checkpoint(note, signer.verifier) == CHECKPOINT


@pytest.mark.parametrize(
    "text",
    [
        f"{ORIGIN}\n42\n",
        f"{ORIGIN}\n042\n{base64.b64encode(ROOT).decode()}\n",
        f"{ORIGIN}\n-1\n{base64.b64encode(ROOT).decode()}\n",
        f"{ORIGIN}\n٤٢\n{base64.b64encode(ROOT).decode()}\n",
        f"{ORIGIN}\n{2**62}\n{base64.b64encode(ROOT).decode()}\n",
        f"{ORIGIN}\n42\n{base64.b64encode(ROOT[1:]).decode()}\n",
        f"{ORIGIN}\n42\nno base64\n",
        f"\n42\n{base64.b64encode(ROOT).decode()}\n",
        f"{ORIGIN}\n42\n{base64.b64encode(ROOT).decode()}\n\nmore\n",
    ],
)
def test_a_signed_text_that_is_no_checkpoint_is_refused(text: str, make_signer: MakeSigner) -> None:
    signer = make_signer()
    with pytest.raises(NoteRejected):
        notes.open_checkpoint(signer.sign(text), signer.verifier)


@pytest.mark.parametrize(
    "note",
    [
        "",
        "\n",
        "\n\n",
        "text\n",
        "text\n\n",
        "text\n\n— a\n",
        "text\n\n- a AAAAAAA=\n",
        "text\n\n— a AAAAAA==\n",
        "x" * 200_000,
    ],
)
def test_what_is_no_note_is_refused(note: str, make_signer: MakeSigner) -> None:
    with pytest.raises(NoteRejected):
        notes.open_note(note, make_signer().verifier)


@pytest.mark.parametrize(
    "key",
    [
        "",
        "name",
        "name+00000000",
        "name+00000000+AAAA",
        GO_KEY.replace("c74f20a3", "c74f20a4"),
        GO_KEY.replace("PeterNeumann", "PeterNewmann"),
        GO_KEY.replace("ARpc2", "AhpC2"),
        GO_KEY[:-1],
        GO_KEY.replace("PeterNeumann", "Peter Neumann"),
        GO_KEY.replace("10TW", "10TX"),
    ],
)
def test_a_damaged_verifier_key_is_refused(key: str) -> None:
    with pytest.raises(BadKey):
        notes.VerifierKey.parse(key)


@pytest.mark.parametrize("name", ["", "two words", "a+b", "tab\t", "line\n", "\u2028"])
def test_nothing_is_signed_under_a_name_that_no_reader_takes(name: str, make_signer: MakeSigner) -> None:
    with pytest.raises(ValueError, match="no key name"):
        make_signer(name=name).sign("text\n")


@pytest.mark.parametrize("text", ["no newline", "carriage\r\n", "null\x00\n", "\ud800\n"])
def test_no_text_is_signed_that_no_reader_takes(text: str, make_signer: MakeSigner) -> None:
    with pytest.raises(ValueError, match="ends in a newline"):
        make_signer().sign(text)
