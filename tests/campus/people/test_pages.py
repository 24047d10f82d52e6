"""P10 on the pages: children, codes, mentees; another family's child is not there."""

import datetime as dt

import pytest
from django.utils import timezone

from campus.people.models import Guardianship, Student
from campus.people.services import assign_mentor
from learning.enrollments import services
from learning.enrollments.families import cards_of
from portal.models import OutboxMessage
from portal.roles import Role
from tests import factories

pytestmark = pytest.mark.django_db
NOBODY = "11111111-1111-4111-8111-111111111111"


@pytest.fixture
def child():
    return factories.student(user=None, name="Lina", date_of_birth=dt.date(2014, 3, 9))


@pytest.fixture
def parent(child):
    return factories.parent(child)


def test_p2_p10_who_registers_as_a_parent_adds_a_child(sign_in):
    """Registration makes the role; the rest is this page."""
    from campus.accounts.services import register  # noqa: PLC0415

    user = register(
        user=factories.User(), email="p@example.org", phone=None, password="x", role=Role.PARENT
    )
    client = sign_in(user)
    assert "Add your first child" in client.get("/en/dashboard/").content.decode()
    form = {"name": "Lina", "date_of_birth": "2014-03-09", "relationship": "father"}
    answer = client.post("/en/children/new/", form)
    child = Student.objects.get()
    assert answer["Location"] == f"/en/children/{child.pk}/"
    assert child.guardianships.get().guardian == user
    assert not Student.objects.filter(user=user).exists()
    assert "Lina" in client.get("/en/dashboard/").content.decode()


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"name": ""}, "id_name_error"),
        ({"date_of_birth": "2999-01-01"}, "id_date_of_birth_error"),
        ({"relationship": "king"}, "id_relationship_error"),
    ],
)
def test_p10_a_wrong_value_stands_at_its_field(sign_in, parent, wrong, told):
    form = {"name": "O", "date_of_birth": "2014-03-09", "relationship": "father", **wrong}
    answer = sign_in(parent).post("/en/children/new/", form)
    assert answer.status_code == 422
    assert told in answer.content.decode()
    assert Student.objects.count() == 1


def test_p10_pages_of_another_familys_child_answer_as_of_none(sign_in, child, parent):
    stranger = sign_in(factories.parent(factories.student(user=None)))
    mine = sign_in(parent)
    for path in ("", "edit/", "invite/"):
        assert mine.get(f"/en/children/{child.pk}/{path}").status_code == 200
        seen = [stranger.get(f"/en/children/{pk}/{path}") for pk in (child.pk, NOBODY)]
        assert [answer.status_code for answer in seen] == [404, 404]
        assert "Lina" not in seen[0].content.decode()
    stranger.post(f"/en/children/{child.pk}/edit/", {"name": "X", "date_of_birth": "2014-03-09"})
    stranger.post(f"/en/children/{child.pk}/invite/", {"purpose": "take_over", "to": "a@b.example"})
    assert stranger.post(f"/en/children/{child.pk}/leave/").status_code == 404
    child.refresh_from_db()
    assert child.name == "Lina"
    assert not OutboxMessage.objects.exists()
    assert Guardianship.objects.count() == 2


def test_p10_a_page_edits_and_invites_and_the_code_is_claimed(sign_in, child, parent):
    from portal.jobs.sealed import opened  # noqa: PLC0415

    client = sign_in(parent)
    form = {"name": "Lina H.", "date_of_birth": "2014-03-10", "semester": "", "batch": ""}
    assert client.post(f"/en/children/{child.pk}/edit/", form).status_code == 302
    child.refresh_from_db()
    assert (child.name, child.semester) == ("Lina H.", None)
    form = {"purpose": "take_over", "to": "lina@example.org"}
    assert client.post(f"/en/children/{child.pk}/invite/", form).status_code == 302
    code = opened(OutboxMessage.objects.get().kwargs)["code"]
    fresh = factories.student()
    other = sign_in(fresh.user)
    answer = other.post("/en/claim/", {"invitation_code": "WRONG"})
    assert answer.status_code == 422
    assert "id_invitation_code_error" in answer.content.decode()
    assert other.post("/en/claim/", {"invitation_code": code})["Location"] == "/en/dashboard/"
    child.refresh_from_db()
    assert child.user == fresh.user
    assert client.get(f"/en/children/{child.pk}/").status_code == 200
    assert client.post(f"/en/children/{child.pk}/edit/", form | {"name": "Y"}).status_code == 422


