"""How much of the time halls are used, for reports (B8)."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from django.db.models import Count, DurationField, ExpressionWrapper, F, Q, Sum, Value
from django.db.models.fields import DateTimeField
from django.db.models.functions import Greatest, Least
from django.utils.translation import gettext_lazy as _

from bookings import rules
from bookings.models import HallBooking
from campus.institutions.scope import within
from campus.venues.hours import weekday_of
from campus.venues.models import Hall, OpeningHours
from portal.reports.registry import Chart, Column, Kind, Period, Report, Row, register

HOUR = dt.timedelta(hours=1)
_MIDNIGHT = dt.time(0)


def utilization(user: Any, period: Period) -> Sequence[Row]:
    """Each active hall of the admin's institutions; three queries.

    Booked is what approved bookings take of the period, buffers not counted. Open are the opening hours
    of the period's days, closed periods not taken off; a hall without any is open day and night.
    """
    halls = within(Hall.objects.active(), user, "building__institution")
    begins, ends = (Value(one, DateTimeField()) for one in (period.begins, period.ends))
    length = ExpressionWrapper(
        Least(F("ends"), ends) - Greatest(F("starts"), begins), output_field=DurationField()
    )
    taken: dict[int, Any] = {
        row["hall"]: row
        for row in HallBooking.objects.approved()
        .during(period.begins, period.ends)
        .filter(hall__in=halls.values("pk"))
        .order_by()
        .values("hall")
        .annotate(
            bookings=Count("pk"),
            booked=Sum(length),
            lectures=Count("pk", filter=Q(kind=HallBooking.Kind.LECTURE)),
            events=Count("pk", filter=Q(kind=HallBooking.Kind.EVENT)),
        )
    }
    hours: dict[int, list[OpeningHours]] = defaultdict(list)
    for one in OpeningHours.objects.filter(hall__in=halls.values("pk")):
        hours[one.hall_id].append(one)
    days = _weekdays(period)
    rows = []
    for hall in halls.select_related("building").order_by("building__name", "code", "pk"):
        row: dict[str, Any] = taken.get(hall.pk, {})
        rows.append(
            {
                "hall": str(hall),
                "building": hall.building.name,
                "capacity": hall.capacity,
                "bookings": row.get("bookings", 0),
                "lectures": row.get("lectures", 0),
                "events": row.get("events", 0),
                "booked": row.get("booked", dt.timedelta()) / HOUR,
                "open": _open_hours(hours[hall.pk], days),
            }
        )
    return rows


def _weekdays(period: Period) -> list[int]:
    """How often each weekday comes in the period, by the portal's numbers."""
    counts = [0] * 7
    length = (period.until - period.since).days + 1
    for number in range(length):
        counts[weekday_of(period.since + dt.timedelta(days=number))] += 1
    return counts


def _open_hours(rows: Iterable[OpeningHours], days: list[int]) -> float:
    rows = list(rows)
    if not rows:
        return 24.0 * sum(days)
    return sum(days[row.weekday] * _length(row) for row in rows)


def _length(row: OpeningHours) -> float:
    closes = 24.0 if row.closes == _MIDNIGHT else _hours(row.closes)
    return closes - _hours(row.opens)


def _hours(time: dt.time) -> float:
    return time.hour + time.minute / 60 + time.second / 3600


register(
    Report(
        name="halls",
        title=_("Hall utilization"),
        about=_("How many of the hours in which halls are open are booked."),
        permission=rules.UTILIZATION,
        columns=(
            Column("hall", _("Hall"), Kind.TEXT),
            Column("building", _("Building"), Kind.TEXT),
            Column("capacity", _("Capacity")),
            Column("bookings", _("Bookings"), adds=True),
            Column("lectures", _("Lectures"), adds=True),
            Column("events", _("Events"), adds=True),
            Column("booked", _("Hours booked"), Kind.HOURS, adds=True),
            Column("open", _("Hours open"), Kind.HOURS, adds=True),
            Column("share", _("Used"), Kind.PERCENT, share_of=("booked", "open")),
        ),
        read=utilization,
        chart=Chart("hall", ("booked",)),
    )
)
