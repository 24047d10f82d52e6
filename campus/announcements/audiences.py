"""For whom an announcement is: one rule for who sees it and who is told of it.

``seen_by`` says which audiences a person is in, ``people_of`` who is in one; each kind is written down
beside its counterpart, and a test holds them against each other. What this room may not import (courses)
is added by a :class:`Port`.
"""

from collections.abc import Sequence
from typing import Any, Protocol

from django.db import models
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from campus.accounts.models import User
from campus.accounts.rules import is_organizer
from campus.clubs.models import Club, ClubMember, ClubPermission
from campus.institutions.models import InstitutionAdministrator
from campus.people.models import Guardianship, StaffProfile, Student
from portal.roles import Role


class Audience(models.TextChoices):
    """The kinds of audience."""

    EVERYONE = "everyone", _("everyone, the public too")
    ROLES = "roles", _("people with certain roles")
    INSTITUTION = "institution", _("an institution")
    FACULTY = "faculty", _("a faculty")
    DEPARTMENT = "department", _("a department")
    CLUB = "club", _("the members of a club")
    COURSE = "course", _("the people of a course")


PLACES = {
    Audience.INSTITUTION: "institution",
    Audience.FACULTY: "department__faculty",
    Audience.DEPARTMENT: "department",
}
"""Where a student or a member of staff has the place that an announcement names."""


class Port(Protocol):
    """What the room of courses tells of them."""

    def courses_of(self, user: User) -> Any:
        """A query of the ids of courses that ``user`` takes, teaches or has a child in."""

    def people_of(self, course_id: int) -> Q:
        """A condition on accounts: those for whom ``courses_of`` holds this course."""

    def courses_within(self, ids: frozenset[int]) -> Any:
        """A query of the ids of the courses of these institutions."""

    def choices(self, user: User) -> Sequence[tuple[int, str]]:
        """The courses that ``user`` may write to, for a form: id and name."""

    def label(self, course_id: int) -> str:
        """The name of a course."""


_ports: list[Port] = []


def register(port: Port) -> None:
    """Let announcements be for courses; once, when the apps are ready."""
    _ports[:] = [port]


def port() -> Port | None:
    """The registered port."""
    return _ports[0] if _ports else None


def seen_by(user: Any) -> Q:
    """A condition on announcements: those that are for ``user``, a visitor included. No query."""
    seen = Q(audience=Audience.EVERYONE)
    if not (user.is_authenticated and user.is_active):
        return seen
    groups = [role.value for role in user.roles]
    through = _model().roles.through.objects.filter(group__name__in=groups)
    seen |= Q(audience=Audience.ROLES, pk__in=through.values("announcementpage_id"))
    students = Student.objects.acted_for_by(user).exclude(state=Student.State.LEFT)
    staff = StaffProfile.objects.filter(user_id=user.pk)
    for kind, way in PLACES.items():
        there = Q((f"{kind}__in", students.values(way))) | Q((f"{kind}__in", staff.values(way)))
        if kind == Audience.INSTITUTION:
            runs = InstitutionAdministrator.objects.filter(user_id=user.pk)
            there |= Q(institution__in=runs.values("institution_id"))
        seen |= Q(audience=kind) & there
    rows = ClubMember.objects.filter(user_id=user.pk, state=ClubMember.State.ACTIVE)
    clubs = Club.objects.filter(
        Q(head_id=user.pk) | Q(coordinator__user_id=user.pk) | Q(pk__in=rows.values("club_id"))
    )
    seen |= Q(audience=Audience.CLUB, club__in=clubs.values("pk"))
    courses = port()
    if courses is not None:
        seen |= Q(audience=Audience.COURSE, course__in=courses.courses_of(user))
    return seen


def people_of(page: Any) -> "QuerySet[User]":
    """The accounts for which ``page`` is: the other side of :func:`seen_by`. One query."""
    people = User.objects.filter(is_active=True)
    kind = Audience(page.audience)
    if kind == Audience.EVERYONE:
        return people
    if kind == Audience.ROLES:
        names = set(page.roles.values_list("name", flat=True))
        held = Q(pk__in=User.groups.through.objects.filter(group__name__in=names).values("user_id"))
        return people.filter(held | Q(is_superuser=True) if Role.ADMIN in names else held)
    if kind == Audience.CLUB:
        rows = ClubMember.objects.filter(club=page.club_id, state=ClubMember.State.ACTIVE)
        led = Club.objects.filter(pk=page.club_id)
        return people.filter(
            Q(pk__in=rows.values("user_id"))
            | Q(pk__in=led.exclude(head=None).values("head_id"))
            | Q(pk__in=led.exclude(coordinator__user=None).values("coordinator__user_id"))
        )
    if kind == Audience.COURSE:
        courses = port()
        return people.filter(courses.people_of(page.course)) if courses else people.none()
    place = {PLACES[kind]: getattr(page, f"{kind}_id")}
    staff = StaffProfile.objects.filter(**place).exclude(user=None)
    found = students_accounts(Student.objects.filter(**place).exclude(state=Student.State.LEFT))
    found |= Q(pk__in=staff.values("user_id"))
    if kind == Audience.INSTITUTION:
        runs = InstitutionAdministrator.objects.filter(institution=page.institution_id)
        found |= Q(pk__in=runs.values("user_id"))
    return people.filter(found)


def clubs_written_for(user: Any) -> "QuerySet[Club]":
    """The clubs in whose name ``user`` writes announcements, by an office there; an admin reviews them."""
    return Club.objects.where_may(user, ClubPermission.EDIT_CLUB)


def writes_for_clubs(user: Any) -> bool:
    """Whether there is such a club."""
    return bool(is_organizer(user)) and clubs_written_for(user).exists()


def students_accounts(students: Any) -> Q:
    """A condition on accounts: of these students, and of the guardians who see them now (P10)."""
    parents = User.groups.through.objects.filter(group__name=Role.PARENT)
    links = Guardianship.objects.filter(
        student_id__in=students.open_to_guardians().values("pk"),
        guardian_id__in=parents.values("user_id"),
    )
    own = students.exclude(user=None)
    return Q(pk__in=own.values("user_id")) | Q(pk__in=links.values("guardian_id"))


def _model() -> Any:
    from campus.announcements.models import AnnouncementPage  # noqa: PLC0415 (it builds on this)

    return AnnouncementPage
