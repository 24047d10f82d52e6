"""An admin's decision about a request: approve here, elsewhere or at another time, or reject (B3)."""

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any, NamedTuple

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from bookings import rules
from bookings.announcements import News
from bookings.checks import check_periods
from bookings.errors import TransitionRefused
from bookings.models import HallBooking
from bookings.services.booking import (
    eligible,
    lock_wishes,
    require,
    subject_of,
    together_with,
    visible,
)
from bookings.services.guard import (
    constraint_means_taken,
    lock_halls,
    lock_rows,
    lock_subjects,
    obstacles,
    taken,
)
from bookings.services.states import settle
from campus.institutions.scope import administers
from campus.venues.models import Hall
from campus.venues.reservations import Period, tell_decision
from portal.errors import InvalidInput, NotAllowed

_State = HallBooking.State


class Plan(NamedTuple):
    """What an approval would do: the periods in the hall, what is in the way, whom it would turn down."""

    hall: Hall
    periods: list[Period]
    obstacles: list[HallBooking]
    turned_down: list[HallBooking]


def shifted(rows: Sequence[HallBooking], starts: dt.datetime | None) -> list[Period]:
    """The periods of what is decided together, all moved so that the first begins at ``starts``."""
    ordered = sorted(row.period for row in rows)
    move = dt.timedelta() if starts is None else starts - ordered[0].starts
    return [Period(one.starts + move, one.ends + move) for one in ordered]


def rivals(
    hall: Hall, periods: Sequence[Period], own: Sequence[HallBooking]
) -> "list[HallBooking]":
    """Other pending requests that have no room beside ``periods`` in ``hall``; one query."""
    meets = Q()
    for period in periods:
        meets |= Q(starts__lt=period.ends + hall.buffer, blocked_until__gt=period.starts)
    rows = HallBooking.objects.pending().filter(meets, hall=hall)
    return list(
        rows.exclude(pk__in=[row.pk for row in own]).select_related("asked_by").order_by("starts")
    )


def plan(
    *, booking: HallBooking, hall: Hall | None = None, starts: dt.datetime | None = None
) -> Plan:
    """What approving ``booking`` into ``hall`` at ``starts`` would meet, for the admin to look at (B3)."""
    target = hall or booking.hall
    rows = list(together_with(booking, [_State.PENDING])) or [booking]
    periods = shifted(rows, starts)
    in_the_way = obstacles([target], periods, except_for={row.pk for row in rows})
    return Plan(target, periods, in_the_way[target.pk], rivals(target, periods, rows))


def approve(
    *,
    booking_id: uuid.UUID | str,
    actor: Any,
    hall: Hall | None = None,
    starts: dt.datetime | None = None,
    note: str = "",
) -> HallBooking:
    """Approve a request, into another ``hall`` or another time (``starts`` of its first day) if given.

    Other pending requests that have no room beside it are turned down; who asked is told, and so is the
    event. Of two admins one decides: the other gets :class:`TransitionRefused`. Raises
    :class:`BookingNotFound`, :class:`NotAllowed`, :class:`HallTaken` where an approved booking is in
    the way, and the rules that refuse hall or time (B6).
    """
    found = visible(booking_id, actor)
    require(actor, rules.DECIDE, found)
    target = hall or found.hall
    if actor is not None and not administers(actor, target):
        raise NotAllowed
    if target.building.institution_id != found.hall.building.institution_id:
        raise InvalidInput(_("This belongs to another institution."), param="hall")
    looked = plan(booking=found, hall=target, starts=starts)
    subject = subject_of(found)
    others = {row.pk: subject_of(row) for row in looked.turned_down}
    with transaction.atomic(), constraint_means_taken():
        lock_subjects([subject, *others.values()])
        [target] = lock_wishes([target], found.hall_id)
        own = lock_rows(together_with(found, [_State.PENDING]))
        if found.pk not in {row.pk for row in own}:
            raise TransitionRefused
        periods = shifted(own, starts)
        check_periods(periods)
        eligible([target], periods, own[0].people)
        in_the_way = obstacles([target], periods)
        if in_the_way[target.pk]:
            raise taken([target], periods, in_the_way, people=own[0].people, actor=actor)
        news = News()
        elsewhere = target.pk != found.hall_id or bool(
            starts and starts != min(own, key=_start).starts
        )
        for row, period in zip(sorted(own, key=_start), periods, strict=True):
            changes: dict[str, Any] = {}
            if elsewhere:
                changes = {
                    "hall": target,
                    "starts": period.starts,
                    "ends": period.ends,
                    "blocked_until": period.ends + target.buffer,
                }
            settle(row, _State.APPROVED, actor=actor, news=news, note=note, changes=changes)
        kind = "bookings.approved_elsewhere" if elsewhere else "bookings.approved"
        news.tell_asker(own[0], kind, hall=target, except_for=actor)
        if subject is not None:
            tell_decision(
                subject=subject, state="approved", hall=target, periods=periods, actor=actor
            )
        lost = [row for row in rivals(target, periods, own) if row.pk in others]
        _turn_down(lost, others, target, actor, news)
        news.send()
    return next(row for row in own if row.pk == found.pk)


def reject(*, booking_id: uuid.UUID | str, actor: Any, reason: str = "") -> HallBooking:
    """Say no to a request, with a reason that the asker reads (300 characters at most)."""
    found = visible(booking_id, actor)
    require(actor, rules.DECIDE, found)
    subject = subject_of(found)
    with transaction.atomic():
        lock_subjects([subject])
        halls = lock_halls([found.hall_id])
        own = lock_rows(together_with(found, [_State.PENDING]))
        if found.pk not in {row.pk for row in own}:
            raise TransitionRefused
        news = News()
        for row in own:
            settle(row, _State.REJECTED, actor=actor, news=news, note=reason)
        news.tell_asker(
            own[0],
            "bookings.rejected",
            hall=halls[found.hall_id],
            except_for=actor,
            reason=reason[:300] or "–",
        )
        if subject is not None:
            tell_decision(
                subject=subject,
                state="rejected",
                hall=None,
                periods=[row.period for row in own],
                actor=actor,
            )
        news.send()
    return next(row for row in own if row.pk == found.pk)


def _turn_down(
    lost: list[HallBooking], subjects: dict[Any, Any], hall: Hall, actor: Any, news: News
) -> None:
    """Reject what has no room any more, an event's other days with it; each asker is told once."""
    done: set[Any] = set()
    for first in lost:
        if first.pk in done:
            continue
        rows = lock_rows(together_with(first, [_State.PENDING]))
        done |= {row.pk for row in rows}
        if not rows:
            continue
        for row in rows:
            settle(
                row, _State.REJECTED, actor=actor, news=news, note=_("Given to another request.")
            )
        news.tell_asker(rows[0], "bookings.turned_down", hall=hall, except_for=actor)
        subject = subjects.get(first.pk)
        if subject is not None:
            tell_decision(
                subject=subject,
                state="rejected",
                hall=None,
                periods=[row.period for row in rows],
                actor=actor,
            )


def _start(row: HallBooking) -> dt.datetime:
    return row.starts
