"""The things that the addresses of the table point to, and whose they are.

For a new argument of an address (``{club}``) put a line into ``ARGUMENTS``: how it is made for somebody
of a role. What is made here belongs to the *owner* of each role; everybody else has things of their own,
so that "any teacher" is told from "the teacher of this section".
"""

import datetime as dt
from collections.abc import Callable
from typing import Any

from allauth.idp.oidc.models import Client as OpenIDClient
from allauth.usersessions.models import UserSession
from django.contrib.auth.models import Group
from django.core import signing
from django.core.files.base import ContentFile
from django.utils import timezone
from django.utils.text import slugify
from wagtail.models import Site

from bookings.models import BookingSeries
from campus.audit.models import AuditEntry
from campus.clubs.models import ClubMember
from campus.events.door import code_for
from campus.events.feeds import token_of
from campus.events.models import CalendarFeed
from campus.institutions.models import Faculty, InstitutionAdministrator
from campus.notifications import preferences
from campus.notifications.models import Notification, NotificationDelivery
from campus.people.models import Student
from campus.personal.models import DataExport
from campus.points.models import PointEvidence, PointGoal
from campus.venues.models import Closure, Facility
from learning.catalog.models import Content, Module, Program, Resource
from learning.enrollments import services
from portal.imports.models import Import
from portal.models import JobRun, OutboxMessage
from portal.roles import Role
from tests import factories
from tests.access.people import ROLES, Person
from tests.campus.events import world as campus_life


