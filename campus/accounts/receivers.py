"""What this app does when allauth or Django say that something happened."""

from typing import Any

from allauth.account.signals import password_reset
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_added, authenticator_removed, authenticator_reset
from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.dispatch import receiver
from django.http import HttpRequest

from campus.accounts import services, sessions
from campus.accounts.models import User


@receiver(user_logged_in, dispatch_uid="accounts.note_session")
def note_session_at_sign_in(sender: Any, request: HttpRequest, user: User, **kwargs: Any) -> None:
    """A fresh session is known to be seen: its row says so already."""
    if request.session.session_key:
        sessions.note(request.session.session_key)


@receiver(user_logged_out, dispatch_uid="accounts.end_sessions")
def end_sessions_at_sign_out(sender: Any, user: User | None, **kwargs: Any) -> None:
    """Signing out ends every session and token of the account (P3), from whichever page it was done."""
    if user is not None and user.is_authenticated:
        services.end_sessions(user=user)


@receiver(password_reset, dispatch_uid="accounts.unlock")
def unlock_after_reset(sender: Any, request: HttpRequest, user: User, **kwargs: Any) -> None:
    """Who proved to be the owner by a code is not kept out by failed tries (P4, P5).

    A code in a text message has also proved the phone, as one in a mail proves the e-mail.
    """
    services.unlock(user=user, actor=user)
    if user.phone_number and getattr(request, "reset_by", None) == user.phone_number:
        services.verify_phone(user=user)


def _log_factor(change: str) -> Any:
    def log(sender: Any, user: User, authenticator: Authenticator, **kwargs: Any) -> None:
        services.log_factor(user=user, change=change, kind=str(authenticator.type))

    return log


for _signal, _change in (
    (authenticator_added, "added"),
    (authenticator_removed, "removed"),
    (authenticator_reset, "renewed"),
):
    _signal.connect(_log_factor(_change), weak=False, dispatch_uid=f"accounts.factor_{_change}")
