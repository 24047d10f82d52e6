"""What admins do so that people get in again; each is a write as in ``services``."""

import uuid

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from campus.accounts import invitations, services
from campus.accounts.models import User
from campus.accounts.reach import require_reach
from portal import audit
from portal.errors import DomainError, NotAllowed
from portal.jobs import enqueue


class HasPassword(DomainError):
    """Only who has not set a password yet is invited again."""

    code = "has_password"
    message = _("This person has a password already.")


class NoWayToReach(DomainError):
    """A message can be sent neither by mail nor by text, or the account is disabled."""

    code = "cannot_be_reached"
    message = _("This account is disabled, or has neither e-mail nor phone.")


def disable(*, user: User, reason: str, actor: User) -> User:
    """Lock somebody out, with a reason: sessions, tokens and sockets end (P3). Never oneself."""
    if user.pk == actor.pk:
        raise NotAllowed
    return services.set_active(user=user, active=False, actor=actor, reason=reason)


def reset_password(*, user: User, actor: User) -> None:
    """Take somebody's password away and send the link by which they set a new one.

    Sessions, tokens and sockets end (P3); failed tries are forgotten (P4). Raises :class:`NoWayToReach`
    for who could not set one.
    """
    require_reach(actor, user)
    with transaction.atomic():
        locked = User.objects.select_for_update(of=("self",), no_key=True).get(pk=user.pk)
        _require_reachable(locked)
        locked.set_unusable_password()
        locked.save(update_fields=["password"])
        services.end_sessions(user=locked)
        audit.record(
            action="accounts.reset_password",
            instance=locked,
            actor=actor,
            label=f"#{locked.pk}",
        )
        services.unlock(user=locked, actor=actor)
        _send(locked, again=True)
    user.password, user.session_epoch = locked.password, locked.session_epoch


def invite_again(*, user: User, actor: User) -> None:
    """Send an invited person a new link; the one before is good until it ends by itself."""
    require_reach(actor, user)
    with transaction.atomic():
        locked = User.objects.select_for_update(of=("self",), no_key=True).get(pk=user.pk)
        _require_reachable(locked)
        if locked.has_usable_password():
            raise HasPassword
        audit.record(action="accounts.invite", instance=locked, actor=actor, label=f"#{locked.pk}")
        invitations.send([locked])


def _require_reachable(user: User) -> None:
    if not user.is_active or not (user.email or user.phone):
        raise NoWayToReach


def _send(user: User, *, again: bool) -> None:
    enqueue(
        "campus.accounts.tasks.send_invitation",
        user_id=user.pk,
        message_id=uuid.uuid4().hex,
        again=again,
    )
