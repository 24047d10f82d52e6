"""The keeper of halls that events ask (``campus.venues.reservations``): reserve, move, release."""

from collections.abc import Sequence
from typing import Any

from django.db import models
from django.utils import timezone

from bookings.announcements import News
from bookings.checks import check_periods
from bookings.models import HallBooking
from bookings.services import booking as asking
from bookings.services.guard import (
    constraint_means_taken,
    lock_halls,
    lock_rows,
    obstacles,
    taken,
)
from bookings.services.states import settle
from campus.venues.models import Hall
from campus.venues.reservations import Period, Reserved
from portal.audit import record_many
from portal.realtime.streams import together

_State, _Kind = HallBooking.State, HallBooking.Kind


class Keeper:
    """See :class:`campus.venues.reservations.HallKeeper`."""

    def reserve(
        self,
        *,
        subject: models.Model,
        wishes: Sequence[Hall],
        periods: Sequence[Period],
        people: int | None,
        purpose: str,
        actor: Any,
    ) -> Reserved:
        """Book the first wish that is free, or leave a request for the first (B2, E2)."""
        if HallBooking.objects.alive().of(subject).exists():
            return self.move(
                subject=subject,
                wishes=wishes,
                periods=periods,
                people=people,
                purpose=purpose,
                actor=actor,
            )
        with together(), constraint_means_taken():
            news = News()
            asked = asking.place(
                wishes=wishes,
                periods=periods,
                purpose=purpose,
                people=people,
                subject=subject,
                kind=_Kind.EVENT,
                if_taken="ask",
                actor=actor,
                news=news,
            )
            news.send()
        return _reserved(asked.state, asked.hall)

    def move(
        self,
        *,
        subject: models.Model,
        wishes: Sequence[Hall],
        periods: Sequence[Period],
        people: int | None,
        purpose: str,
        actor: Any,
    ) -> Reserved:
        """Move booking or request in the caller's transaction, or raise and change nothing (E9)."""
        held = list(HallBooking.objects.alive().of(subject).values_list("hall_id", flat=True))
        if not held:
            return self.reserve(
                subject=subject,
                wishes=wishes,
                periods=periods,
                people=people,
                purpose=purpose,
                actor=actor,
            )
        check_periods(periods)
        purpose = asking.check_purpose(purpose)
        wished = wishes or list(Hall.objects.filter(pk__in=held[:1]))
        with together(), constraint_means_taken():
            halls = asking.lock_wishes(wished, *held)
            rows = lock_rows(HallBooking.objects.alive().of(subject))
            had_hall = any(row.state == _State.APPROVED for row in rows)
            halls = asking.eligible(halls, periods, people)
            in_the_way = obstacles(halls, periods, except_for={row.pk for row in rows})
            hall = next((hall for hall in halls if not in_the_way[hall.pk]), None)
            if hall is None and had_hall:
                raise taken(halls, periods, in_the_way, people=people, actor=actor)
            state = _State.PENDING if hall is None else _State.APPROVED
            hall = hall or halls[0]
            news = News()
            _rewrite(
                rows,
                hall=hall,
                state=state,
                periods=periods,
                purpose=purpose,
                people=people,
                subject=subject,
                actor=actor,
                news=news,
            )
            news.send()
        return _reserved(state, hall)

    def release(self, *, subject: models.Model, actor: Any) -> None:
        """Give back what the subject has and withdraw what it asked for (E3)."""
        held = list(HallBooking.objects.alive().of(subject).values_list("hall_id", flat=True))
        if not held:
            return
        with together():
            lock_halls(held)
            news = News()
            for row in lock_rows(HallBooking.objects.alive().of(subject)):
                settle(row, _State.CANCELLED, actor=actor, news=news)
            news.send()


def _reserved(state: HallBooking.State, hall: Hall) -> Reserved:
    if state == _State.APPROVED:
        return Reserved("approved", hall)
    return Reserved("pending", None)


def _rewrite(
    rows: list[HallBooking],
    *,
    hall: Hall,
    state: HallBooking.State,
    periods: Sequence[Period],
    purpose: str,
    people: int | None,
    subject: models.Model,
    actor: Any,
    news: News,
) -> None:
    """Make the locked ``rows`` those of ``periods``: changed in place, some added, some given back.

    They leave the calendar by one statement and come back by another, so that days which move into each
    other's old hours are not in their own way.
    """
    rows = sorted(rows, key=lambda row: row.starts)
    kept, surplus = rows[: len(periods)], rows[len(periods) :]
    for row in surplus:
        settle(row, _State.CANCELLED, actor=actor, news=news)
    was = [_facts(row) for row in kept]
    for row in kept:
        if row.state == _State.APPROVED:
            news.calendar_changed(row.hall_id, row.period)
    HallBooking.objects.filter(pk__in=[row.pk for row in kept]).update(state=_State.CANCELLED)
    ordered = sorted(periods)
    for row, period in zip(kept, ordered, strict=False):
        row.hall, row.starts, row.ends = hall, period.starts, period.ends
        row.blocked_until = period.ends + hall.buffer
        row.purpose, row.people = purpose, people
        if state == _State.APPROVED and row.state != _State.APPROVED:
            row.decided_at = timezone.now()
        row.state = state
    fields = ["hall", "starts", "ends", "blocked_until", "purpose", "people", "state", "decided_at"]
    HallBooking.objects.bulk_update(kept, fields)
    record_many(
        action="bookings.move",
        entries=[
            (row, {"before": before, "after": _facts(row)})
            for row, before in zip(kept, was, strict=True)
        ],
        actor=actor,
        label=lambda row: row.audit_label,
    )
    if state == _State.APPROVED:
        news.settled(kept)
        for row in kept:
            news.calendar_changed(row.hall_id, row.period)
    more = [
        asking.new_row(
            hall,
            period,
            state,
            kind=_Kind.EVENT,
            purpose=purpose,
            people=people,
            subject=subject,
            actor=actor,
        )
        for period in ordered[len(kept) :]
    ]
    if more:
        asking.insert(more, actor=actor, news=news)


def _facts(row: HallBooking) -> dict[str, Any]:
    return {
        "hall": row.hall_id,
        "starts": row.starts.isoformat(),
        "ends": row.ends.isoformat(),
        "state": str(row.state),
    }
