from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models

from seawall.foundation.access.types import OrganizationKind, Role
from seawall.foundation.platform.identifiers import new_id


def _organization_id() -> str:
    return new_id("org")


def _person_id() -> str:
    return new_id("person")


def _token_id() -> str:
    return new_id("token")


class Organization(models.Model):
    """A party: lab, vendor, hospital, agency, the clearinghouse itself."""

    id = models.CharField(primary_key=True, max_length=40, default=_organization_id)
    name = models.CharField(max_length=200, unique=True)
    kind = models.CharField(max_length=20, choices=[(kind.value, kind.name) for kind in OrganizationKind])
    sector = models.CharField(max_length=60, blank=True)
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name


class UserManager(BaseUserManager["User"]):
    """People sign in with their e-mail address."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """A person; without a password only a passkey or single sign-on gets in."""
        user = self.model(email=self.normalize_email(email), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user


class User(AbstractBaseUser):
    """A person. What they may do follows from their memberships, never from flags here."""

    id = models.CharField(primary_key=True, max_length=40, default=_person_id)
    email = models.EmailField(unique=True)
    name = models.CharField(max_length=200, blank=True)
    is_active = models.BooleanField(default=True)

    USERNAME_FIELD = "email"
    objects: ClassVar[UserManager] = UserManager()

    def __str__(self) -> str:
        return self.name or self.email


class Membership(models.Model):
    """A person works for an organization in a role."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=10, choices=[(role.value, role.name) for role in Role])

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user", "organization"], name="membership_once"),
        ]

    def __str__(self) -> str:
        return f"{self.user} at {self.organization}"


class ApiToken(models.Model):
    """A machine's credential: only its digest is kept."""

    id = models.CharField(primary_key=True, max_length=40, default=_token_id)
    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="tokens")
    name = models.CharField(max_length=100)
    prefix = models.CharField(max_length=8)
    digest = models.CharField(max_length=64, unique=True)
    scopes = models.JSONField(default=list)
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=40)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix})"
