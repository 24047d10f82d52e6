"""Every write of the catalog by its people: checked, stored and logged in one transaction."""

import datetime as dt
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar

from django.db import models, transaction
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from campus.institutions.models import Department, Institution
from campus.institutions.scope import administers
from learning.catalog.errors import AlreadyCopied, CapacityBelowTaken
from learning.catalog.models import Content, Course, Meeting, Module, Season, Section
from learning.catalog.rules import EDIT, MANAGE
from learning.catalog.signals import section_seats_changed
from portal.audit import record, record_many
from portal.errors import InvalidInput, NotAllowed

M = TypeVar("M", bound=models.Model)
# What stands in lists and on the front page is decided by admins; teachers edit their course's words.
FOR_ADMINS = frozenset({"code", "department", "institution", "is_published", "is_featured"})
GIVES_SEATS = frozenset({"capacity", "is_cancelled"})


def _store(instance: M, *, changes: Mapping[str, Any], actor: Any, many: tuple[str, ...] = ()) -> M:
    """Check, save and log ``changes``; nothing is written or logged where nothing differs."""
    created = instance.pk is None
    before = (
        {}
        if created
        else {name: _plain(getattr(instance, name)) for name in changes if name not in many}
    )
    for name, value in changes.items():
        if name not in many:
            setattr(instance, name, value)
    after = {name: _plain(getattr(instance, name)) for name in changes if name not in many}
    with transaction.atomic():
        if created or before != after:
            instance.full_clean()
            instance.save()
        for name in many:
            if name in changes:
                manager = getattr(instance, name)
                before[name] = sorted(manager.values_list("pk", flat=True))
                manager.set(changes[name])
                after[name] = sorted(manager.values_list("pk", flat=True))
        if created or before != after:
            record(
                action="wagtail.create" if created else "wagtail.edit",
                instance=instance,
                actor=actor,
                before={name: value for name, value in before.items() if value != after[name]},
                after={
                    name: value for name, value in after.items() if created or before[name] != value
                },
            )
    return instance


def _plain(value: Any) -> Any:
    """A value as the log keeps it."""
    if isinstance(value, models.Model):
        return value.pk
    return value if value is None or isinstance(value, bool | int) else str(value)


def _require(actor: Any, permission: str, thing: models.Model | None) -> None:
    """Raise NotAllowed unless ``actor`` (None: the system itself) holds ``permission`` for ``thing``."""
    if actor is not None and not actor.has_perm(permission, thing):
        raise NotAllowed


def _same_department(institution: Institution, department: Department) -> None:
    if department.institution_id != institution.pk:
        raise InvalidInput(_("This belongs to another institution."), param="department")


def _same_season(course: Course, season: Season) -> None:
    if season.institution_id != course.institution_id:
        raise InvalidInput(_("This belongs to another institution."), param="season")


def create_course(
    *, actor: Any, institution: Institution, department: Department, **fields: Any
) -> Course:
    """Make a course; its slug comes from its code. Raises ValidationError for what does not fit.

    Raises NotAllowed for an institution that is not the actor's, InvalidInput for a department of
    another.
    """
    _require(actor, MANAGE, institution)
    _same_department(institution, department)
    fields = {"institution": institution, "department": department, **fields}
    fields.setdefault("slug", slugify(fields.get("code", "")))
    return _store(Course(), changes=fields, actor=actor, many=("prerequisites",))


def update_course(*, course: Course, actor: Any, changes: Mapping[str, Any]) -> Course:
    """Correct a course. Raises NotAllowed where an instructor changes what is an admin's to decide."""
    _require(actor, EDIT, course)
    for name in FOR_ADMINS & changes.keys():
        if not administers(actor, course) and getattr(course, name) != changes[name]:
            raise NotAllowed(_("Only an admin may change this."), param=name)
    institution = changes.get("institution", course.institution)
    if institution != course.institution:
        _require(actor, MANAGE, institution)
    _same_department(institution, changes.get("department", course.department))
    return _store(course, changes=changes, actor=actor, many=("prerequisites",))


@contextmanager
def _seats_held(section: Section, changed: Collection[str]) -> Iterator[None]:
    """A transaction with the section's row locked: no seat is taken between check and write.

    ``section`` carries the capacity that is to be. Raises CapacityBelowTaken; tells of seats that came.
    """
    with transaction.atomic():
        locked = Section.objects.select_for_update(no_key=True)
        taken = locked.values_list("seats_taken", flat=True).get(pk=section.pk)
        if section.capacity is not None and section.capacity < taken:
            raise CapacityBelowTaken(param="capacity", taken=taken)
        yield
        if GIVES_SEATS & set(changed):
            section_seats_changed.send(Section, section_id=section.pk)


