"""How people come in: by invitation or single sign-on, never by signing themselves up."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from django.http import HttpRequest


class ClosedSignup(DefaultAccountAdapter):  # type: ignore[misc]  # allauth ships no types
    """Nobody makes an account from outside."""

    def is_open_for_signup(self, _request: HttpRequest) -> bool:
        """Always closed."""
        return False


class MembersOnly(DefaultSocialAccountAdapter):  # type: ignore[misc]  # allauth ships no types
    """Single sign-on signs in people who have an account with the same verified address."""

    def is_open_for_signup(self, _request: HttpRequest, _sociallogin: Any) -> bool:
        """A new address is not let in: an administrator adds the person first."""
        return False
