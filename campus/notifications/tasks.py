"""Mail in the background: a delivery or a digest is claimed, sent, and never sent twice (N2, N4)."""

import datetime as dt

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import Q
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from campus.accounts.models import User
from campus.notifications import digests, preferences, registry
from campus.notifications.models import (
    Channel,
    Notification,
    NotificationDelivery,
    NotificationDigest,
    Timing,
)
from campus.notifications.services import DELIVER, localized_path
from portal.jobs import enqueue, scheduled

MAX_ATTEMPTS = 6
MOST_LINES = 50
"""What a digest tells in full; of more it gives the number."""
State = NotificationDelivery.State


def deliver(delivery_id: int) -> None:
    """Send one delivery. Running again, or twice at once, sends nothing more.

    A refusal of the mail server puts it back and plans another try as a row of the outbox (1, 2, 4 …
    minutes later, six in all), so that a restart forgets none. One that is gone was switched off.
    """
    found = NotificationDelivery.objects.select_related("notification__user")
    # (What a digest could not bring may be sent by itself, by an admin; what waits for one may not.)
    ready = Q(timing=Timing.AT_ONCE) | Q(digest__isnull=False)
    delivery = found.filter(ready, pk=delivery_id, state=State.PENDING).first()
    if delivery is None:
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
        return _mail(
            user,
            subject=kind.title_for(notification.params),
            lines=lines,
            about="" if kind.mandatory or not kind.listed else kind.name,
            key=f"{notification.pk}",
        )


def _mail(user: User, *, subject: str, lines: list[str], about: str, key: str) -> EmailMessage:
    """A mail in the active language with the way to stop it; ``about`` is empty where there is none."""
    language = translation.get_language() or settings.LANGUAGE_CODE
    headers = {"Message-ID": f"<{key}@notifications.quad>"}
    if about:
        link = preferences.link_of(user.pk, about, language)
        headers |= preferences.headers_of(link)
        lines = [
            *lines,
            _("You can choose what is sent to you in your notification settings."),
            _("To get no more of these mails: %(link)s") % {"link": link},
        ]
    else:
        lines = [*lines, _("This is about the safety of an account, so it is always sent.")]
    return EmailMessage(
        subject=" ".join(subject.split()),
        body="\n\n".join(lines),
        to=[user.email or ""],
        headers=headers,
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


@scheduled("*/15 * * * *")
def plan_digests() -> dict[str, int]:
    """Find whose day or week is to be told (each in their own timezone, some of which end at :30)."""
    return {"planned": digests.plan()}


def send_digest(*, user_id: int, channel: str, timing: str, period: str, before: str) -> None:
    """Gather what waited and tell it once; running again, or twice at once, tells nothing more (N4)."""
    digest = digests.gather(
        user_id=user_id,
        channel=channel,
        timing=timing,
        period=dt.date.fromisoformat(period),
        before=dt.datetime.fromisoformat(before),
    )
    if digest is None or digest.channel != Channel.EMAIL or digest.state != State.PENDING:
        return
    message = _compose_digest(digest)
    if message is None:  # all of it was switched off in the meantime
        digest.delete()
        return
    if not digests.claim(digest):
        return
    try:
        message.send()
    except Exception as error:  # as above
        attempts = digest.attempts + 1
        last = attempts >= MAX_ATTEMPTS
        with transaction.atomic():
            digests.finish(
                digest,
                State.FAILED if last else State.PENDING,
                f"{type(error).__name__}: {error}",
            )
            if not last:
                enqueue(
                    digests.SEND,
                    delay=dt.timedelta(minutes=2 ** (attempts - 1)),
                    user_id=user_id,
                    channel=channel,
                    timing=timing,
                    period=period,
                    before=before,
                )
    else:
        digests.finish(digest, State.SENT)


def _compose_digest(digest: NotificationDigest) -> EmailMessage | None:
    """The mail, in the language and with the times of the person; None if there is nothing to tell."""
    user = digest.user
    language = user.language or settings.LANGUAGE_CODE
    told = Notification.objects.filter(deliveries__digest=digest).order_by("created_at", "id")
    count = told.count()
    if not count or not user.email:
        return None
    with translation.override(language), timezone.override(digests.zone_of_user(user)):
        if digest.timing == Timing.WEEKLY:
            subject = ngettext("Your week: %(n)d message", "Your week: %(n)d messages", count)
        else:
            subject = ngettext("Your day: %(n)d message", "Your day: %(n)d messages", count)
        lines = [_line(one, language) for one in told[:MOST_LINES]]
        if count > MOST_LINES:
            lines.append(_("And %(n)d more.") % {"n": count - MOST_LINES})
        lines.append(settings.SITE_URL + localized_path("/inbox/", language))
        return _mail(
            user,
            subject=subject % {"n": count},
            lines=lines,
            about=f"{preferences.DIGEST}{digest.timing}",
            key=f"digest-{digest.pk}",
        )


def _line(notification: Notification, language: str) -> str:
    kind = registry.find(notification.type)
    when = date_format(timezone.localtime(notification.created_at), "SHORT_DATETIME_FORMAT")
    title = " ".join(kind.title_for(notification.params).split())
    told = [f"{when} · {title}", kind.body_for(notification.params)]
    if notification.path:
        told.append(settings.SITE_URL + localized_path(notification.path, language))
    return "\n".join(line for line in told if line)