def save_section(
    *, section: Section, save: Callable[[], Section], changed: Collection[str]
) -> Section:
    """Store a section as a form left it, with its weekly hours, by the form's own ``save`` (L4).

    ``changed`` names the fields that differ. Raises CapacityBelowTaken. The admin writes the log.
    """
    with _seats_held(section, changed):
        return save()


def write_module(*, actor: Any, changes: Mapping[str, Any], module: Module | None = None) -> Module:
    """Make a chapter of a course, or correct one; both courses must be the actor's to edit."""
    for course in {getattr(module, "course", None), changes.get("course")} - {None}:
        _require(actor, EDIT, course)
    return _store(module or Module(), changes=changes, actor=actor)


def write_content(
    *, actor: Any, changes: Mapping[str, Any], content: Content | None = None
) -> Content:
    """Make a content of a chapter, or correct one; both chapters must be the actor's to edit."""
    for module in {getattr(content, "module", None), changes.get("module")} - {None}:
        _require(actor, EDIT, module)
    return _store(content or Content(), changes=changes, actor=actor)


@transaction.atomic
def delete_part(*, part: Module | Content, actor: Any) -> None:
    """Take a chapter with its contents, or one content, out of its course."""
    _require(actor, EDIT, part)
    record(action="wagtail.delete", instance=part, actor=actor)
    part.delete()


@transaction.atomic
def copy_section(*, section: Section, season: Season, actor: Any) -> Section:
    """Copy a section to another season (L3): its structure, not its people.

    Taken over: number, code, title, kind, delivery, credit hours, place, price, capacity, approval,
    length of access, and the weekly meetings with their hours. Not taken over: students, waiting
    list, seats taken, instructors; nor halls, which the season has to give anew (the meeting keeps
    the room in words). Days (starts, ends, the window for enrollment, the last day to drop) move by
    as much as the seasons' starts differ. Raises AlreadyCopied.
    """
    _require(actor, MANAGE, section)
    _same_season(section.course, season)
    if Section.objects.filter(season=season, number=section.number).exists():
        raise AlreadyCopied(section=str(section), season=season.code)
    copied = _copy_section(section, season)
    copied.save()
    Meeting.objects.bulk_create(_copy_meetings(section, copied))
    _log_copy(copied, section, season, actor)
    return copied


@transaction.atomic
def copy_course(*, course: Course, season: Season, source: Season, actor: Any) -> list[Section]:
    """Copy all sections of ``course`` in ``source`` to ``season`` (L3); those there already stay.

    Cancelled sections are left out. Modules and contents belong to the course and so are there for
    the new season as they stand. Answers the sections that were made. Eight queries however many.
    """
    _require(actor, MANAGE, course)
    _same_season(course, season)
    there = set(Section.objects.filter(season=season).values_list("number", flat=True))
    sections = [
        section
        for section in course.sections.filter(season=source, is_cancelled=False)
        .select_related("season", "course")
        .prefetch_related("meetings__hall__building")
        if section.number not in there
    ]
    copies = Section.objects.bulk_create(_copy_section(section, season) for section in sections)
    pairs = list(zip(sections, copies, strict=True))
    Meeting.objects.bulk_create(
        meeting for section, copied in pairs for meeting in _copy_meetings(section, copied)
    )
    record_many(
        action="catalog.copy",
        entries=[(copied, _copied_from(section, season)) for section, copied in pairs],
        actor=actor,
    )
    if copies:
        record(
            action="catalog.copy",
            instance=course,
            actor=actor,
            season=season.code,
            sections=len(copies),
        )
    return copies


def _copy_section(section: Section, season: Season) -> Section:
    shift = season.starts - section.season.starts

    def moved(day: dt.date | None) -> dt.date | None:
        return None if day is None else day + shift

    copied = Section(course=section.course, season=season)
    for name in (
        *("number", "code", "title", "kind", "delivery", "credit_hours", "place", "price"),
        *("currency", "capacity", "access_days", "needs_approval"),
    ):
        setattr(copied, name, getattr(section, name))
    for name in ("starts", "ends", "enrollment_opens", "enrollment_closes", "drop_until"):
        setattr(copied, name, moved(getattr(section, name)))
    return copied


def _copy_meetings(section: Section, copied: Section) -> list[Meeting]:
    return [
        Meeting(
            section=copied,
            weekday=meeting.weekday,
            starts=meeting.starts,
            ends=meeting.ends,
            place=meeting.place or (str(meeting.hall) if meeting.hall else ""),
        )
        for meeting in section.meetings.all()
    ]


def _copied_from(section: Section, season: Season) -> dict[str, Any]:
    return {"from_section": section.pk, "from": section.season.code, "season": season.code}


def _log_copy(copied: Section, section: Section, season: Season, actor: Any) -> None:
    record(action="catalog.copy", instance=copied, actor=actor, **_copied_from(section, season))
