"""The oblivious pseudorandom function of the collision check: RFC 9497, mode VOPRF, ristretto255-SHA512.

The finder blinds a key, the server evaluates it without learning it, the finder takes the blind off and has a *tag* that
only the server's secret could give. The proof shows that the server used the key that everybody sees, so it cannot give
one member a key of their own to know them by. Needs no Django; the finder's side runs in ``seawall`` and in the MCP server.

    asking = Asking([b"key"])
    evaluated = Evaluator(seed).evaluate(asking.elements)     # over there
    tags = asking.tags(evaluated, public_key)

On the wire an element has 32 bytes, an evaluation 96: the proof's two scalars, then the element.
"""

from collections.abc import Sequence

from voprf import ristretto

from seawall.foundation.platform.errors import BadInput, NotAuthentic

SUITE = "ristretto255-SHA512"
SEED_BYTES = 32
ELEMENT_HEX = 64
EVALUATION_HEX = 192
TAG_HEX = 128
INFO = b"seawall.collision/1"
"""Binds the derived key to this use (RFC 9497, 3.2.1)."""


class Evaluator:
    """The server's side."""

    def __init__(self, seed: bytes, info: bytes = INFO) -> None:
        self._evaluator = ristretto.Evaluator.from_seed(seed, info)

    @property
    def public_key(self) -> str:
        """In hex, for everybody."""
        return self._evaluator.public_key.serialize().hex()

    def evaluate(self, elements: Sequence[str]) -> list[str]:
        """Evaluate blinded elements.

        Raises:
            BadInput: One is no element of the group, or the neutral one.
        """
        found = []
        for place, text in enumerate(elements):
            try:
                element = ristretto.BlindedInput.deserialize(bytes.fromhex(_exactly(text, ELEMENT_HEX)))
            except ValueError as error:
                raise BadInput(
                    f"Element {place} is no element of ristretto255.",
                    "Blind each key as RFC 9497 says, or let 'seawall collision check' do it.",
                    field="elements",
                ) from error
            found.append(self._evaluator.evaluate(element).serialize().hex())
        return found

    def tag(self, key: bytes) -> str:
        """The tag of a key that the server itself knows, as of a report."""
        return self._evaluator.evaluate_known_input(key).hex()


class Asking:
    """The finder's side of one question."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        blinded = [ristretto.Client.blind(key) for key in keys]
        self._clients = [client for client, _ in blinded]
        self.elements = [element.serialize().hex() for _, element in blinded]
        """What is sent; it says nothing of the keys."""

    def tags(self, evaluations: Sequence[str], public_key: str) -> list[str]:
        """Take the blinds off, in the keys' order.

        Raises:
            NotAuthentic: The server did not use the key that it shows, or answered something else.
        """
        if len(evaluations) != len(self._clients):
            raise NotAuthentic("The server answered another number of elements than it was asked.")
        try:
            key = ristretto.PublicKey.deserialize(bytes.fromhex(_exactly(public_key, ELEMENT_HEX)))
            found = [
                client.finalize(
                    ristretto.VerifiableOutput.deserialize(bytes.fromhex(_exactly(text, EVALUATION_HEX))), key
                )
                for client, text in zip(self._clients, evaluations, strict=True)
            ]
        except ValueError as error:
            raise NotAuthentic(
                "The server's evaluation does not fit its public key.", "Do not use this answer; tell the coordinator."
            ) from error
        return [tag.hex() for tag in found]


def _exactly(text: str, digits: int) -> str:
    if len(text) != digits or not text.isascii():
        raise ValueError(f"not {digits} hexadecimal digits")
    return text
