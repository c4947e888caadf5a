from typing import Any, ClassVar, NoReturn

from django.db import models

from seawall.clearinghouse.distribution.types import Format
from seawall.foundation.platform.identifiers import new_id


def new_document_id() -> str:
    """A fresh id of a document."""
    return new_id("doc")


def new_notice_id() -> str:
    """A fresh id of a notice."""
    return new_id("notice")


class _Unchanging(models.QuerySet["Document"]):
    """What was published stays as it was; a correction is a new advisory."""

    def update(self, **_: Any) -> NoReturn:
        raise TypeError("published documents are never changed")

    def delete(self) -> NoReturn:
        raise TypeError("published documents are never deleted")


class Document(models.Model):
    """One advisory in one format, as published. The bytes are a blob; the signatures are here."""

    id = models.CharField(primary_key=True, max_length=40, default=new_document_id)
    advisory_id = models.CharField(max_length=40)
    case_id = models.CharField(max_length=40)
    format = models.CharField(max_length=8, choices=[(item.value, item.name) for item in Format])
    title = models.CharField(max_length=300)
    digest = models.CharField(max_length=71)
    envelope = models.BinaryField()
    signature = models.BinaryField()
    log_index = models.PositiveBigIntegerField()
    published_at = models.DateTimeField()
    modified_at = models.DateTimeField()

    objects = _Unchanging.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["advisory_id", "format"], name="document_once_per_advisory"),
            models.UniqueConstraint(fields=["case_id", "format"], name="document_once_per_case"),
        ]
        indexes: ClassVar = [models.Index(fields=["format", "-published_at", "advisory_id"], name="document_feed")]

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Insert; an existing row is never written again."""
        if not self._state.adding:
            raise TypeError("published documents are never changed")
        super().save(*args, **kwargs)

    def delete(self, *_: Any, **__: Any) -> NoReturn:
        """Refuse."""
        raise TypeError("published documents are never deleted")


class Notice(models.Model):
    """A message to an organization; the outbox that mail and webhooks read."""

    id = models.CharField(primary_key=True, max_length=40, default=new_notice_id)
    organization_id = models.CharField(max_length=40)
    kind = models.CharField(max_length=40)
    subject = models.CharField(max_length=40)
    title = models.CharField(max_length=300)
    body = models.TextField(blank=True)
    reference = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["organization_id", "-created_at", "id"], name="notice_inbox")]
