"""Who may read and edit what of the catalog: its rows of the table in ``roles.md``, in one place."""

from typing import Any

import rules
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from campus.institutions.models import Institution
from campus.institutions.scope import administers, register_path
from campus.people.models import StaffProfile
from learning.catalog.extensions import has_grant
from learning.catalog.models.courses import (
    Content,
    Course,
    Module,
    Program,
    Resource,
    Season,
)
from learning.catalog.models.sections import Meeting, Section
from portal import scopes
from portal.roles import Role

OfCourse = Course | Module | Content | Section | Resource


def course_id_of(thing: OfCourse) -> int | None:
    """The course that a thing of the catalog belongs to; a resource may belong to none."""
    if isinstance(thing, Course):
        return thing.pk
    if isinstance(thing, Content):
        return thing.module.course_id
    return thing.course_id


def _active(user: Any) -> bool:
    return bool(user is not None and user.is_authenticated and user.is_active)


@rules.predicate
def teaches(user: Any, thing: OfCourse | None) -> bool:
    """Is an instructor of a section of the course, or its author; at the door any teacher."""
    if not _active(user) or not user.has_role(Role.TEACHER):
        return False
    if thing is None:
        return True
    course_id = course_id_of(thing)
    return course_id is not None and taught_by(user).filter(pk=course_id).exists()


def taught_by(user: Any) -> QuerySet[Course]:
    """The courses of whoever teaches: those they are an instructor of, and those they are the author of."""
    taught = Section.instructors.through.objects.filter(staffprofile__user_id=user.pk)
    return Course.objects.filter(
        Q(pk__in=taught.values("section__course")) | Q(author__user_id=user.pk)
    )


@rules.predicate
def teaches_there(user: Any, institution: Institution | None) -> bool:
    """Is a teacher of the institution's staff; at the door, without one, any teacher."""
    if not _active(user) or not user.has_role(Role.TEACHER):
        return False
    if institution is None:
        return True
    return StaffProfile.objects.filter(user_id=user.pk, institution=institution).exists()


@rules.predicate
def is_for_everyone(user: Any, thing: OfCourse | None) -> bool:
    """A content that is a preview, a resource that is public; of a course that is published.

    A resource of no course is for everyone signed in, public or not.
    """
    if isinstance(thing, Content):
        return thing.is_preview and thing.module.course.is_published
    if isinstance(thing, Resource):
        if thing.course is None:
            return thing.is_public or _active(user)
        return thing.is_public and thing.course.is_published
    return False


@rules.predicate
def is_granted(user: Any, thing: OfCourse | None) -> bool:
    """Is enrolled in the course, and not expired: asked of those who know."""
    if not _active(user) or thing is None:
        return False
    course_id = course_id_of(thing)
    return course_id is not None and has_grant(user, course_id)


OPEN = "catalog.open_content"
EDIT = "catalog.edit_content"
MANAGE = "catalog.manage_catalog"
AUTHOR = "catalog.create_course"

# L2: everyone for a preview, those enrolled and not expired, the instructors, admins.
can_open = is_for_everyone | administers | teaches | is_granted

READ_SCOPE = scopes.register("courses:read", _("See the catalog of courses"))

rules.add_perm(OPEN, can_open)
rules.add_perm(EDIT, administers | teaches)
rules.add_perm(MANAGE, administers)
# Of an institution: an admin's, and a teacher's for a course that an admin publishes.
rules.add_perm(AUTHOR, administers | teaches_there)

register_path(Season, "institution")
register_path(Program, "department__institution")
register_path(Course, "institution")
register_path(Section, "course__institution")
register_path(Meeting, "section__course__institution")
register_path(Module, "course__institution")
register_path(Content, "module__course__institution")
register_path(Resource, "course__institution", "department__institution")


def may_open(user: Any, thing: Content | Resource) -> bool:
    """L2, for visitors too: ``has_perm`` would refuse whoever is not signed in before it asks."""
    return bool(can_open.test(user, thing))
