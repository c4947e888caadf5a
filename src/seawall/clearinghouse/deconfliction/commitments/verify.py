"""Checks a commitment with the log's public key alone: no network, no database, no Django.

    checked = verify(opening, proof=proof_text, vkey="log.example.org/seawall+...")

The opening must give the digest that the proved log entry holds, and name the organization that made the entry.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from seawall.clearinghouse.deconfliction.commitments import rules
from seawall.foundation.platform.errors import BadInput, NotAuthentic
from seawall.foundation.transparency.verify import verify_proof

KIND = "commitment.sealed"


@dataclass(frozen=True)
class Checked:
    """What was proved."""

    commitment_id: str
    committer: str
    index: int
    """Place in the log: of two commitments to one finding, the lower one was first."""
    time: str
    """What the server's clock said, RFC 3339."""
    digest: str
    algorithm: str
    origin: str


def verify(opening: bytes, *, proof: str, vkey: str) -> Checked:
    """Check an opening (or a published text) against its proof.

    Args:
        opening: The exact bytes that were committed to.
        proof: The commitment's proof file.
        vkey: The log's key, from a place that you trust.

    Raises:
        NotAuthentic: Says which part does not fit, whatever bytes come in.
    """
    report = verify_proof(proof, vkey=vkey)
    if not report.ok:
        raise NotAuthentic(f"The proof does not hold: {report.findings[0].what}", "Fetch it again.")
    content = report.content
    if content is None or content.kind != KIND:
        raise NotAuthentic("The proof is not of a commitment, or does not say what the entry holds.")
    said = content.payload
    kind, algorithm, digest = (said.get(name) for name in ("kind", "algorithm", "digest"))
    if not isinstance(digest, str) or not isinstance(algorithm, str) or algorithm not in rules.ALGORITHMS:
        raise NotAuthentic("The entry names no digest that can be checked.")
    if rules.digest_of(algorithm, opening) != digest:
        raise NotAuthentic("The opening does not give the digest that was committed to: a byte was changed.")
    if kind == "sealed":
        try:
            committer = rules.read_opening(opening).committer
        except BadInput as error:
            raise NotAuthentic(str(error)) from error
        if committer != content.actor.organization:
            raise NotAuthentic("The opening names another organization than the one that made the entry.")
    return Checked(
        commitment_id=content.subject,
        committer=content.actor.organization or "",
        index=report.index,
        time=content.time,
        digest=digest,
        algorithm=algorithm,
        origin=report.origin,
    )


def earliest(checked: Sequence[Checked]) -> Checked:
    """Who was first, among commitments to one finding in one log.

    Raises:
        NotAuthentic: They are from several logs, whose places cannot be compared.
    """
    if len({one.origin for one in checked}) != 1:
        raise NotAuthentic("The proofs are from several logs: their places cannot be compared.")
    return min(checked, key=lambda one: one.index)
