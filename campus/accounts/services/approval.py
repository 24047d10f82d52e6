"""Registrations that wait for an admin (P8): letting in, refusing, and telling both sides."""

import uuid
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext, override

from campus.accounts.errors import NotWaiting
from campus.accounts.models import User
from campus.accounts.services.log import record
from campus.accounts.streams import INACTIVE_CHANGED, INACTIVE_STREAM
from portal.errors import InvalidInput
from portal.jobs import enqueue
from portal.realtime import streams

REASON_LENGTH = 200


def let_wait(user: User) -> None:
    """Make ``user``, who is not stored yet, wait: inactive, with a reason in the site's language."""
    user.is_active = False
    user.approval = User.Approval.WAITING
    with override(settings.LANGUAGE_CODE):
        user.inactive_reason = gettext("Waits for an admin to approve it.")


def approve(*, user: User, actor: User | None) -> User:
    """Let in someone who waits or was refused, and tell them.

    Raises ``NotWaiting`` if that has been decided meanwhile: of two admins at once one decides.
    """
    with transaction.atomic():
        locked = _locked(user, allowed=User.UNDECIDED)
        before = _facts(locked)
        locked.is_active, locked.inactive_reason = True, ""
        locked.approval = User.Approval.APPROVED
        _decided(locked, before, "accounts.approve", actor)
        _tell(locked, "account/email/registration_approved")
        announce(locked, "approved")
    return _follow(user, locked)


def refuse(*, user: User, reason: str, actor: User | None) -> User:
    """Refuse someone who waits, and tell them why.

    Raises ``InvalidInput`` without a reason, ``NotWaiting`` if it has been decided meanwhile.
    """
    reason = " ".join(reason.split())
    if not reason or len(reason) > REASON_LENGTH:
        raise InvalidInput(param="reason")
    with transaction.atomic():
        locked = _locked(user, allowed=frozenset({User.Approval.WAITING}))
        before = _facts(locked)
        locked.inactive_reason = reason
        locked.approval = User.Approval.REFUSED
        _decided(locked, before, "accounts.refuse", actor)
        _tell(locked, "account/email/registration_refused", reason=reason)
        announce(locked, "refused")
    return _follow(user, locked)


def announce(user: User, change: str) -> None:
    """Tell those who look at the list of inactive accounts that it changed; last in a transaction."""
    streams.publish(INACTIVE_STREAM, INACTIVE_CHANGED.name, {"user": user.pk, "change": change})


def _locked(user: User, *, allowed: frozenset[str]) -> User:
    locked = User.objects.select_for_update(of=("self",), no_key=True).get(pk=user.pk)
    if locked.approval not in allowed:
        raise NotWaiting
    return locked


def _facts(user: User) -> dict[str, Any]:
    return {
        "approval": str(user.approval),
        "is_active": user.is_active,
        "reason": user.inactive_reason,
    }


def _decided(user: User, before: dict[str, Any], action: str, actor: User | None) -> None:
    user.save(update_fields=["is_active", "inactive_reason", "approval"])
    record(action=action, instance=user, actor=actor, before=before, after=_facts(user))


def _tell(user: User, template: str, **context: str) -> None:
    """A mail, or a text message to those who have no e-mail; written by a worker."""
    enqueue(
        "campus.accounts.tasks.send_message",
        template=template,
        secret={
            "to": user.email or user.phone_number,
            "context": {**context, "site_url": settings.SITE_URL},
            "user_id": user.pk,
            "language": user.language,
            "good_until": None,
            "message_id": uuid.uuid4().hex,
        },
    )


def _follow(user: User, locked: User) -> User:
    """Bring the caller's object up to what is stored."""
    for name in ("is_active", "inactive_reason", "approval"):
        setattr(user, name, getattr(locked, name))
    return user
