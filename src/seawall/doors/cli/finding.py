"""What commands and MCP tools do with a finding on their user's own machine: draw the salt, blind the keys. No Django."""

from collections.abc import Mapping, Sequence
from typing import Any

from seawall.doors.cli.client import Client
from seawall.foundation.platform.errors import BadInput


def sealed_opening(committer: str, finding: Mapping[str, Any], salt: bytes) -> bytes:
    """The bytes that are committed to.

    Raises:
        BadInput: The finding has no canonical form.
    """
    from seawall.clearinghouse.deconfliction.commitments.rules import Opening  # noqa: PLC0415 - keep start-up small

    return Opening(committer, finding, salt).canonical()


def ask_blindly(
    client: Client,
    commitment_id: str,
    *,
    target: str,
    symbols: Sequence[str],
    functions: Sequence[str],
    frames: Sequence[str],
    hunks: Sequence[tuple[str, str]],
    introduce: bool,
) -> dict[str, Any]:
    """Ask whether somebody else holds a finding: blind, have evaluated, check the proof, unblind, look up.

    Raises:
        BadInput: There is too little for any key.
        NotAuthentic: The server did not use the key that it shows.
    """
    from seawall.clearinghouse.deconfliction.collisions import keys, oprf  # noqa: PLC0415 - keep start-up small
    from seawall.clearinghouse.deconfliction.collisions.types import Facts  # noqa: PLC0415

    found = keys.keys_of(
        Facts(
            target,
            symbols=tuple(symbols),
            functions=tuple((file, function) for file, _, function in (one.rpartition(":") for one in functions)),
            frames=tuple(frames),
            hunks=tuple(hunks),
        )
    )
    if not found:
        raise BadInput(
            "This is too little to compare by.",
            "Give a symbol, a file with its function, at least three frames of the program's own, or a patch.",
        )
    public_key = str(client.get("/collisions/key")["public_key"])
    asking = oprf.Asking([key.data for key in found])
    answer = client.post("/collisions/evaluate", {"elements": asking.elements})
    tags = asking.tags([str(one) for one in answer["evaluations"]], public_key)
    said = [{"kind": key.kind.value, "value": tag} for key, tag in zip(found, tags, strict=True)]
    question = {"commitment_id": commitment_id, "tags": said, "introduce": introduce}
    return dict(client.post("/collisions/check", question))
