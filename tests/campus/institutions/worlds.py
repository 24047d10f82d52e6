"""Two institutions with one of everything each, for tests of what an admin of one reaches of the other."""

import datetime as dt
from typing import Any

from django.db.models import Model
from django.utils import timezone

from campus.accounts.models import User
from campus.events.services import create_event
from campus.events.sessions import Slot
from campus.institutions.models import (
    Department,
    Faculty,
    Institution,
    InstitutionAdministrator,
)
from campus.people.models import StaffProfile, Student
from campus.points.models import PointGoal
from campus.venues.models import Building, Closure, Hall
from learning.catalog.models import Module, Program, Resource, Section
from learning.enrollments.models import Enrollment, EnrollmentRequest
from portal.roles import Role
from tests import factories

World = dict[type[Model], Any]


def world(word: str) -> World:
    """One thing of each bound model, all of a new institution; ``word`` stands in every name."""
    place = factories.institution(slug=word.lower(), name=f"{word} Institute")
    faculty = Faculty.objects.create(institution=place, code=f"{word}F", name=f"{word} Faculty")
    department = factories.department(
        institution=place, faculty=faculty, code=f"{word}D", name=f"{word} Department"
    )
    person = factories.user(Role.STUDENT, full_name=f"{word} Person", email=f"{word}@example.org")
    student = factories.student(
        institution=place, name=f"{word} Person", number=f"{word}-1", user=person
    )
    teacher = factories.user(Role.TEACHER, full_name=f"{word} Teacher")
    staff = factories.staff(
        institution=place, name=f"{word} Teacher", user=teacher, department=department
    )
    admin = factories.administrator(place, full_name=f"{word} Admin")
    course = factories.course(
        institution=place,
        department=department,
        code=f"{word} 1",
        title=f"{word} Course",
        is_published=False,
    )
    season = factories.season(institution=place, code=f"{word}-1", name=f"{word} Season")
    section = factories.section(
        course=course,
        season=season,
        number=f"{word}9",
        title=f"{word} Section",
        instructors=[staff],
    )
    building = Building.objects.create(institution=place, name=f"{word} Building")
    other = factories.student(institution=place, name=f"{word} Second", user=None)
    made: list[Any] = [
        *(place, faculty, department, student, staff, course, season, section, building, person),
        InstitutionAdministrator.objects.get(user=admin),
        factories.guardianship(
            student=other, guardian=factories.user(Role.PARENT, full_name=f"{word} Parent")
        ),
        Hall.objects.create(building=building, code=f"{word}1", name=f"{word} Hall"),
        Closure.objects.create(
            building=building,
            starts=timezone.now(),
            ends=timezone.now() + dt.timedelta(days=1),
            reason=f"{word} Painting",
        ),
        Module.objects.create(course=course, title=f"{word} Module"),
        Resource.objects.create(course=course, title=f"{word} Notes", file="notes.pdf"),
        Program.objects.create(department=department, code=f"{word}P", name=f"{word} Program"),
        Enrollment.objects.create(student=student, section=section, since=timezone.now()),
        EnrollmentRequest.objects.create(
            student=other, section=section, waits_for="approval", queue_number=1, asked_by=teacher
        ),
    ]
    category = factories.point_category(institution=place, code=f"{word}C", name=f"{word} Points")
    made += [
        category,
        PointGoal.objects.create(institution=place, program=f"{word} Program", total=100),
        factories.points(student=student, category=category, title=f"{word} Fair"),
    ]
    template = factories.certificate_template(institution=place, name=f"{word} Look")
    made += [
        template,
        template.current,
        factories.certificate(student=student, template=template, title=f"{word} Fair"),
    ]
    made.append(
        factories.hall_booking(
            hall=Hall.objects.get(building=building), purpose=f"{word} Rehearsal", asked_by=teacher
        )
    )
    club = factories.club(institution=place, name=f"{word} Club")
    starts = timezone.now() + dt.timedelta(days=2)
    made += [
        club,
        club.roles.create(name=f"{word} Clerk"),
        club.members.create(user=teacher, since=timezone.now()),
        create_event(
            club=club,
            changes={
                "title": f"{word} Fair",
                "sessions": [Slot(starts, starts + dt.timedelta(hours=2))],
            },
            actor=None,
        ),
    ]
    return {type(thing): thing for thing in made}


def ledger(of: World) -> dict[str, Any]:
    """All that is stored of a world, to see whether anything of it was changed."""
    kept = {
        model.__name__: model._default_manager.filter(pk=thing.pk).values().first()
        for model, thing in of.items()
    }
    kept["roles"] = sorted(of[User].groups.values_list("name", flat=True))
    for model in (
        Student,
        StaffProfile,
        Section,
        Department,
        Institution,
        InstitutionAdministrator,
    ):
        kept[f"all of {model.__name__}"] = model._default_manager.count()
    return kept
