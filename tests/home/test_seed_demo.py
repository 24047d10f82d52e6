"""The demo data: made once, in one piece, and never in production."""

from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db.models import F
from django.test import TestCase
from wagtail.models import Page

from campus.accounts.models import User
from campus.events.models import Event
from campus.people.models import Student
from home.demo import PASSWORD, clubs, sections
from home.models import HomePage
from learning.catalog.models import Course, CoursePage, Section
from portal.models import OutboxMessage
from portal.roles import Role


def seed() -> str:
    """Run the command; returns what it printed."""
    out = StringIO()
    call_command("seed_demo", stdout=out)
    return out.getvalue()


class Seeded(TestCase):
    """What stands there after one run, made once for all of these."""

    @classmethod
    def setUpTestData(cls) -> None:
        assert "Done" in seed()

    def test_it_brings_the_whole_catalog_with_seats(self) -> None:
        assert Course.objects.count() == 1047
        assert Section.objects.count() == 1638
        assert not Section.objects.filter(capacity__isnull=True).exists()
        assert not Section.objects.filter(seats_taken__gt=F("capacity")).exists()

    def test_each_role_of_the_journey_can_sign_in_and_none_is_a_superuser(self) -> None:
        for name in (
            *("admin", "editor", "teacher", "mentor", "organizer", "parent"),
            *("student", "student2"),
        ):
            user = User.objects.get(email=f"{name}@quad.example")
            assert user.check_password(PASSWORD)
            assert not user.is_superuser
            assert user.has_role(Role(name.rstrip("2")))

    def test_pages_are_live_in_both_languages_with_a_live_block(self) -> None:
        for language in ("en", "ar"):
            assert HomePage.objects.live().filter(locale__language_code=language).count() == 1
            pages = CoursePage.objects.live().filter(locale__language_code=language)
            assert {page.slug for page in pages} == {"phys-101", "cs-173", "arab-201"}
            for page in pages:
                assert any(block.block_type == "open_sections" for block in page.body)

    def test_l4_one_section_is_full_and_somebody_waits_first(self) -> None:
        full = Section.objects.get(number=sections.FULL)
        assert full.is_full
        assert full.instructors.filter(user__email="teacher@quad.example").exists()
        assert full.enrollments.filter(student__user__email="student@quad.example").exists()
        first = full.enrollment_requests.filter(state="pending").order_by("queue_number")[0]
        assert first.student.user
        assert first.student.user.email == "student2@quad.example"

    def test_l5_one_section_asks_for_approval_and_one_has_a_price(self) -> None:
        asked = Section.objects.get(number=sections.NEEDS_APPROVAL)
        assert asked.enrollment_requests.filter(waits_for="approval", state="pending").count() == 4
        assert asked.seats_taken == 0
        assert Section.objects.get(number=sections.PRICED).price > 0
        assert Section.objects.get(number=sections.NEARLY_FULL).seats_left == 1

    def test_p10_the_parent_has_two_children_one_of_them_enrolled(self) -> None:
        parent = User.objects.get(email="parent@quad.example")
        lina, omar = Student.objects.cared_for_by(parent).order_by("name")
        assert (lina.user, omar.user) == (None, None)
        assert lina.enrollments.active().count() == 1
        assert not omar.enrollments.exists()
        seated = Section.objects.get(number=sections.OPEN)
        assert not seated.is_full
        assert parent.notifications.filter(type="enrollments.enrolled").exists()

    def test_the_mentor_has_mentees(self) -> None:
        mentor = User.objects.get(email="mentor@quad.example")
        assert Student.objects.mentored_by(mentor).count() == 7

    def test_e4_one_event_is_full_and_somebody_waits_first(self) -> None:
        full = Event.objects.get(title=clubs.FULL)
        assert (full.state, full.is_full) == (Event.State.SCHEDULED, True)
        assert full.hall is not None
        first = full.registrations.waiting()[0]
        assert first.student is not None
        assert first.student.user is not None
        assert first.student.user.email == "student2@quad.example"
        organizer = User.objects.get(email="organizer@quad.example")
        assert Event.objects.organized_by(organizer).filter(state="draft").count() == 1

    def test_nobody_gets_mail_about_how_it_was_made(self) -> None:
        open_jobs = OutboxMessage.objects.filter(done_at=None)
        assert not open_jobs.filter(actor__contains="notifications").exists()
        student = User.objects.get(email="student@quad.example")
        assert student.notifications.filter(read_at=None).exists()

    def test_a_second_run_changes_nothing(self) -> None:
        Course.objects.filter(code="CS 173").update(title="As an editor left it")
        before = (Course.objects.count(), User.objects.count(), Page.objects.count())
        assert seed() == ""
        assert (Course.objects.count(), User.objects.count(), Page.objects.count()) == before
        assert Course.objects.get(code="CS 173").title == "As an editor left it"


@pytest.mark.django_db
def test_the_demo_is_refused_in_production(settings: Any) -> None:
    settings.PRODUCTION = True
    with pytest.raises(CommandError, match="for development"):
        seed()
    assert not User.objects.exists()
    assert not Course.objects.exists()
