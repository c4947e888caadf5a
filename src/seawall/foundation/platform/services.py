"""Idempotent writes: the answer is kept in the same transaction as the write it answers."""

import hashlib
from collections.abc import Callable
from typing import Any

import rfc8785
from django.db import transaction

from seawall.foundation.platform import clock, limits
from seawall.foundation.platform.errors import BadInput, IdempotencyMismatch
from seawall.foundation.platform.models import IdempotencyRecord

Json = dict[str, Any]


def idempotently(
    *,
    organization_id: str,
    key: str | None,
    operation: str,
    content: Json,
    write: Callable[[], Json],
) -> tuple[Json, bool]:
    """Run ``write`` at most once for this organization and key.

    Two callers at once with one key: the second waits for the first and gets its answer.

    Args:
        organization_id: The writer's organization; keys of two organizations never meet.
        key: The caller's Idempotency-Key; None runs ``write`` without remembering.
        operation: Stable name of the operation, part of the fingerprint.
        content: What the request says, as JSON; digests stand for large bodies.
        write: The write; returns the JSON answer.

    Returns:
        The answer, and whether it is a replay of an earlier one.

    Raises:
        IdempotencyMismatch: The key was used before with other content.
        BadInput: The key is empty or too long.
    """
    if key is None:
        with transaction.atomic():
            return write(), False
    if not key or len(key) > limits.IDEMPOTENCY_KEY_MAX:
        raise BadInput(
            f"The Idempotency-Key must have 1 to {limits.IDEMPOTENCY_KEY_MAX} characters.",
            "Send a fresh UUID, and the same one again only to repeat the same request.",
            field="Idempotency-Key",
        )
    canonical = rfc8785.dumps({"operation": operation, "content": content})
    fingerprint = f"sha256:{hashlib.sha256(canonical).hexdigest()}"
    with transaction.atomic():
        # The row is claimed before the write: on PostgreSQL a rival blocks on the unique index
        # until this transaction ends; on SQLite the whole transaction is exclusive already.
        record, created = IdempotencyRecord.objects.get_or_create(
            organization_id=organization_id,
            key=key,
            defaults={
                "operation": operation,
                "fingerprint": fingerprint,
                "response": {},
                "created_at": clock.now(),
            },
        )
        if not created:
            if record.fingerprint != fingerprint:
                raise IdempotencyMismatch(
                    "This Idempotency-Key was already used for a different request.",
                    "Use a new key for a new request.",
                    field="Idempotency-Key",
                )
            return dict(record.response), True
        record.response = write()
        record.save(update_fields=["response"])
        return dict(record.response), False
