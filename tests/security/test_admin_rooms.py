"""Who gets into the rooms of the Wagtail admin that hold people, enrollments, the catalog and the log.

An editor comes in by the admin's door and must find these rooms shut; a student does not pass the door.
The control is an admin, who gets into every one of them: so the addresses are right, and there is
something behind each.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db.models import Model
from django.urls import NoReverseMatch, reverse
from django.utils import timezone

from campus.notifications.models import Notification, NotificationDelivery
from campus.people.models import Student
from learning.catalog.models import Course, Module, Program, Resource, Section
from learning.enrollments import services
from learning.enrollments.models import Enrollment, EnrollmentRequest
from portal.imports.models import Import
from portal.models import JobRun, OutboxMessage
from portal.roles import Role
from tests import factories
from tests.campus.accounts.openid import flows as openid_flows
from tests.campus.events import world as events
from tests.learning.enrollments import world
from tests.walks import without_sidebar

pytestmark = pytest.mark.django_db
ROOMS = [
    *("enrollments_admin", "enrollment_requests_admin", "student", "guardianship", "staffprofile"),
    *("course", "section", "module", "resource", "season", "program", "category"),
    *("institution", "department", "building", "hall", "job_runs", "jobs", "imports"),
    *("openid_clients", "deliveries", "event", "club", "clubrole", "clubmember"),
]
VIEWS = ["index", "index_results", "add", "enroll", "upload"]
VIEWS_OF_ONE = [
    "edit",
    "delete",
    "history",
    "inspect",
    "usage",
    "drop",
    "approve",
    "reject",
    "progress",
    "secret",
    "again",
    "close",
    *("schedule", "move", "start", "complete", "cancel", "clone", "repeat"),
    *("office", "head", "coordinator", "state", "accept", "refuse", "remove"),
]
UNLOGGED = (
    "job_runs:history",
    "jobs:history",
    "imports:history",
    "deliveries:history",
)  # nobody edits them, so nothing is told of them
LOG = "wagtailadmin_reports:site_history"
SECRETS = ("Rosalind Hidden", "A secret title")


def things() -> dict[str, Model]:
    """One thing for each room."""
    section = world.section(course=world.course(title="A secret title"), needs_approval=True)
    asking = world.student(name="Rosalind Hidden")
    teacher = factories.teacher()
    hall = factories.hall()
    club = factories.club(name=f"A secret title {factories.number()}")
    event = events.draft(club, title="A secret title")
    request = services.enroll(student=asking, section_id=section.pk, actor=asking.user)
    second = services.enroll(
        student=asking, section_id=world.section(course=section.course).pk, actor=asking.user
    )
    return {
        "enrollments_admin": second,
        "enrollment_requests_admin": request,
        "student": asking,
        "guardianship": factories.guardianship(student=asking),
        "staffprofile": teacher.staff_profile,
        "course": section.course,
        "section": section,
        "module": Module.objects.create(course=section.course, title="One"),
        "resource": Resource.objects.create(title="Notes", course=section.course, file="notes.pdf"),
        "season": section.season,
        "program": Program.objects.create(
            department=section.course.department, code=f"P{factories.number()}", name="Program"
        ),
        "category": factories.category(),
        "institution": section.course.institution,
        "department": section.course.department,
        "building": hall.building,
        "hall": hall,
        "club": club,
        "clubrole": club.roles.create(name="A secret title"),
        "clubmember": club.members.create(user=asking.user, since=timezone.now()),
        "event": event,
        "job_runs": JobRun.objects.create(name="x", started_at=timezone.now()),
        "imports": Import.objects.create(
            kind="users", file_name="Rosalind Hidden.csv", state=Import.State.READY
        ),
        "openid_clients": openid_flows.client(actor=world.user(Role.ADMIN))[0],
        "deliveries": NotificationDelivery.objects.create(
            notification=Notification.objects.create(user=asking.user, type="x"),
            channel="email",
            state="failed",
        ),
        "jobs": OutboxMessage.objects.create(actor="x", kwargs={}, due_at=timezone.now()),
    }


def addresses() -> Iterator[tuple[str, str]]:
    """Every address of every room, with the name of its view; those that a room lacks are left out."""
    for room, thing in things().items():
        for view in VIEWS:
            yield from _address(f"{room}:{view}", [])
        for view in VIEWS_OF_ONE:
            yield from _address(f"{room}:{view}", [thing.pk])
        if room in {"course", "section"}:
            yield from _address(f"catalog_copy_{room}", [thing.pk])


def _address(name: str, arguments: list[Any]) -> Iterator[tuple[str, str]]:
    try:
        yield name, reverse(name, args=arguments)
    except NoReverseMatch:
        return


@pytest.mark.parametrize("role", [Role.EDITOR, Role.STUDENT, None])
def test_rooms_of_the_admin_are_shut_to_whoever_is_no_admin(role, sign_in):
    found = list(addresses())
    before = ledger()
    browser = sign_in(world.user(*[role] if role else []))
    if role == Role.EDITOR:
        assert browser.get(reverse("wagtailadmin_home")).status_code == 200
    wrong = []
    for name, address in found:
        for send in (browser.get, browser.post):
            with without_sidebar():
                answer = send(address)
            told = answer.content.decode()
            if answer.status_code not in {302, 403, 404, 405} or any(s in told for s in SECRETS):
                wrong.append(f"{send.__name__} {name} → {answer.status_code}")
            if answer.status_code == 302 and answer["Location"].startswith(address.rstrip("/")):
                wrong.append(f"{name} leads back to the room: {answer['Location']}")
    assert not wrong, "\n".join(wrong)
    assert ledger() == before


def ledger() -> dict[str, list[dict[str, Any]]]:
    """All rows that a POST might have changed."""
    kept = (Student, Section, Course, Enrollment, EnrollmentRequest)
    return {model.__name__: list(model.objects.order_by("pk").values()) for model in kept}


def test_rooms_of_the_admin_are_open_to_an_admin(sign_in):
    found = list(addresses())
    browser = sign_in(world.user(Role.ADMIN))
    read_only = {"edit", "add", "delete", "usage"}  # of rows that are written by services alone
    opened, shut = set(), []
    for name, address in found:
        room, _, view = name.partition(":")
        with without_sidebar():
            status = browser.get(address).status_code
        if status == 200:
            opened.add(room)
        elif not (view in read_only and status in {302, 403}) and name not in UNLOGGED:
            shut.append(f"{name} → {status}")
    assert not shut, "\n".join(shut)
    assert opened >= {*ROOMS, "catalog_copy_course", "catalog_copy_section"}


@pytest.mark.parametrize("role", [Role.EDITOR, Role.TEACHER, Role.STUDENT])
@pytest.mark.parametrize("name", [LOG, f"{LOG}_results"])
def test_the_log_is_the_admins(role, name, sign_in):
    label = f"{things()['student'].number} · "  # as the log names the student's enrollments
    admin = sign_in(world.user(Role.ADMIN))
    assert label in admin.get(reverse(name)).content.decode()
    browser = sign_in(world.user(role))
    answer = browser.get(reverse(name))
    assert answer.status_code in {302, 403}
    assert label not in answer.content.decode()
    if role != Role.STUDENT:
        home = browser.get(reverse("wagtailadmin_home")).content.decode()
        assert reverse(LOG) not in home
        assert reverse(LOG) in admin.get(reverse("wagtailadmin_home")).content.decode()
