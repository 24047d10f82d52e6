"""People, courses and sections for the tests of enrollments, made with as little as each needs."""

import datetime as dt
import itertools
from typing import Any

from django.contrib.auth.models import Group
from django.utils import timezone

from campus.accounts.models import User
from campus.institutions.models import Department, Institution
from campus.people.models import StaffProfile, Student
from learning.catalog.models import Course, Meeting, Season, Section
from portal.roles import Role

_number = itertools.count(1)


def institution() -> Institution:
    return Institution.objects.get_or_create(slug="world", defaults={"name": "World"})[0]


def user(*roles: Role, **fields: Any) -> User:
    number = next(_number)
    fields.setdefault("email", f"person{number}@world.example")
    fields.setdefault("full_name", f"Person {number}")
    made = User.objects.create_user(password=None, **fields)
    made.groups.set([Group.objects.get_or_create(name=role)[0] for role in roles])
    return made


def student(**fields: Any) -> Student:
    if "user" not in fields:
        fields["user"] = user(Role.STUDENT)
    number = next(_number)
    fields.setdefault("name", f"Student {number}")
    found = Student.objects.filter(user=fields["user"]).first() if fields["user"] else None
    return found or Student.objects.create(
        institution=institution(), number=f"W{number:06}", **fields
    )


def course(**fields: Any) -> Course:
    number = next(_number)
    department = Department.objects.get_or_create(
        institution=institution(), code="WLD", defaults={"name": "Worlds"}
    )[0]
    fields.setdefault("title", f"Worlds {number}")
    return Course.objects.create(
        institution=institution(),
        department=department,
        code=f"WLD {number}",
        slug=f"wld-{number}",
        **fields,
    )


def season() -> Season:
    today = timezone.localdate()
    return Season.objects.get_or_create(
        institution=institution(),
        code="now",
        defaults={
            "name": "Now",
            "starts": today - dt.timedelta(days=7),
            "ends": today + dt.timedelta(days=70),
        },
    )[0]


def section(
    *meetings: tuple[int, str, str], instructor: User | None = None, **fields: Any
) -> Section:
    """A section with ``(weekday, from, to)`` meetings."""
    if "course" not in fields:
        fields["course"] = course()
    fields.setdefault("season", season())
    made = Section.objects.create(number=f"{next(_number)}", **fields)
    for weekday, starts, ends in meetings:
        Meeting.objects.create(section=made, weekday=weekday, starts=starts, ends=ends)
    if instructor is not None:
        profile = StaffProfile.objects.get_or_create(
            user=instructor, defaults={"institution": institution(), "name": str(instructor)}
        )[0]
        made.instructors.add(profile)
    return Section.objects.select_related("course", "season").get(pk=made.pk)
