"""Writing sections: the admins of their institution, and who teaches the course for what is theirs."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from campus.people.models import StaffProfile
from learning.catalog.errors import CapacityBelowTaken
from learning.catalog.lectures import MOVES, follow, give_back_lectures
from learning.catalog.models import Course, Season, Section
from learning.catalog.rules import EDIT, MANAGE
from learning.catalog.services.common import (
    Told,
    decides,
    of_institution,
    refuse_if_held,
    remove,
    require,
    store,
)
from learning.catalog.services.meetings import WeeklyHour, check_hours, replace_hours
from learning.catalog.signals import section_seats_changed
from portal.errors import NotAllowed

# Money, seats, the academic record and who may see the students are decided by admins.
FOR_ADMINS = frozenset(
    {
        *("course", "season", "number", "instructors", "price", "currency", "capacity"),
        *("credit_hours", "access_days", "drop_until", "is_cancelled"),
    }
)
GIVES_SEATS = frozenset({"capacity", "is_cancelled"})
OWN_PARTS = frozenset({"meetings"})


def create_section(
    *,
    actor: Any,
    course: Course,
    season: Season,
    meetings: Sequence[WeeklyHour] = (),
    **fields: Any,
) -> Section:
    """Make a section of ``course`` with its weekly hours.

    Admins; and who teaches the course, who is its instructor then. Raises NotAllowed, with the field's
    name for what a teacher may not set, and InvalidInput for what does not fit.
    """
    require(actor, EDIT, course)
    if not decides(actor, course):
        own = getattr(actor, "staff_profile", None)
        given = fields.pop("instructors", None) or [own]
        fields = {"instructors": given, **fields}
        for name in sorted((FOR_ADMINS - {"course", "season", "number"}) & fields.keys()):
            default = (
                [own] if name == "instructors" else Section._meta.get_field(name).get_default()
            )
            if fields[name] != default:
                raise NotAllowed(_("Only an admin may change this."), param=name)
    return _store(Section(), {"course": course, "season": season, **fields}, meetings, actor)


def update_section(*, section: Section, actor: Any, changes: Mapping[str, Any]) -> Section:
    """Correct a section; ``meetings``, if given, replaces all its weekly hours.

    Raises NotAllowed, with the field's name for what a teacher may not change, InvalidInput for what does
    not fit, CapacityBelowTaken, and StillInUse where one with students would move to another course. New
    seats go to who waits (L4); the halls' calendars follow other hours and days (B4).
    """
    require(actor, EDIT, section)
    changes = dict(changes)
    meetings = changes.pop("meetings", None)
    for name in sorted(FOR_ADMINS & changes.keys()):
        if not decides(actor, section) and _differs(section, name, changes[name]):
            raise NotAllowed(_("Only an admin may change this."), param=name)
    if "course" in changes:
        require(actor, EDIT, changes["course"])
    return _store(section, changes, meetings, actor)


def delete_section(*, section: Section, actor: Any) -> None:
    """Take a section away that nobody enrolled in or asked for; another is cancelled instead.

    Its lectures to come give their halls back (B4). Raises NotAllowed, and StillInUse that names what hangs
    on it.
    """
    require(actor, MANAGE, section)
    with transaction.atomic():
        give_back_lectures(section=section, actor=actor)
        remove(section, actor=actor, parts=OWN_PARTS)


def _refuse_too_few(capacity: int | None, taken: int) -> None:
    if capacity is not None and capacity < taken:
        raise CapacityBelowTaken(param="capacity", taken=taken)


def _differs(section: Section, name: str, value: Any) -> bool:
    if name == "instructors":
        return {one.pk for one in section.instructors.all()} != {one.pk for one in value}
    return bool(getattr(section, name) != value)


def _store(
    section: Section,
    changes: Mapping[str, Any],
    meetings: Sequence[WeeklyHour] | None,
    actor: Any,
) -> Section:
    before = None if section._state.adding else section.course
    was = {name: getattr(section, name) for name in MOVES & changes.keys()} if before else {}
    told: Told = ({}, {})

    def check(row: Section) -> None:
        """With the row locked, as it is to be."""
        place = row.course.institution_id
        of_institution(place, row.season.institution_id, "season")
        people: Collection[StaffProfile] = changes.get("instructors", ())
        for person in people:
            of_institution(place, person.institution_id, "instructors")
        _refuse_too_few(row.capacity, row.seats_taken)
        if before is not None and row.course_id != before.pk:
            of_institution(before.institution_id, place, "course")
            refuse_if_held(row, OWN_PARTS, param="course")
        check_hours(meetings or (), institution_id=place)

    def hours(row: Section) -> Told:
        nonlocal told
        if meetings is not None:
            told = replace_hours(row, meetings, may_take_halls=decides(actor, row))
        return told

    with transaction.atomic():
        stored = store(
            section,
            changes=changes,
            actor=actor,
            many=("instructors",),
            unique="number",
            check=check,
            extra=hours,
        )
        if before is not None and GIVES_SEATS & changes.keys():
            section_seats_changed.send(Section, section_id=stored.pk)
        if told[1] or any(getattr(stored, name) != value for name, value in was.items()):
            follow([stored.pk], actor=actor)
    return stored
