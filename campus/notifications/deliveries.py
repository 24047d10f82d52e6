"""Mails that the machine leaves to people: of which nothing is known, and those that failed for good.

The portal never sends a mail again by itself of which it does not know whether it was taken (N4). An admin
can, knowing that it may come twice, or close it; both are logged, with who and from which state.
"""

from typing import Any

from django.db import transaction

from campus.notifications.errors import NothingToSettle
from campus.notifications.models import NotificationDelivery, SendingState
from campus.notifications.services import DELIVER
from portal import audit
from portal.jobs.outbox import enqueue

State = SendingState


@transaction.atomic
def send_again(*, delivery_id: int, actor: Any) -> NotificationDelivery:
    """Send a mail again that failed for good or is unknown; logged. Its attempts begin anew.

    A mail of which nothing is known may then come twice (with the same ``Message-ID``): the admin was told.
    Raises :class:`NothingToSettle` for every other one, as for one that another admin settled meanwhile.
    """
    delivery = _move(delivery_id, State.PENDING, "notifications.send_again", actor)
    enqueue(DELIVER, delivery_id=delivery.pk)
    return delivery


@transaction.atomic
def close(*, delivery_id: int, actor: Any) -> NotificationDelivery:
    """Leave it at that: the notification stands in the inbox, and no mail is sent any more; logged.

    Raises :class:`NothingToSettle` as :func:`send_again` does.
    """
    return _move(delivery_id, State.CLOSED, "notifications.close_delivery", actor)


def _move(pk: int, state: SendingState, action: str, actor: Any) -> NotificationDelivery:
    rows = NotificationDelivery.objects.select_for_update(of=("self",), no_key=True)
    delivery = rows.select_related("notification").get(pk=pk)
    if not delivery.can_be_settled:
        raise NothingToSettle
    before = {"state": delivery.state, "attempts": delivery.attempts}
    delivery.state = state
    if state == State.PENDING:
        delivery.attempts, delivery.last_error = 0, ""
    delivery.save(update_fields=["state", "attempts", "last_error"])
    audit.record(
        action=action,
        instance=delivery,
        actor=actor,
        before=before,
        after={"state": delivery.state, "attempts": delivery.attempts},
        label=f"{delivery.notification.type} #{delivery.pk}",
    )
    return delivery
