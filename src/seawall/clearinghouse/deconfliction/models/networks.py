from typing import ClassVar

from django.db import models

from seawall.clearinghouse.deconfliction.networks.types import BookingState, NetworkState
from seawall.foundation.platform.identifiers import new_id


def _network_id() -> str:
    return new_id("network")


def _booking_id() -> str:
    return new_id("booking")


class Network(models.Model):
    """Addresses or names of an operator. The row is the lock under which windows are placed."""

    id = models.CharField(primary_key=True, max_length=40, default=_network_id)
    organization_id = models.CharField(max_length=40, db_index=True)
    value = models.CharField(max_length=260)
    state = models.CharField(max_length=10, choices=[(state.value, state.name) for state in NetworkState])
    challenge = models.CharField(max_length=80)
    weekly = models.JSONField(default=list)
    """[weekday, begin, end] each, in minutes of the day (UTC)."""
    blackouts = models.JSONField(default=list)
    """[begin, end] each, RFC 3339."""
    bookings_max = models.IntegerField(default=1)
    rate_max = models.IntegerField(default=100)
    open_to_all = models.BooleanField(default=False)
    """Any finder may book; else those in ``admitted``."""
    note = models.CharField(max_length=300, blank=True, default="")
    stopped_at = models.DateTimeField(null=True)
    registered_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)
    decided_by = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organization_id", "value"], name="one_registration_each")
        ]


class Admission(models.Model):
    """A scanner that an operator lets book."""

    network = models.ForeignKey(Network, on_delete=models.CASCADE, related_name="admitted")
    organization_id = models.CharField(max_length=40, db_index=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["network", "organization_id"], name="one_admission_each")
        ]


class Booking(models.Model):
    """A window in which a scanner scans a network."""

    id = models.CharField(primary_key=True, max_length=40, default=_booking_id)
    network = models.ForeignKey(Network, on_delete=models.PROTECT)
    operator_id = models.CharField(max_length=40, db_index=True)
    organization_id = models.CharField(max_length=40, db_index=True)
    """The scanner."""
    targets = models.JSONField()
    sources = models.JSONField()
    rate = models.IntegerField()
    state = models.CharField(max_length=10, choices=[(state.value, state.name) for state in BookingState])
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    booked_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    heartbeat_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=4000, blank=True, default="")
    """Why it was stopped."""

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["network", "ends_at"]),
            models.Index(fields=["operator_id", "ends_at"]),
        ]


class BookingSource(models.Model):
    """A booking by the network it comes from, for the question that a SOC asks."""

    booking = models.ForeignKey(Booking, on_delete=models.CASCADE)
    operator_id = models.CharField(max_length=40)
    source = models.CharField(max_length=50)
    ends_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["operator_id", "source", "ends_at"])]
