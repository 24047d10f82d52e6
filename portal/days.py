"""Days by the portal's own clock."""

import datetime as dt

from django.utils import timezone


def midnight(day: dt.date) -> dt.datetime:
    """The beginning of a day, in the portal's timezone."""
    return dt.datetime.combine(day, dt.time(), tzinfo=timezone.get_default_timezone())
