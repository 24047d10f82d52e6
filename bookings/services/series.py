"""The same hour every week until a day, with exceptions: booked all or nothing, or what is free (B5)."""

import datetime as dt
import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from bookings import rules
from bookings.announcements import News
from bookings.checks import Openings, check_periods, check_size
from bookings.errors import BookingNotFound, NothingFree, SeriesNotFree
from bookings.models import BookingSeries, HallBooking
from bookings.queries import told
from bookings.services.booking import check_purpose, insert, new_row, require, require_asking
from bookings.services.guard import (
    constraint_means_taken,
    lock_halls,
    lock_rows,
    obstacles,
)
from bookings.services.states import settle
from campus.venues import errors
from campus.venues.errors import BookingRefused, HallTaken
from campus.venues.models import Hall
from campus.venues.reservations import Period
from portal.audit import record
from portal.errors import InvalidInput

WEEK = dt.timedelta(days=7)
MOST_DATES = 60
"""Dates of one series: a little more than a year."""

_State, _Kind = HallBooking.State, HallBooking.Kind
Wanted = Literal["all", "free"]
DateState = Literal["booked", "free", "refused", "left_out"]


@dataclass
class SeriesDate:
    """One date: booked, free but not booked, refused (why: ``code``, ``message``), or an exception."""

    period: Period
    state: DateState = "free"
    booking: HallBooking | None = None
    code: str = ""
    message: str = ""
    obstacles: Sequence[dict[str, Any]] = ()

    def facts(self) -> dict[str, Any]:
        """As the API and a refusal's details tell it."""
        return {
            "date": timezone.localdate(
                self.period.starts, timezone.get_default_timezone()
            ).isoformat(),
            "starts": self.period.starts.isoformat(),
            "ends": self.period.ends.isoformat(),
            "state": self.state,
            "booking": str(self.booking.pk) if self.booking else None,
            "code": self.code,
            "message": self.message,
            "obstacles": list(self.obstacles),
        }


@dataclass(frozen=True)
class BookedSeries:
    """A series and each of its dates, in order."""

    series: BookingSeries
    dates: list[SeriesDate]


def dates_of(
    starts: dt.datetime, ends: dt.datetime, until: dt.date, except_on: Collection[dt.date] = ()
) -> list[SeriesDate]:
    """Each week's period from the first to ``until``, at the same hour of the portal's clock.

    Raises :class:`InvalidInput` for days that make no series, ``TooLong`` for a week or more at once.
    """
    zone = timezone.get_default_timezone()
    first, last = starts.astimezone(zone), ends.astimezone(zone)
    if last - first >= WEEK:
        raise errors.TooLong(_("What comes again every week is shorter than a week."), param="ends")
    if until < first.date():
        raise InvalidInput(_("The last day is before the first."), param="until")
    if until > first.date() + WEEK * (MOST_DATES - 1):
        raise InvalidInput(
            _("A series has %(most)d dates at most.") % {"most": MOST_DATES}, param="until"
        )
    found = []
    for number in range((until - first.date()).days // 7 + 1):
        begin, end = (
            dt.datetime.combine(one.date() + WEEK * number, one.time(), tzinfo=zone).astimezone(
                dt.UTC
            )
            for one in (first, last)
        )
        left_out = begin.astimezone(zone).date() in except_on
        found.append(SeriesDate(Period(begin, end), "left_out" if left_out else "free"))
    if all(one.state == "left_out" for one in found):
        raise InvalidInput(_("Every date is an exception."), param="except_on")
    return found


def book_series(
    *,
    hall: Hall,
    starts: dt.datetime,
    ends: dt.datetime,
    until: dt.date,
    purpose: str,
    actor: Any,
    except_on: Collection[dt.date] = (),
    people: int | None = None,
    subject: models.Model | None = None,
    wanted: Wanted = "all",
) -> BookedSeries:
    """Book ``hall`` at the same hour every week until a day, exceptions left out (B5).

    ``wanted="all"`` books every date or raises :class:`SeriesNotFree`; ``"free"`` books those that are
    free and raises :class:`NothingFree` where none is. Both carry each date in ``details["dates"]``. Who
    may ask is as for :func:`bookings.services.ask`; what refuses the hall for all dates (B6) is raised.
    """
    require_asking(actor, subject, [hall])
    check_periods([Period(starts, ends)])
    purpose = check_purpose(purpose)
    dates = dates_of(starts, ends, until, except_on)
    with transaction.atomic(), constraint_means_taken():
        hall = lock_halls([hall.pk])[hall.pk]
        check_size(hall, people)
        asked = [one for one in dates if one.state != "left_out"]
        _judge(hall, asked, actor)
        free = [one for one in asked if one.state == "free"]
        if not free:
            raise NothingFree(param="starts", dates=[one.facts() for one in dates])
        if wanted == "all" and len(free) < len(asked):
            raise SeriesNotFree(param="starts", dates=[one.facts() for one in dates])
        series = BookingSeries.objects.create(
            hall=hall,
            starts=starts,
            ends=ends,
            until=until,
            except_on=sorted(day.isoformat() for day in set(except_on)),
            asked_by=actor,
        )
        news = News()
        rows = [
            new_row(
                hall,
                one.period,
                _State.APPROVED,
                kind=_Kind.SINGLE,
                purpose=purpose,
                people=people,
                subject=subject,
                actor=actor,
            )
            for one in free
        ]
        for one, row in zip(free, rows, strict=True):
            row.series = series
            one.booking, one.state = row, "booked"
        insert(rows, actor=actor, news=news)
        record(
            action="bookings.book_series",
            instance=series,
            actor=actor,
            after={"hall": hall.pk, "dates": len(rows), "refused": len(asked) - len(rows)},
            label=str(series.pk),
        )
        news.send()
    return BookedSeries(series, dates)


def cancel_series(*, series_id: uuid.UUID | str, actor: Any, reason: str = "") -> list[HallBooking]:
    """Give back all dates of a series that are still to come; what is over stays. Told once.

    Raises :class:`BookingNotFound` for a series that ``actor`` may not see.
    """
    found = (
        BookingSeries.objects.select_related("hall__building", "asked_by")
        .filter(pk=series_id)
        .first()
    )
    if found is None or not (actor is None or actor.has_perm(rules.VIEW, found)):
        raise BookingNotFound
    require(actor, rules.CANCEL, found)
    with transaction.atomic():
        hall = lock_halls([found.hall_id])[found.hall_id]
        rows = lock_rows(
            HallBooking.objects.alive().filter(series=found, starts__gt=timezone.now())
        )
        news = News()
        for row in rows:
            settle(row, _State.CANCELLED, actor=actor, news=news, note=reason)
        if rows:
            first = min(rows, key=lambda row: row.starts)
            news.tell_asker(
                first,
                "bookings.cancelled",
                hall=hall,
                except_for=actor,
                reason=reason[:300] or "–",
            )
        news.send()
    return rows


def _judge(hall: Hall, dates: Sequence[SeriesDate], actor: Any) -> None:
    """Mark each date that a rule or another booking refuses; four queries for all."""
    openings = Openings([hall], [one.period for one in dates])
    in_the_way = obstacles([hall], [one.period for one in dates])[hall.pk]
    for one in dates:
        period = one.period
        met = [
            row
            for row in in_the_way
            if row.starts < period.ends + hall.buffer and row.blocked_until > period.starts
        ]
        try:
            openings.check(hall, period)
            if met:
                raise HallTaken
        except (BookingRefused, HallTaken) as refusal:
            one.state, one.code, one.message = "refused", refusal.code, str(refusal)
            one.obstacles = [told(row, hall, actor) for row in met]
