"""What must hold of a booking before the hall is asked for: each refusal names its rule and field (B6)."""

import datetime as dt
from collections.abc import Sequence
from itertools import pairwise

from django.utils import timezone
from django.utils.translation import gettext as _

from bookings.models import LONGEST
from campus.venues import errors
from campus.venues.hours import closures_of, is_open
from campus.venues.models import Closure, Hall, OpeningHours
from campus.venues.reservations import Period
from portal.errors import InvalidInput


def check_times(periods: Sequence[Period]) -> None:
    """Refuse times that are none, past or not: without zone, ended before begun, too long."""
    if not periods:
        raise InvalidInput(_("Say when."), param="starts")
    for period in periods:
        if timezone.is_naive(period.starts) or timezone.is_naive(period.ends):
            raise InvalidInput(_("A time needs its timezone."), param="starts")
        if period.ends <= period.starts:
            raise errors.EndsBeforeStart(param="ends")
        if period.ends - period.starts > LONGEST:
            raise errors.TooLong(param="ends")


def check_periods(periods: Sequence[Period], *, now: dt.datetime | None = None) -> None:
    """Refuse times that nothing can be booked for: :func:`check_times`, past, overlapping each other."""
    check_times(periods)
    now = now or timezone.now()
    if any(period.starts < now for period in periods):
        raise errors.InThePast(param="starts")
    if len(periods) > 1:
        ordered = sorted(periods)
        for one, other in pairwise(ordered):
            if other.starts < one.ends:
                raise errors.PeriodsOverlap(param="starts")


def check_size(hall: Hall, people: int | None) -> None:
    """Refuse a hall out of use, or too small for so many."""
    if not hall.is_active:
        raise errors.HallInactive(param="hall", hall=hall.pk)
    if people is not None and hall.capacity is not None and people > hall.capacity:
        raise errors.OverCapacity(
            _("The hall holds %(capacity)d people, fewer than %(people)d.")
            % {"capacity": hall.capacity, "people": people},
            param="people",
            hall=hall.pk,
            capacity=hall.capacity,
        )


class Openings:
    """The opening hours and closed periods of some halls over a span: two queries for all of them."""

    def __init__(self, halls: Sequence[Hall], periods: Sequence[Period]) -> None:
        self.hours: dict[int, list[OpeningHours]] = {hall.pk: [] for hall in halls}
        for row in OpeningHours.objects.filter(hall__in=list(self.hours)):
            self.hours[row.hall_id].append(row)
        since = min(period.starts for period in periods)
        until = max(period.ends for period in periods)
        self.closures: dict[int, list[Closure]] = {hall.pk: [] for hall in halls}
        for closure in closures_of(halls, since, until):
            for hall in halls:
                if closure.hall_id == hall.pk or (
                    closure.hall_id is None and closure.building_id == hall.building_id
                ):
                    self.closures[hall.pk].append(closure)

    def check(self, hall: Hall, period: Period) -> None:
        """Refuse a time at which the hall is shut, naming the hours or the reason."""
        for closure in self.closures[hall.pk]:
            if closure.starts < period.ends and closure.ends > period.starts:
                raise errors.InClosedPeriod(
                    _("The hall is closed: %(reason)s") % {"reason": closure.reason},
                    param="starts",
                    hall=hall.pk,
                    reason=closure.reason,
                    starts=closure.starts.isoformat(),
                    ends=closure.ends.isoformat(),
                )
        if not is_open(self.hours[hall.pk], period):
            raise errors.OutsideOpeningHours(
                param="starts",
                hall=hall.pk,
                hours=[
                    {"weekday": row.weekday, "opens": str(row.opens), "closes": str(row.closes)}
                    for row in sorted(self.hours[hall.pk], key=lambda row: (row.weekday, row.opens))
                ],
            )
