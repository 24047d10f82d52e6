"""Digests: what a person wants once a day or once a week, gathered and told once (N2, N4).

At seven in the morning of the person's own timezone, weekly ones on Monday. One row of
``NotificationDigest`` stands for one person, channel, timing and day, and takes the deliveries that wait;
a second run for the same day finds it and takes nothing more.
"""

import datetime as dt
import zoneinfo
from collections.abc import Iterator
from typing import NamedTuple

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from campus.accounts.models import User
from campus.accounts.timezones import zone_of
from campus.notifications.models import (
    HELD,
    Channel,
    NotificationDelivery,
    NotificationDigest,
    Timing,
)
from campus.notifications.services import notify
from portal.jobs.outbox import enqueue_many

HOUR = 7
SEND = "campus.notifications.tasks.send_digest"
TYPES = {Timing.DAILY: "notifications.daily", Timing.WEEKLY: "notifications.weekly"}
State = NotificationDigest.State


class Slot(NamedTuple):
    """When a digest was last due: the day as people there write it, and the moment."""

    period: dt.date
    before: dt.datetime


def last_slot(timing: str, zone: dt.tzinfo, now: dt.datetime) -> Slot:
    """The newest slot of ``timing`` in ``zone`` that is not after ``now``."""
    here = now.astimezone(zone)
    day = here.date() if here.hour >= HOUR else here.date() - dt.timedelta(days=1)
    if timing == Timing.WEEKLY:
        day -= dt.timedelta(days=day.weekday())
    return Slot(day, dt.datetime.combine(day, dt.time(HOUR), tzinfo=zone))


def plan(now: dt.datetime | None = None) -> int:
    """Store a job for everyone whose digest is due and not there yet; how many. Again adds no mail."""
    return sum(enqueue_many(SEND, jobs) for jobs in _due(now or timezone.now()) if jobs)


def _due(now: dt.datetime) -> Iterator[list[dict[str, object]]]:
    held = NotificationDelivery.objects.held().filter(notification__user__is_active=True)
    names = held.order_by().values_list("notification__user__timezone", flat=True).distinct()
    for name in list(names):
        zone: dt.tzinfo = zone_of(User(timezone=name)) or timezone.get_default_timezone()
        for timing in HELD:
            slot = last_slot(timing, zone, now)
            there = NotificationDigest.objects.filter(
                user=OuterRef("notification__user"),
                channel=OuterRef("channel"),
                timing=timing,
                period=slot.period,
            )
            wanted = held.filter(
                ~Exists(there),
                timing=timing,
                notification__user__timezone=name,
                notification__created_at__lt=slot.before,
            )
            pairs = wanted.order_by().values_list("notification__user_id", "channel").distinct()
            yield [
                {
                    "user_id": user_id,
                    "channel": channel,
                    "timing": timing.value,
                    "period": slot.period.isoformat(),
                    "before": slot.before.isoformat(),
                }
                for user_id, channel in pairs
            ]


@transaction.atomic
def gather(
    *, user_id: int, channel: str, timing: str, period: dt.date, before: dt.datetime
) -> NotificationDigest | None:
    """The digest of that day with what waited for it; None where nothing does.

    Whoever comes second, even at the same moment, gets the one that the first made. In the portal it is
    told in the same transaction; a mail is sent by ``tasks.send_digest``.
    """
    digest, created = NotificationDigest.objects.get_or_create(
        user_id=user_id, channel=channel, timing=timing, period=period
    )
    if not created:
        return digest
    waiting = NotificationDelivery.objects.held().filter(
        notification__user=user_id,
        channel=channel,
        timing=timing,
        notification__created_at__lt=before,
    )
    taken = NotificationDelivery.objects.filter(pk__in=list(waiting.values_list("pk", flat=True)))
    count = taken.filter(digest=None, state=State.PENDING).update(digest=digest)
    if not count:
        digest.delete()
        return None
    if channel == Channel.IN_APP:
        notify(
            users=[digest.user],
            type=TYPES[Timing(timing)],
            params={"count": count},
            path="/inbox/",
        )
        finish(digest, State.SENT)
    return digest


def claim(digest: NotificationDigest) -> bool:
    """Take a digest to send it; False if another did, or it was sent."""
    with transaction.atomic():
        claimed = NotificationDigest.objects.filter(pk=digest.pk, state=State.PENDING).update(
            state=State.SENDING, started_at=timezone.now(), attempts=digest.attempts + 1
        )
        if claimed:
            digest.deliveries.filter(state=State.PENDING).update(
                state=State.SENDING, started_at=timezone.now()
            )
    return bool(claimed)


@transaction.atomic
def finish(digest: NotificationDigest, state: str, error: str = "") -> None:
    """Say of a digest and all that it took how it went."""
    sent_at = timezone.now() if state == State.SENT else None
    changes = {"state": state, "sent_at": sent_at, "last_error": error[:2000]}
    NotificationDigest.objects.filter(pk=digest.pk).update(**changes)
    mine = digest.deliveries.all()
    if state != State.SENT:  # an admin may have settled some of them meanwhile
        mine = mine.filter(state=State.SENDING)
    mine.update(**changes)


def zone_of_user(user: User) -> dt.tzinfo:
    """The timezone in which a person reads times."""
    found: zoneinfo.ZoneInfo | None = zone_of(user)
    return found or timezone.get_default_timezone()
