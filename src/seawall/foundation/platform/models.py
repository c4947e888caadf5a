from typing import ClassVar

from django.db import models


class IdempotencyRecord(models.Model):
    """What an actor's write with this key answered the first time."""

    organization_id = models.CharField(max_length=40)
    key = models.CharField(max_length=200)
    operation = models.CharField(max_length=80)
    fingerprint = models.CharField(max_length=71)
    response = models.JSONField()
    created_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organization_id", "key"], name="idempotency_once"),
        ]