class World:
    """One university with its people; beside it a college with an admin of its own."""

    def __init__(self) -> None:
        self.university = factories.institution()
        self.college = factories.institution(slug="college", name="A college")
        self.people = {
            (role, owner): Person(role, owner) for role in ROLES for owner in (True, False)
        }
        for owner in (True, False):
            self._people(owner)
        self._learning()
        self._events()
        self._notes()
        for person in self.people.values():
            person.sign_in()
        self._certificates()

    def person(self, role: str, *, owner: bool) -> Person:
        """Somebody of ``role``."""
        return self.people[role, owner]

    def user(self, role: str, *, owner: bool = True) -> Any:
        """The account of somebody of ``role``."""
        return self.people[role, owner].user

    def _people(self, owner: bool) -> None:
        place = self.university if owner else self.college
        mentor = factories.mentor()
        learner = factories.student(mentor=mentor)
        child = factories.student(user=None, mentor=mentor)
        users = {
            "student": learner.user,
            "parent": factories.parent(child),
            "teacher": factories.teacher(),
            "mentor": mentor.user,
            "organizer": factories.user(Role.ORGANIZER),
            "editor": factories.user(Role.EDITOR),
            "admin": factories.user(Role.ADMIN),
            "local": factories.administrator(place),
        }
        for role, user in users.items():
            self.people[role, owner].user = user
        if owner:
            self.learner, self.child = learner, child
        else:
            self.other_learner, self.other_child = learner, child

    def _learning(self) -> None:
        self.course = factories.course()
        teacher, other = (
            self.user("teacher", owner=owner).staff_profile for owner in (True, False)
        )
        self.section = factories.section(course=self.course, instructors=[teacher])
        self.asked = factories.section(
            course=self.course, instructors=[teacher], needs_approval=True
        )
        self.elsewhere = factories.section(instructors=[other])
        # Where nobody of the world has a seat or has asked for one yet.
        self.free = factories.section(course=self.course, instructors=[teacher])
        self.module = Module.objects.create(course=self.course, title="One")
        self.content = Content.objects.create(
            module=self.module, title="Lesson", kind="document", file=_file()
        )
        self.resource = Resource.objects.create(title="Notes", course=self.course, file=_file())
        self.program = Program.objects.create(
            department=self.course.department, code="P1", name="Program"
        )
        self.category = factories.category()
        self.hall = factories.hall(capacity=40)
        # (Its address holds no words: a name in Arabic letters has none there.)
        self.nameless = factories.staff(name="ندى")
        admin = self.user("admin")

        def enroll(student: Student, section: Any) -> Any:
            return services.enroll(student=student, section_id=section.pk, actor=admin)

        self.enrollments = {"student": enroll(self.learner, self.section)}
        self.enrollments["parent"] = enroll(self.child, self.section)
        self.requests = {"student": enroll(self.learner, self.asked)}
        self.requests["parent"] = enroll(self.child, self.asked)
        for student in (self.other_learner, self.other_child):
            enroll(student, self.elsewhere)

    def _events(self) -> None:
        """A club of the university, which the owning organizer runs, with an event and a draft."""
        self.club = campus_life.club(institution=self.university, joining="open")
        self.other_club = campus_life.club(institution=self.college)
        for club, owner in ((self.club, True), (self.other_club, False)):
            campus_life.office(club, self.user("organizer", owner=owner))
        self.event = campus_life.event(self.club)
        self.draft = campus_life.draft(self.club)
        self.registrations = {
            role: campus_life.registered(self.event, student=student)
            for role, student in (("student", self.learner), ("parent", self.child))
        }
        self.member = ClubMember.objects.create(
            club=self.club, user=factories.user(), state="asked", since=timezone.now()
        )
        self.feed = CalendarFeed.objects.create(user=self.user("student"))

    def _notes(self) -> None:
        self.notes = {
            key: Notification.objects.create(user=person.user, type="enrollments.enrolled")
            for key, person in self.people.items()
            if person.user is not None
        }
        self.sessions = {
            role: UserSession.objects.create(
                user=person.user, ip="192.0.2.1", session_key=f"of-{role}", user_agent="Test"
            )
            for (role, owner), person in self.people.items()
            if owner and person.user is not None
        }
        self.point_category = factories.point_category()
        self.points = {
            role: factories.points(student=student, category=self.point_category)
            for role, student in (("student", self.learner), ("parent", self.child))
        }
        for one in self.points.values():
            PointEvidence.objects.create(transaction=one, file=_file())
        self.bookings = {
            role: factories.hall_booking(hall=self.hall, asked_by=self.user(role), state=state)
            for role, state in (
                *(("teacher", "approved"), ("organizer", "approved")),
                *(("admin", "pending"), ("local", "pending")),
            )
        }
        self.facility = Facility.objects.create(name="Projector", slug="projector")
        self.closure = Closure.objects.create(
            building=self.hall.building,
            starts=timezone.now(),
            ends=timezone.now() + dt.timedelta(days=1),
            reason="Painting",
        )
        self.series = {
            role: BookingSeries.objects.create(
                hall=self.hall,
                starts=booking.starts,
                ends=booking.ends,
                until=booking.starts.date(),
                asked_by=booking.asked_by,
            )
            for role, booking in self.bookings.items()
        }
        self.goal = PointGoal.objects.create(institution=self.university, total=100)
        self.waiting = factories.user(is_active=False, approval="waiting")
        self.exports = {
            role: DataExport.objects.create(
                user=person.user,
                state="ready",
                file=_file(),
                expires_at=timezone.now() + dt.timedelta(days=1),
            )
            for (role, owner), person in self.people.items()
            if owner and person.user is not None
        }
        self.imports = {
            role: Import.objects.create(kind=kind, actor=self.user(role), file_name="p.csv")
            for role, kind in (("admin", "users"), ("local", "students"))
        }
        self.imports["organizer"] = Import.objects.create(
            kind="event_attendance",
            actor=self.user("organizer"),
            file_name="p.csv",
            subject=self.event.pk,
        )
        self.client = OpenIDClient.objects.create(id="a-client", name="A client")
        self.announcement = factories.announcement(
            audience="roles",
            roles=Group.objects.filter(name="teacher"),
            category=factories.announcement_category(),
        )
        self.job = JobRun.objects.create(name="x", started_at=self.notes["admin", True].created_at)
        self.message = OutboxMessage.objects.create(
            actor="x", kwargs={}, due_at=self.notes["admin", True].created_at
        )
        self.delivery = NotificationDelivery.objects.create(
            notification=self.notes["student", True], channel="email", state="failed"
        )

    def _certificates(self) -> None:
        template = factories.certificate_template(institution=self.university)
        self.certificates = {
            role: factories.certificate(student=student, template=template)
            for role, student in (("student", self.learner), ("parent", self.child))
        }
        for number, one in enumerate(self.certificates.values()):
            one.pdf, one.sha256, one.rendered_at = _file(), f"{number:064}", timezone.now()
            one.save()


def _file() -> ContentFile[bytes]:
    return ContentFile(b"%PDF-1.4 of the course", name="paper.pdf")


Make = Callable[[World, str], Any]

