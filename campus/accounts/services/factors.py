"""Second factors as the log tells of them, and taken away for those who have lost theirs (P6)."""

import uuid

from allauth.mfa.models import Authenticator
from django.db import transaction

from campus.accounts.models import User
from campus.accounts.services.log import record
from portal.jobs import enqueue


def log_factor(*, user: User, change: str, kind: str) -> None:
    """Write down that a factor was ``added``, ``removed`` or ``renewed``; ``kind`` is allauth's type."""
    record(action="accounts.second_factor", instance=user, actor=user, change=change, kind=kind)


def take_factors_away(*, user: User, actor: User | None) -> int:
    """Remove every second factor of ``user``, who has lost the device; how many there were.

    The password alone signs in then, so the person is told, and whoever is in is signed out. A role that
    needs a factor is held until there is a new one.
    """
    from campus.accounts.services import end_sessions  # noqa: PLC0415 (it stands on this module)

    with transaction.atomic():
        locked = User.objects.select_for_update(of=("self",), no_key=True).get(pk=user.pk)
        found = list(Authenticator.objects.filter(user=locked).order_by("pk"))
        if not found:
            return 0
        Authenticator.objects.filter(pk__in=[one.pk for one in found]).delete()
        end_sessions(user=locked)
        record(
            action="accounts.take_factors_away",
            instance=locked,
            actor=actor,
            before={"factors": [str(one.type) for one in found]},
            after={"factors": []},
        )
        enqueue(
            "campus.accounts.tasks.send_message",
            template="account/email/factors_taken_away",
            secret={
                "to": locked.email or locked.phone_number,
                "context": {},
                "user_id": locked.pk,
                "language": locked.language,
                "good_until": None,
                "message_id": uuid.uuid4().hex,
            },
        )
    return len(found)
