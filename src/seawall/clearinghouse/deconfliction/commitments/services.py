"""Writes on commitments: seal, reveal, and the coordinator's word."""

from datetime import date, timedelta

from django.db import IntegrityError, transaction

from seawall.clearinghouse.deconfliction.commitments import rules
from seawall.clearinghouse.deconfliction.commitments.types import CommitmentKind, CommitmentState
from seawall.clearinghouse.deconfliction.models import Commitment
from seawall.clearinghouse.intake import queries as intake
from seawall.foundation.access.queries import get_visible
from seawall.foundation.access.services import require
from seawall.foundation.access.types import Actor
from seawall.foundation.platform import clock, storage
from seawall.foundation.platform.errors import BadInput, Conflict, RateLimited
from seawall.foundation.transparency.services import record

URL_MAX = 500
LABEL_MAX = 200


@transaction.atomic
def seal(actor: Actor, *, digest: str, label: str = "") -> Commitment:
    """Commit to a finding by its digest (SHA-256 of an opening, ``commitments.rules``). The same digest again changes nothing.

    Args:
        actor: A finder.
        digest: 64 hex digits.
        label: A note for the committer's own eyes; in no log.

    Raises:
        BadInput: No digest.
        RateLimited: Too many today.
    """
    return _seal(actor, CommitmentKind.SEALED, "sha256", digest, label)


@transaction.atomic
def register_published(
    actor: Actor, *, algorithm: str, digest: str, url: str, published_on: date | None = None, label: str = ""
) -> Commitment:
    """Register a digest that was published elsewhere, of a text that stays secret until it is revealed.

    The log proves the time of this registration; that of the publication is the committer's word. It earns credit
    once the coordinator has seen that the source is the committer's: such a digest names nobody, and could be copied.

    Args:
        actor: A finder.
        algorithm: One of ``rules.ALGORITHMS``.
        digest: In hex.
        url: Where it was published.
        published_on: When, by the committer's word.
        label: As in ``seal``.

    Raises:
        BadInput: A field does not fit.
        RateLimited: Too many today.
    """
    if not url.startswith("https://") or len(url) > URL_MAX or not url.isprintable() or " " in url:
        raise BadInput("Say where the digest was published, by an https address.", field="url")
    return _seal(actor, CommitmentKind.PUBLISHED, algorithm, digest, label, url=url, published_on=published_on)


def _seal(
    actor: Actor,
    kind: CommitmentKind,
    algorithm: str,
    digest: str,
    label: str,
    *,
    url: str = "",
    published_on: date | None = None,
) -> Commitment:
    require(actor, "commitment.seal")
    name, text = rules.read_digest(algorithm, digest)
    mine = Commitment.objects.filter(organization_id=actor.home)
    known = mine.filter(algorithm=name, digest=text).first()
    if known is not None:
        return known
    now = clock.now()
    if mine.filter(sealed_at__gt=now - timedelta(days=1)).count() >= rules.PER_DAY:
        raise RateLimited(f"Your organization has sealed {rules.PER_DAY} commitments within a day.", "Go on tomorrow.")
    row = Commitment(
        organization_id=actor.home,
        kind=kind,
        algorithm=name,
        digest=text,
        label=" ".join(label.split())[:LABEL_MAX],
        published_url=url,
        published_on=published_on,
        state=CommitmentState.SEALED,
        sealed_at=now,
    )
    entry = record(
        actor,
        "commitment.sealed",
        row.id,
        {"kind": kind.value, "algorithm": name, "digest": text, **({"url": url} if url else {})},
    )
    row.log_index = entry.index
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as error:
        raise Conflict("The same digest is being sealed right now.", "Ask again; it is there then.") from error
    return row


@transaction.atomic
def reveal(actor: Actor, commitment_id: str, *, opening: bytes, report_id: str = "") -> Commitment:
    """Show what was committed to. Any changed byte is refused. Revealing the same twice is the same as once.

    Args:
        actor: The committer.
        commitment_id: The commitment.
        opening: The exact bytes: the opening, or the text of a published digest.
        report_id: The committer's report of this finding, if there is one.

    Raises:
        NotFound: Not the actor's, or no report of theirs.
        BadInput: The bytes are not what was committed to.
        Conflict: It has expired, or was revealed for another report.
    """
    row = get_visible(actor, "commitment.reveal", Commitment.objects.select_for_update(), commitment_id)
    now = clock.now()
    if len(opening) > rules.OPENING_MAX:
        raise BadInput(f"At most {rules.OPENING_MAX} bytes can be revealed.", field="opening")
    if rules.digest_of(row.algorithm, opening) != row.digest:
        raise BadInput(
            "These bytes do not give the digest that you committed to.",
            "Send the file exactly as it was written when you committed.",
            field="opening",
        )
    if row.kind == CommitmentKind.SEALED and rules.read_opening(opening).committer != row.organization_id:
        raise BadInput("The opening names another organization than yours.", field="opening")
    if report_id and intake.report(actor, report_id).organization_id != row.organization_id:
        raise BadInput("The report is not your organization's.", field="report_id")
    state = rules.state_at(CommitmentState(row.state), row.sealed_at, now)
    if state is CommitmentState.EXPIRED:
        raise Conflict(f"A commitment is to be revealed within {rules.EXPIRES_AFTER.days} days.")
    if row.state != CommitmentState.SEALED and row.report_id and report_id not in {"", row.report_id}:
        raise Conflict("It was revealed for another report already.")
    if row.state == CommitmentState.SEALED or (report_id and not row.report_id):
        if row.state == CommitmentState.SEALED:
            row.state = CommitmentState.REVEALED
            row.revealed_at = now
            row.opening_digest = storage.put(opening)
        row.report_id = report_id or row.report_id
        row.save(update_fields=["state", "revealed_at", "opening_digest", "report_id"])
        record(actor, "commitment.revealed", row.id, {"opening": row.opening_digest, "report": row.report_id})
    return row


@transaction.atomic
def judge(actor: Actor, commitment_id: str, *, confirm: bool, reason: str) -> Commitment:
    """The coordinator's word: a published digest is the committer's, or what was revealed deserves no credit.

    Args:
        actor: A coordinator.
        commitment_id: The commitment.
        confirm: True confirms (the source; also lifts a dispute); False disputes.
        reason: Why; kept in the log.

    Raises:
        NotFound: There is none.
        Forbidden: Not a coordinator.
        Conflict: A dispute needs something revealed.
    """
    row = get_visible(actor, "commitment.read", Commitment.objects.select_for_update(), commitment_id)
    require(actor, "commitment.judge", row)
    if confirm:
        row.source_confirmed = True
        if row.state == CommitmentState.DISPUTED:
            row.state = CommitmentState.REVEALED
    elif row.state in {CommitmentState.REVEALED, CommitmentState.DISPUTED}:
        row.state = CommitmentState.DISPUTED
    else:
        raise Conflict("Nothing was revealed yet that could be disputed.")
    row.reason = reason
    row.save(update_fields=["source_confirmed", "state", "reason"])
    record(actor, f"commitment.{'confirmed' if confirm else 'disputed'}", row.id, {"reason": reason})
    return row
