"""The weekly hours of a section: checked as a whole, and replaced as a whole."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from campus.venues.models import Hall
from learning.catalog.models import Meeting, Section, Weekday
from learning.catalog.services.common import Told, of_institution
from portal.errors import InvalidInput, NotAllowed


@dataclass(frozen=True)
class WeeklyHour:
    """A weekly meeting as somebody wants it: a weekday (Saturday is 0), hours, a hall or a place in words."""

    weekday: int
    starts: dt.time
    ends: dt.time
    hall: Hall | None = None
    place: str = ""

    @property
    def key(self) -> tuple[int, dt.time, dt.time]:
        """What tells the hours of one section apart."""
        return self.weekday, self.starts, self.ends

    def __str__(self) -> str:
        hall = f" #{self.hall.pk}" if self.hall is not None else ""
        return f"{self.weekday} {self.starts:%H:%M}–{self.ends:%H:%M}{hall} {self.place}".strip()


def check_hours(hours: Sequence[WeeklyHour], *, institution_id: int) -> None:
    """Raise InvalidInput, naming the meeting and its field, for hours that cannot be.

    Those are: an unknown weekday, an end that is not after the start, a hall of another institution, and
    two that overlap.
    """
    for number, hour in enumerate(hours):
        if hour.weekday not in Weekday.values:
            raise InvalidInput(_("Saturday is 0, Friday is 6."), param=f"meetings.{number}.weekday")
        if hour.ends <= hour.starts:
            raise InvalidInput(
                _("A meeting ends after it starts."), param=f"meetings.{number}.ends"
            )
        if hour.hall is not None:
            found = hour.hall.building.institution_id
            of_institution(institution_id, found, f"meetings.{number}.hall")
        for other in hours[:number]:
            if (
                other.weekday == hour.weekday
                and other.starts < hour.ends
                and hour.starts < other.ends
            ):
                raise InvalidInput(
                    _("This overlaps another meeting of the section."),
                    param=f"meetings.{number}.starts",
                )


def replace_hours(section: Section, hours: Sequence[WeeklyHour], *, may_take_halls: bool) -> Told:
    """Put ``hours`` in the place of what the section has; what stays keeps its row.

    With the section's row locked. Raises NotAllowed for a hall that the section does not have at that hour
    already, unless ``may_take_halls``: halls are given by admins.
    """
    held = {
        (meeting.weekday, meeting.starts, meeting.ends): meeting
        for meeting in Meeting.objects.filter(section=section).select_related("hall")
    }
    was = [str(_as_hour(meeting)) for meeting in held.values()]
    for number, hour in enumerate(hours):
        there = held.get(hour.key)
        if (
            hour.hall is not None
            and not may_take_halls
            and (there is None or there.hall_id != hour.hall.pk)
        ):
            raise NotAllowed(_("Only an admin may give a hall."), param=f"meetings.{number}.hall")
    wanted = {hour.key: hour for hour in hours}
    gone = [meeting.pk for key, meeting in held.items() if key not in wanted]
    if gone:
        Meeting.objects.filter(pk__in=gone).delete()
    new = []
    for key, hour in wanted.items():
        meeting = held.get(key)
        if meeting is None:
            new.append(_as_meeting(section, hour))
        elif (meeting.hall_id, meeting.place) != (getattr(hour.hall, "pk", None), hour.place):
            meeting.hall, meeting.place = hour.hall, hour.place
            meeting.save()
    Meeting.objects.bulk_create(new)
    now = [str(hour) for hour in sorted(hours, key=lambda one: one.key)]
    return ({}, {}) if was == now else ({"meetings": was}, {"meetings": now})


def _as_hour(meeting: Meeting) -> WeeklyHour:
    return WeeklyHour(meeting.weekday, meeting.starts, meeting.ends, meeting.hall, meeting.place)


def _as_meeting(section: Section, hour: WeeklyHour) -> Meeting:
    values: dict[str, Any] = {"weekday": hour.weekday, "starts": hour.starts, "ends": hour.ends}
    return Meeting(section=section, hall=hour.hall, place=hour.place, **values)
