"""Writes to many rows of the catalog at once, for imports: a fixed number of statements for each thousand."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import models
from django.utils import timezone
from django.utils.text import slugify
from wagtail.search.backends import get_search_backends
from wagtail.search.models import IndexEntry

from learning.catalog.models import Course, Section
from portal import audit
from portal.pagecache import touch
from portal.pagecache.marks import EVERYTHING

ACTION = "catalog.import"


@dataclass
class Write:
    """One row as it is to be; ``before`` and ``after`` are for the log, changed fields only."""

    thing: models.Model
    before: Mapping[str, Any] = field(default_factory=dict)
    after: Mapping[str, Any] = field(default_factory=dict)


def write_many(writes: Sequence[Write], *, actor: Any, fields: Collection[str] = ()) -> None:
    """Store rows of one model: those that are new are made, of the others ``fields`` are stored. Logged.

    Whoever calls it has checked who may, and that nothing crosses institutions. Raises ``IntegrityError``
    for what another transaction made meanwhile.
    """
    if not writes:
        return
    model = type(writes[0].thing)
    rows: Any = model._default_manager
    new = [one.thing for one in writes if one.thing._state.adding]
    known = [one.thing for one in writes if not one.thing._state.adding]
    if new:
        rows.bulk_create(new)
    if known:
        names = sorted(fields)
        if model is Course:
            names.append("updated_at")
            for thing in known:
                setattr(thing, "updated_at", timezone.now())  # noqa: B010 (of courses alone)
        rows.bulk_update(known, names)
    audit.record_many(
        action=ACTION,
        entries=[
            (one.thing, {"before": dict(one.before), "after": dict(one.after)}) for one in writes
        ],
        actor=actor,
    )
    if model is Course:
        index_courses([one.thing for one in writes], known=known)  # type: ignore[misc]
    touch(EVERYTHING)


def add_instructors(pairs: Sequence[tuple[Section, int]], *, actor: Any) -> None:
    """Have staff (by id) teach sections, besides those who do. Logged by how many came, not who: names
    and numbers of people must be forgettable."""
    if not pairs:
        return
    through: Any = Section.instructors.through
    through.objects.bulk_create(
        [through(section_id=section.pk, staffprofile_id=staff) for section, staff in pairs],
        ignore_conflicts=True,
    )
    sections = {section.pk: section for section, _staff in pairs}
    came = Counter(section.pk for section, _staff in pairs)
    audit.record_many(
        action=ACTION,
        entries=[
            (section, {"before": {}, "after": {"instructors": f"+{came[pk]}"}})
            for pk, section in sections.items()
        ],
        actor=actor,
    )
    touch(EVERYTHING)


def free_course_slugs(codes: Iterable[str]) -> dict[str, str]:
    """A slug for each new course: 'aas-201', with a number where another institution has it. One query."""
    wanted = {code: slugify(code)[:50] or "course" for code in codes}
    taken = set(
        Course.objects.filter(slug__in=wanted.values()).values_list("slug", flat=True)
        if wanted
        else ()
    )
    free: dict[str, str] = {}
    for code, slug in wanted.items():
        choice, number = slug, 2
        while choice in taken:
            choice, number = f"{slug}-{number}", number + 1
        taken.add(choice)
        free[code] = choice
    return free


def index_courses(courses: Sequence[Course], *, known: Sequence[Any]) -> None:
    """Put courses into the search index in bulk; those ``known`` to it are put in anew.

    The rows of the known ones are taken out first: one at a time is how SQLite's index would be
    updated otherwise.
    """
    if not courses:
        return
    if known:
        IndexEntry.objects.filter(
            content_type__app_label="catalog",
            content_type__model="course",
            object_id__in=[str(course.pk) for course in known],
        ).delete()
    for backend in get_search_backends(with_auto_update=True):
        backend.add_bulk(Course, courses)
