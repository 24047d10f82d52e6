"""Mail in the background: a delivery is claimed, sent, and never sent twice (N4)."""

import datetime as dt

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from campus.notifications import registry
from campus.notifications.models import NotificationDelivery
from campus.notifications.services import DELIVER, localized_path
from portal.jobs.outbox import enqueue

MAX_ATTEMPTS = 6
State = NotificationDelivery.State


def deliver(delivery_id: int) -> None:
    """Send one delivery. Running again, or twice at once, sends nothing more.

    A refusal of the mail server puts it back and plans another try as a row of the outbox (1, 2, 4 …
    minutes later, six in all), so that a restart forgets none.
    """
    delivery = NotificationDelivery.objects.select_related("notification__user").get(pk=delivery_id)
    if delivery.state != State.PENDING:
        return
    # Written before it is claimed: from the claim on, whoever dies leaves it unknown and unsent.
    message = _compose(delivery)
    started_at = timezone.now()
    claimed = NotificationDelivery.objects.filter(pk=delivery_id, state=State.PENDING).update(
        state=State.SENDING, started_at=started_at
    )
    if not claimed:
        return
    try:
        message.send()
    except Exception as error:  # whatever the mail backend raises, the mail was not taken
        _try_later(delivery, error, started_at)
    else:  # it was taken, whatever an admin has decided meanwhile
        NotificationDelivery.objects.filter(pk=delivery_id).update(
            state=State.SENT, sent_at=timezone.now(), attempts=delivery.attempts + 1
        )


def _compose(delivery: NotificationDelivery) -> EmailMessage:
    notification = delivery.notification
    user = notification.user
    language = user.language or settings.LANGUAGE_CODE
    kind = registry.find(notification.type)
    with translation.override(language):
        lines = [kind.body_for(notification.params) or kind.title_for(notification.params)]
        if notification.path:
            lines.append(settings.SITE_URL + localized_path(notification.path, language))
        lines.append(_("You can choose what is sent to you in your notification settings."))
        return EmailMessage(
            subject=" ".join(kind.title_for(notification.params).split()),
            body="\n\n".join(lines),
            to=[user.email or ""],
            headers={"Message-ID": f"<{notification.pk}@notifications.quad>"},
        )


def _try_later(delivery: NotificationDelivery, error: Exception, started_at: dt.datetime) -> None:
    attempts = delivery.attempts + 1
    last = attempts >= MAX_ATTEMPTS
    with transaction.atomic():
        # Of this attempt alone: an admin may have closed it meanwhile, or sent it again.
        own = NotificationDelivery.objects.filter(
            pk=delivery.pk, state=State.SENDING, started_at=started_at
        ).update(
            state=State.FAILED if last else State.PENDING,
            attempts=attempts,
            last_error=f"{type(error).__name__}: {error}"[:2000],
        )
        if own and not last:
            enqueue(
                DELIVER, delay=dt.timedelta(minutes=2 ** (attempts - 1)), delivery_id=delivery.pk
            )
