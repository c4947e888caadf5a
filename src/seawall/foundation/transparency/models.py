"""The log's rows. All but the head are written once; triggers in the database refuse the rest (migration 0002)."""

from typing import Any, ClassVar, Self

from django.db import models

from seawall.foundation.transparency.errors import AppendOnly


class AppendOnlyQuerySet(models.QuerySet[Any]):
    """Refuses every way to change or remove rows."""

    def update(self, **kwargs: Any) -> int:
        """Refused.

        Raises:
            AppendOnly: Always.
        """
        raise AppendOnly(f"{self.model.__name__} rows are never changed ({', '.join(kwargs)})")

    def bulk_update(self, objs: Any, fields: Any, batch_size: int | None = None) -> int:  # noqa: ARG002 - Django's signature
        """Refused.

        Raises:
            AppendOnly: Always.
        """
        raise AppendOnly(f"{self.model.__name__} rows are never changed ({', '.join(fields)})")

    def delete(self) -> tuple[int, dict[str, int]]:
        """Refused.

        Raises:
            AppendOnly: Always.
        """
        raise AppendOnly(f"{self.model.__name__} rows are never removed")


class AppendOnlyModel(models.Model):
    """A row that is inserted once and then stays."""

    objects: ClassVar = AppendOnlyQuerySet.as_manager()

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Insert.

        Raises:
            AppendOnly: The row came from the database.
            IntegrityError: The primary key is taken.
        """
        if not self._state.adding:
            raise AppendOnly(f"{type(self).__name__} rows are never changed")
        super().save(*args, **{**kwargs, "force_insert": True})

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:  # noqa: ARG002 - Django's signature
        """Refused.

        Raises:
            AppendOnly: Always.
        """
        raise AppendOnly(f"{type(self).__name__} rows are never removed")


class LogEntry(AppendOnlyModel):
    """A leaf of the tree: public, and saying nothing."""

    index = models.BigIntegerField(primary_key=True)
    """From 0, without gaps: the head row hands them out."""
    leaf = models.BinaryField(max_length=128)
    leaf_hash = models.BinaryField(max_length=32)


class LogOpening(AppendOnlyModel):
    """What an entry says; read only through ``queries``, by subjects that the caller may see."""

    entry = models.OneToOneField(LogEntry, on_delete=models.PROTECT, primary_key=True, related_name="opening")
    kind = models.CharField(max_length=80)
    subject = models.CharField(max_length=300)
    actor_id = models.CharField(max_length=200)
    recorded_at = models.DateTimeField()
    salt = models.BinaryField(max_length=32)
    content = models.BinaryField()
    """The exact bytes that were hashed; the columns above repeat parts of it for queries."""

    class Meta:
        indexes: ClassVar = [models.Index(fields=["subject", "entry"], name="log_opening_by_subject")]


class LogNode(AppendOnlyModel):
    """The root of a complete subtree of level 1 or higher; it never changes once it is there."""

    number = models.BigIntegerField(primary_key=True)
    """``merkle.Subtree.number``."""
    hash = models.BinaryField(max_length=32)


class LogCheckpoint(AppendOnlyModel):
    """A checkpoint that was signed."""

    size = models.BigIntegerField(primary_key=True)
    """One per size: the log never signs two roots for it."""
    origin = models.CharField(max_length=300)
    root = models.BinaryField(max_length=32)
    note = models.TextField()
    signed_at = models.DateTimeField()


class LogHead(models.Model):
    """The one row that every append locks: how large the log is, and the subtrees that cover it."""

    SINGLE: ClassVar[int] = 1

    id = models.SmallIntegerField(primary_key=True, default=SINGLE)
    size = models.BigIntegerField(default=0)
    frontier = models.BinaryField(default=bytes)
    """``merkle.Frontier.to_bytes``."""

    class Meta:
        constraints: ClassVar = [models.CheckConstraint(condition=models.Q(id=1), name="log_head_is_single")]

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:  # noqa: ARG002 - Django's signature
        """Refused.

        Raises:
            AppendOnly: Always; without its head the log takes no entries.
        """
        raise AppendOnly("the log's head is never removed")

    @classmethod
    def locked(cls) -> Self | None:
        """The row, locked until the transaction ends; SQLite's transactions hold the write lock already."""
        return cls.objects.select_for_update().filter(pk=cls.SINGLE).first()
