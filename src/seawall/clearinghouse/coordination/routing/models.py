from typing import ClassVar

from django.db import models

from seawall.clearinghouse.coordination.routing.types import DeliveryState, Route, TurnState
from seawall.foundation.platform.identifiers import new_id


def _maintainer_id() -> str:
    return new_id("maintainer")


def _turn_id() -> str:
    return new_id("turn")


def _link_id() -> str:
    return new_id("link")


def _delivery_id() -> str:
    return new_id("delivery")


class Maintainer(models.Model):
    """Whose queue it is: an organization, or a package whose maintainer has no account. One row is locked to deliver."""

    id = models.CharField(primary_key=True, max_length=40, default=_maintainer_id)
    key = models.CharField(max_length=500, unique=True)
    open_limit = models.PositiveIntegerField(null=True)
    weekly_limit = models.PositiveIntegerField(null=True)
    set_by = models.CharField(max_length=200, blank=True)
    set_at = models.DateTimeField(null=True)


class Turn(models.Model):
    """A case waits for its maintainer, or was delivered."""

    id = models.CharField(primary_key=True, max_length=40, default=_turn_id)
    case = models.OneToOneField("coordination.Case", on_delete=models.PROTECT, related_name="turn")
    maintainer = models.ForeignKey(Maintainer, on_delete=models.PROTECT, related_name="turns")
    state = models.CharField(max_length=10, choices=[(state.value, state.name) for state in TurnState])
    passed_pacing = models.CharField(max_length=200, blank=True)
    queued_at = models.DateTimeField()
    delivered_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["maintainer", "state"])]


class Address(models.Model):
    """Where the maintainer of a package without an account is reached, as the coordinator found out."""

    package = models.CharField(primary_key=True, max_length=500)
    email = models.CharField(max_length=254, blank=True)
    openpgp_key = models.TextField(blank=True)
    age_recipient = models.CharField(max_length=200, blank=True)
    github_repository = models.CharField(max_length=200, blank=True)
    set_by = models.CharField(max_length=200)
    set_at = models.DateTimeField()


class Guest(models.Model):
    """Somebody without an account, as a participant of one case and of no other."""

    case = models.ForeignKey("coordination.Case", on_delete=models.PROTECT, related_name="guests")
    organization_id = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=254)
    fixed_in = models.CharField(max_length=200, blank=True)
    invited_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["case", "name"], name="guest_once_a_case")]


class Link(models.Model):
    """A one-time link: only digests of its token and of its session's secret are kept."""

    id = models.CharField(primary_key=True, max_length=40, default=_link_id)
    guest = models.ForeignKey(Guest, on_delete=models.PROTECT, related_name="links")
    digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=200)
    expires_at = models.DateTimeField()
    opened_at = models.DateTimeField(null=True)
    session_digest = models.CharField(max_length=64, null=True, unique=True)  # noqa: DJ001 - many have none, and unique
    session_expires_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
    asked_at = models.DateTimeField(null=True)


class Delivery(models.Model):
    """What became of a case on one route."""

    id = models.CharField(primary_key=True, max_length=40, default=_delivery_id)
    case = models.ForeignKey("coordination.Case", on_delete=models.PROTECT, related_name="deliveries")
    route = models.CharField(max_length=10, choices=[(route.value, route.name) for route in Route])
    target = models.CharField(max_length=254, blank=True)
    state = models.CharField(max_length=10, choices=[(state.value, state.name) for state in DeliveryState])
    link = models.ForeignKey(Link, null=True, on_delete=models.PROTECT, related_name="deliveries")
    digest = models.CharField(max_length=71, blank=True)
    identifier = models.CharField(max_length=300, blank=True)
    protection = models.CharField(max_length=20, blank=True)
    error = models.CharField(max_length=300, blank=True)
    made_by = models.CharField(max_length=200)
    made_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    opened_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["case", "route", "target"],
                condition=models.Q(ended_at=None),
                name="delivered_once_a_route",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["case", "made_at", "id"])]
