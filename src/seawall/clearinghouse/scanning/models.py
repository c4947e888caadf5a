from typing import ClassVar

from django.db import models
from django.db.models import Q

from seawall.clearinghouse.scanning.types import Decision, EventKind, FindingState, ScanState
from seawall.foundation.platform.identifiers import new_id


def _project_id() -> str:
    return new_id("project")


def _scan_id() -> str:
    return new_id("scan")


def finding_id() -> str:
    """A fresh identifier of a finding."""
    return new_id("finding")


class ScannedProject(models.Model):
    """A package or repository that an organization has scanned."""

    id = models.CharField(primary_key=True, max_length=40, default=_project_id, editable=False)
    organization_id = models.CharField(max_length=40)
    target = models.CharField(max_length=400)
    created_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organization_id", "target"], name="scanned_project_once")
        ]


class Series(models.Model):
    """One tool and category on one project: what its runs are compared within."""

    project = models.ForeignKey(ScannedProject, on_delete=models.CASCADE, related_name="series")
    tool = models.CharField(max_length=200)
    category = models.CharField(max_length=300, blank=True)
    run_number = models.PositiveIntegerField(default=0)
    """Of the latest run that was folded whole; findings of a higher one are not there yet."""

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["project", "tool", "category"], name="scan_series_once")
        ]


class Scan(models.Model):
    """An uploaded document."""

    id = models.CharField(primary_key=True, max_length=40, default=_scan_id, editable=False)
    organization_id = models.CharField(max_length=40)
    project = models.ForeignKey(ScannedProject, on_delete=models.CASCADE, related_name="scans")
    category = models.CharField(max_length=300, blank=True)
    """For runs that name none themselves."""
    partial = models.BooleanField(default=False)
    """The sender says that it does not cover the whole project."""
    digest = models.CharField(max_length=80)
    size = models.PositiveBigIntegerField()
    state = models.CharField(max_length=10, choices=[(state.value, state.name) for state in ScanState])
    waits = models.BooleanField(default=False)
    """Its job found an older scan of the project still unfolded, which will queue it again."""
    counts = models.JSONField(default=dict)
    notes = models.JSONField(default=list)
    error = models.JSONField(null=True)
    uploaded_by = models.CharField(max_length=80)
    uploaded_at = models.DateTimeField()
    ready_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["organization_id", "-uploaded_at", "id"], name="scan_newest"),
            models.Index(fields=["project", "state", "uploaded_at"], name="scan_waiting"),
        ]


class ScanRun(models.Model):
    """What one scan said for one series."""

    scan = models.ForeignKey(Scan, on_delete=models.CASCADE, related_name="runs")
    series = models.ForeignKey(Series, on_delete=models.CASCADE, related_name="runs")
    number = models.PositiveIntegerField()
    tool_version = models.CharField(max_length=100, blank=True)
    complete = models.BooleanField()
    why = models.CharField(max_length=300, blank=True)
    """Why it is not complete, so that nothing is gone by it."""
    results = models.PositiveIntegerField()
    new = models.PositiveIntegerField()
    unchanged = models.PositiveIntegerField()
    gone = models.PositiveIntegerField()
    reopened = models.PositiveIntegerField()
    followed = models.PositiveIntegerField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["series", "number"], name="scan_run_once")]


class Finding(models.Model):
    """One place that a tool complains about, for as long as it is the same."""

    id = models.CharField(primary_key=True, max_length=40, default=finding_id, editable=False)
    organization_id = models.CharField(max_length=40)
    series = models.ForeignKey(Series, on_delete=models.CASCADE, related_name="findings")
    first_number = models.PositiveIntegerField()
    """Run that saw it first."""
    state = models.CharField(max_length=10, choices=[(state.value, state.name) for state in FindingState])
    changed_number = models.PositiveIntegerField()
    """Run that made its state what it is."""
    judged = models.CharField(max_length=20, blank=True, choices=[(one.value, one.name) for one in Decision])
    """Decision of the judgment in force; empty without one."""
    rank = models.PositiveSmallIntegerField()
    """The level's place, 0 the worst, for lists."""
    rule = models.CharField(max_length=300, blank=True)
    title = models.CharField(max_length=300, blank=True)
    level = models.CharField(max_length=10)
    message = models.TextField(blank=True)
    path = models.CharField(max_length=500, blank=True)
    line = models.PositiveIntegerField()
    end_line = models.PositiveIntegerField()
    column = models.PositiveIntegerField()
    snippet = models.TextField(blank=True)
    logical = models.CharField(max_length=300, blank=True)
    weaknesses = models.JSONField(default=list)
    hints = models.JSONField(default=list)
    suppressed = models.CharField(max_length=330, blank=True)
    flows = models.PositiveIntegerField()
    code = models.CharField(max_length=32, blank=True)
    said = models.CharField(max_length=32)
    content = models.CharField(max_length=32)
    fingerprint = models.CharField(max_length=48)
    """``sarif/1:...`` of what it is now; ``bulk.fingerprints``."""

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["organization_id", "rank", "path", "line", "id"], name="finding_listed"),
            models.Index(fields=["series", "path", "line"], name="finding_place"),
            models.Index(fields=["series", "first_number"], name="finding_first"),
        ]


class FindingEvent(models.Model):
    """A run changed a finding; written before the run counts, and seen only once it does."""

    finding = models.ForeignKey(Finding, on_delete=models.CASCADE, related_name="events")
    series = models.ForeignKey(Series, on_delete=models.CASCADE, related_name="events")
    number = models.PositiveIntegerField()
    kind = models.CharField(max_length=10, choices=[(kind.value, kind.name) for kind in EventKind])
    how = models.CharField(max_length=20, blank=True)
    at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["series", "number", "kind"], name="finding_event_run")]


class FindingJudgment(models.Model):
    """What a person says of a finding; ended ones stay as history."""

    finding = models.ForeignKey(Finding, on_delete=models.CASCADE, related_name="judgments")
    decision = models.CharField(max_length=20, choices=[(one.value, one.name) for one in Decision])
    reason = models.TextField()
    case_id = models.CharField(max_length=40, blank=True)
    fingerprint = models.CharField(max_length=48)
    """Of the finding when it was judged: another one now means that its code or place has changed since."""
    made_by = models.CharField(max_length=80)
    made_by_label = models.CharField(max_length=400)
    made_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    ended_by = models.CharField(max_length=80, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["finding"], condition=Q(ended_at=None), name="finding_judged_once")
        ]
