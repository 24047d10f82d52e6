"""Writing courses: the admins of their institution, and those who teach them for what is theirs."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from django.db import transaction
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _
from wagtail.images import get_image_model

from campus.institutions.models import Department, Institution
from learning.catalog.errors import PrerequisiteCircle
from learning.catalog.models import Course, Program
from learning.catalog.rules import AUTHOR, EDIT, MANAGE
from learning.catalog.services.common import (
    decides,
    of_institution,
    refuse_if_held,
    remove,
    require,
    store,
)
from portal.errors import NotAllowed

MANY = ("prerequisites", "programs", "tags")
# What stands in lists and on the front page is decided by admins; teachers edit their course's words.
FOR_ADMINS = frozenset(
    {"code", "department", "institution", "is_published", "is_featured", "programs"}
)
OWN_PARTS = frozenset({"tagged"})


def create_course(
    *, actor: Any, institution: Institution, department: Department, **fields: Any
) -> Course:
    """Make a course; its slug comes from its code.

    Admins of the institution; and a teacher of it, who becomes its author: such a course is published by
    an admin. ``tags`` are names, ``thumbnail`` an image or a file. Raises NotAllowed for an institution
    that is not the actor's and, with the field's name, for what a teacher may not set; InvalidInput for
    what does not fit.
    """
    require(actor, AUTHOR, institution)
    if not decides(actor, institution):
        for name in ("is_published", "is_featured", "programs"):
            if fields.get(name):
                raise NotAllowed(_("Only an admin may change this."), param=name)
        fields |= {"is_published": False, "author": actor.staff_profile}
    changes = {"institution": institution, "department": department, **fields}
    changes.setdefault("slug", free_slug(str(fields.get("code", ""))))
    return _store(Course(), changes, actor)


def update_course(*, course: Course, actor: Any, changes: Mapping[str, Any]) -> Course:
    """Correct a course. Raises NotAllowed where a teacher changes what is an admin's to decide.

    Raises InvalidInput for what belongs to another institution, PrerequisiteCircle, and StillInUse where a
    course with sections would move to another institution.
    """
    require(actor, EDIT, course)
    for name in FOR_ADMINS & changes.keys():
        if not decides(actor, course) and _differs(course, name, changes[name]):
            raise NotAllowed(_("Only an admin may change this."), param=name)
    institution = changes.get("institution", course.institution)
    if institution != course.institution:
        require(actor, MANAGE, institution)
    return _store(course, changes, actor)


def delete_course(*, course: Course, actor: Any) -> None:
    """Take a course away that nothing hangs on. Raises NotAllowed, and StillInUse that names what does."""
    require(actor, MANAGE, course)
    remove(course, actor=actor, parts=OWN_PARTS)


def free_slug(code: str) -> str:
    """A slug made of a course's code, with a number where another course has it."""
    wanted = slugify(code)[:50] or "course"
    taken = set(Course.objects.filter(slug__startswith=wanted).values_list("slug", flat=True))
    slug, number = wanted, 2
    while slug in taken:
        slug, number = f"{wanted}-{number}", number + 1
    return slug


def _differs(course: Course, name: str, value: Any) -> bool:
    if name in MANY:
        held: Any = getattr(course, name)
        return set(held.values_list("pk", flat=True)) != {one.pk for one in value}
    return bool(getattr(course, name) != value)


def _store(course: Course, changes: Mapping[str, Any], actor: Any) -> Course:
    changes = dict(changes)
    with transaction.atomic():
        if changes.get("prerequisites"):
            # Two that make each other their prerequisite at once: the second waits and sees the first.
            _lock(changes.get("institution") or course.institution)
        upload = changes.get("thumbnail")
        if upload is not None and not isinstance(upload, get_image_model()):
            title = str(changes.get("title") or course.title)
            changes["thumbnail"] = get_image_model().objects.create(
                title=title[:255], file=upload, uploaded_by_user=actor
            )
        return store(
            course,
            changes=changes,
            actor=actor,
            many=MANY,
            check=lambda row: _check(row, course, changes),
        )


def _lock(institution: Institution) -> None:
    Institution.objects.select_for_update(no_key=True).get(pk=institution.pk)


def _check(row: Course, before: Course, changes: Mapping[str, Any]) -> None:
    """Everything that a course points to is of its institution, and no course needs itself."""
    place = row.institution_id
    of_institution(place, row.department.institution_id, "department")
    if row.pk is not None and before.pk is not None:
        was = Course.objects.values_list("institution_id", flat=True).get(pk=row.pk)
        if was != place:
            refuse_if_held(row, OWN_PARTS, param="institution")
    programs: Iterable[Program] = changes.get("programs", ())
    for program in programs:
        of_institution(place, program.department.institution_id, "programs")
    needed: Collection[Course] = changes.get("prerequisites", ())
    for course in needed:
        of_institution(place, course.institution_id, "prerequisites")
    if row.pk is not None:
        refuse_circle(row, needed)


def refuse_circle(course: Course, needed: Collection[Course]) -> None:
    """Raise PrerequisiteCircle if ``course`` is among what ``needed`` needs. One query for each step back."""
    seen: set[int] = set()
    step = {one.pk for one in needed}
    through: Any = Course.prerequisites.through
    while step:
        if course.pk in step:
            raise PrerequisiteCircle(param="prerequisites")
        seen |= step
        rows = through.objects.filter(from_course__in=step)
        step = set(rows.values_list("to_course_id", flat=True)) - seen