def test_p10_who_is_sent_a_code_comes_back_to_it_after_signing_in(client):
    answer = client.get("/en/claim/")
    assert answer.status_code == 302
    assert answer["Location"].endswith("next=/en/claim/")


def test_p10_a_guardian_leaves_by_the_page(sign_in, child, parent):
    factories.parent(child)
    answer = sign_in(parent).post(f"/en/children/{child.pk}/leave/", {"next": "/en/x/"})
    assert answer["Location"] == "/en/dashboard/"
    assert child.guardianships.count() == 1


def test_p10_a_student_of_age_decides_on_the_profile_page(sign_in):
    adult = factories.student(date_of_birth=dt.date(1990, 1, 1))
    client = sign_in(adult.user)
    assert "guardians_may_see" not in client.get("/en/profile/").content.decode()
    parent = factories.parent(adult)
    assert sign_in(parent).get(f"/en/children/{adult.pk}/").status_code == 404
    assert "guardians_may_see" in client.get("/en/profile/").content.decode()
    form = {"part": "student", "student-guardians_may_see": "on"}
    assert client.post("/en/profile/", form).status_code == 302
    assert sign_in(parent).get(f"/en/children/{adult.pk}/").status_code == 200


def test_mentors_see_their_mentees_alone(sign_in):
    mine, other = factories.student(name="Mine One"), factories.student(name="Other Two")
    mentor = factories.mentor()
    assign_mentor(students=[mine.pk], mentor=mentor, actor=None)
    told = sign_in(mentor.user).get("/en/mentees/").content.decode()
    assert "Mine One" in told
    assert other.name not in told
    assert sign_in(mine.user).get("/en/mentees/").status_code == 403


@pytest.mark.parametrize("path", ["dashboard/", "mentees/"])
def test_cards_cost_the_same_for_one_and_for_many(sign_in, path, django_assert_max_num_queries):
    person = factories.user(Role.PARENT, Role.MENTOR)
    mentor = factories.staff(user=person)

    def add():
        child = factories.student(user=None, mentor=mentor)
        factories.guardianship(student=child, guardian=person)
        for _ in range(2):
            section = factories.section()
            factories.meeting(section=section)
            section.meetings.update(weekday=Student.objects.count() % 7)
        services.enroll(student=child, section_id=section.pk, actor=None)

    add()
    client = sign_in(person)
    client.get(f"/en/{path}")
    with django_assert_max_num_queries(PAGE_QUERIES):
        client.get(f"/en/{path}")
    for _ in range(5):
        add()
    with django_assert_max_num_queries(PAGE_QUERIES):
        assert client.get(f"/en/{path}").content.decode().count("q-child") >= 6


PAGE_QUERIES = 18


def test_the_next_lesson_is_a_day_of_the_calendar():
    """Not before the section begins, not after it ends, not one that is over today."""
    child = factories.student(user=None)
    zone = timezone.get_current_timezone()
    monday = dt.date(2026, 11, 23)
    section = factories.section(
        starts=dt.date(2026, 11, 10),
        ends=dt.date(2026, 12, 4),
        season=factories.season(starts=dt.date(2026, 11, 1), ends=dt.date(2026, 12, 20)),
    )
    factories.meeting(section=section)  # Mondays, ten to eleven
    services.enroll(student=child, section_id=section.pk, actor=None)

    def next_at(day, hour):
        moment = dt.datetime.combine(day, dt.time(hour), tzinfo=zone)
        [card] = cards_of([child], now=moment)
        return (card.next.day, len(card.week)) if card.next else None

    assert next_at(monday, 9) == (monday, 1)
    assert next_at(monday, 10) == (monday, 1)  # it is going on
    assert next_at(monday, 12) == (dt.date(2026, 11, 30), 0)
    assert next_at(dt.date(2026, 11, 1), 9) == (dt.date(2026, 11, 16), 0)
    assert next_at(dt.date(2026, 12, 1), 9) is None