ARGUMENTS: dict[str, Make] = {
    "enrollment": lambda world, role: world.enrollments.get(role, world.enrollments["student"]).pk,
    "request": lambda world, role: world.requests.get(role, world.requests["student"]).pk,
    "notification": lambda world, role: (
        world.notes[role if role != "visitor" else "admin", True].pk
    ),
    "unsubscribe": lambda world, role: signing.dumps(
        [world.user("student").pk, "events.promoted"], salt=preferences.SALT
    ),
    "announcement": lambda world, role: world.announcement.pk,
    "announcement-slug": lambda world, role: world.announcement.slug,
    "announcement-category": lambda world, role: world.announcement.category_id,
    "decision": lambda world, role: "reject",
    "report": lambda world, role: "events",
    "entry": lambda world, role: AuditEntry.objects.order_by("-id")[0].pk,
    "club": lambda world, role: world.club.pk,
    "club-role": lambda world, role: world.club.roles.order_by("rank")[0].pk,
    "member": lambda world, role: world.member.pk,
    "event": lambda world, role: world.event.pk,
    "draft": lambda world, role: world.draft.pk,
    "feed-token": lambda world, role: token_of(world.feed),
    "season": lambda world, role: world.section.season_id,
    "form": lambda world, role: "csv",
    "program": lambda world, role: world.program.pk,
    "category": lambda world, role: world.category.pk,
    "course": lambda world, role: world.course.pk,
    "course-slug": lambda world, role: world.course.slug,
    "section": lambda world, role: world.section.pk,
    "module": lambda world, role: world.module.pk,
    "content": lambda world, role: world.content.pk,
    "resource": lambda world, role: world.resource.pk,
    "student": lambda world, role: (world.child if role == "parent" else world.learner).pk,
    "staff": lambda world, role: world.user("teacher").staff_profile.pk,
    "staff-words": lambda world, role: slugify(world.user("teacher").staff_profile.name),
    "nameless": lambda world, role: world.nameless.pk,
    "institution-slug": lambda world, role: world.university.slug,
    "faculty-slug": lambda world, role: (
        Faculty.objects.get_or_create(institution=world.university, name="Arts")[0].slug
    ),
    "department-slug": lambda world, role: world.course.department.slug,
    "institution": lambda world, role: world.university.pk,
    "faculty": lambda world, role: (
        Faculty.objects.get_or_create(institution=world.university, name="Arts")[0].pk
    ),
    "department": lambda world, role: world.course.department_id,
    "administrator": lambda world, role: (
        InstitutionAdministrator.objects.get(institution=world.university).pk
    ),
    "building": lambda world, role: world.hall.building_id,
    "certificate": lambda world, role: (
        world.certificates.get(role, world.certificates["student"]).pk
    ),
    "badge-key": lambda world, role: factories.badge_key(),
    "certificate-hash": lambda world, role: world.certificates["student"].hash,
    "certificate-template": lambda world, role: world.certificates["student"].version.template_id,
    "hall": lambda world, role: world.hall.pk,
    "page": lambda world, role: Site.objects.get(is_default_site=True).root_page_id,
    "file": lambda world, role: "nothing.png",
    "rest": lambda world, role: "anything",
    "child": lambda world, role: world.child.pk,
    "guardianship": lambda world, role: world.child.guardianships.get().pk,
    "mentor": lambda world, role: world.learner.mentor_id,
    "import": lambda world, role: world.imports[role if role in world.imports else "admin"].pk,
    "session": lambda world, role: world.sessions[role if role != "visitor" else "student"].pk,
    "export": lambda world, role: world.exports[role if role != "visitor" else "student"].pk,
    "waiting": lambda world, role: world.waiting.pk,
    "learner": lambda world, role: world.learner.user.pk,
    "client": lambda world, role: world.client.pk,
    "user": lambda world, role: world.user(role if role != "visitor" else "student").pk,
    "job": lambda world, role: world.job.pk,
    "message": lambda world, role: world.message.pk,
    "delivery": lambda world, role: world.delivery.pk,
    "club-slug": lambda world, role: world.club.slug,
    "event-slug": lambda world, role: world.event.slug,
    "draft-slug": lambda world, role: world.draft.slug,
    "registration": lambda world, role: (
        world.registrations.get(role, world.registrations["student"]).pk
    ),
    "door-token": lambda world, role: code_for(world.event.pk).code,
    "feed-deed": lambda world, role: "renew",
    "list": lambda world, role: world.imports["organizer"].pk,
    "list-deed": lambda world, role: "check",
    "member-deed": lambda world, role: "accept",
    "deed": lambda world, role: "mark",
    "step": lambda world, role: "generate",
    "points": lambda world, role: world.points.get(role, world.points["student"]).pk,
    "point-category": lambda world, role: world.point_category.pk,
    "booking": lambda world, role: world.bookings.get(role, world.bookings["admin"]).pk,
    "facility": lambda world, role: world.facility.pk,
    "closure": lambda world, role: world.closure.pk,
    "series": lambda world, role: world.series.get(role, world.series["admin"]).pk,
    "point-goal": lambda world, role: world.goal.pk,
}
"""What stands in the place of an argument, as it belongs to the owner of a role."""
