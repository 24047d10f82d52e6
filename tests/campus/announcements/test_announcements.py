"""Announcements: told once when published, seen by whom they are for, and by nobody else."""

import datetime as dt
import uuid

import pytest
from django.contrib.auth.models import AnonymousUser, Group
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from campus.accounts.models import User
from campus.announcements import audiences, services, tasks
from campus.announcements.models import (
    AnnouncementIndexPage,
    AnnouncementNotice,
    AnnouncementPage,
)
from campus.announcements.page_forms import AnnouncementPageForm
from campus.clubs.models import Club, ClubMember
from campus.institutions.models import Faculty
from campus.notifications.models import Notification
from campus.notifications.services import localized_path
from learning.enrollments.models import Enrollment
from learning.enrollments.services import enroll
from portal.models import OutboxMessage
from portal.roles import Role
from search.queries import search
from tests import factories
from tests.campus.events import world

pytestmark = pytest.mark.django_db


def run_jobs() -> None:
    """Run what waits to be told."""
    for job in OutboxMessage.objects.filter(actor=services.TELL, done_at=None):
        tasks.tell(**job.kwargs)


def told() -> dict[int, int]:
    """How often each person was told."""
    counts: dict[int, int] = {}
    for pk in Notification.objects.filter(type=services.TYPE).values_list("user_id", flat=True):
        counts[pk] = counts.get(pk, 0) + 1
    return counts


@pytest.fixture
def town():
    """People of two institutions in every position, and what announcements can name."""
    here = factories.institution()
    there = factories.institution(slug="other", name="Other")
    faculty = Faculty.objects.create(institution=here, code="F", name="Faculty")
    department = factories.department(institution=here, faculty=faculty)
    plain = factories.department(institution=here)
    admin = factories.user(Role.ADMIN)
    inside = factories.student(institution=here, department=department)
    beside = factories.student(institution=here, department=plain)
    left = factories.student(institution=here, department=department, state="left")
    child = factories.student(institution=here, department=department, user=None)
    grown = factories.student(
        institution=here, department=department, date_of_birth=dt.date(1990, 1, 1)
    )
    teacher = factories.staff(
        institution=here, department=department, user=factories.user(Role.TEACHER)
    )
    course = factories.course(institution=here, department=department)
    section = factories.section(course=course, instructors=[teacher])
    for student in (inside, child):
        enroll(student=student, section_id=section.pk, actor=admin)
    dropped = enroll(student=beside, section_id=section.pk, actor=admin)
    Enrollment.objects.filter(pk=dropped.pk).update(state="dropped")
    club = Club.objects.create(
        institution=here, name="Chess", slug="chess", head=factories.user(Role.ORGANIZER)
    )
    club.coordinator = factories.staff(institution=there, user=factories.user(Role.TEACHER))
    club.save()
    for state, user in (("active", inside.user), ("left", beside.user), ("asked", left.user)):
        ClubMember.objects.create(club=club, user=user, state=state, since=timezone.now())
    factories.parent(child)
    factories.parent(grown)
    factories.student(institution=there)
    factories.user(is_active=False, approval="waiting")
    factories.administrator(here)
    factories.user(is_superuser=True)
    factories.user(Role.EDITOR)
    return {
        "everyone": {},
        "roles": {"roles": Group.objects.filter(name__in=["teacher", "admin"])},
        "institution": {"institution": here},
        "faculty": {"faculty": faculty},
        "department": {"department": department},
        "club": {"club": club},
        "course": {"course": course.pk},
    }


@pytest.mark.parametrize("kind", list(audiences.Audience.values))
def test_who_sees_an_announcement_is_who_is_told_of_it(kind, town):
    page = factories.announcement(audience=kind, **town[kind])
    members = set(audiences.people_of(page).values_list("pk", flat=True))
    seen = {
        user.pk
        for user in User.objects.filter(is_active=True)
        if AnnouncementPage.objects.filter(audiences.seen_by(user)).exists()
    }
    assert members == seen
    assert members
    visible = AnnouncementPage.objects.visible_to(AnonymousUser()).exists()
    assert visible == (kind == "everyone")
    run_jobs()
    assert told() == dict.fromkeys(members, 1)


def test_what_is_told_leads_to_the_announcement(client):
    factories.user()
    page = factories.announcement()
    run_jobs()
    [note] = Notification.objects.filter(type=services.TYPE)
    for language in ("en", "ar"):
        answer = client.get(localized_path(note.path, language))
        assert answer.status_code == 200
        assert page.title in answer.content.decode()


def test_each_audience_holds_whom_it_names_and_nobody_else(town):
    # The student inside, a grown one, the child's parent, the teacher; not who left, nor the parent of who
    # is of age, nor anybody beside or elsewhere.
    wanted = {"department": 4, "faculty": 4, "course": 3, "club": 3}
    for kind, count in wanted.items():
        page = factories.announcement(audience=kind, publish=False, **town[kind])
        assert audiences.people_of(page).count() == count, kind


def test_a_draft_and_a_later_edit_tell_nobody():
    reader = factories.user()
    page = factories.announcement(publish=False)
    run_jobs()
    assert told() == {}
    page.save_revision().publish()
    run_jobs()
    assert told() == {reader.pk: 1}
    for title in ("Better", "Best"):
        page.refresh_from_db()
        page.title = title
        page.save_revision().publish()
        run_jobs()
    page.unpublish()
    page.save_revision().publish()
    run_jobs()
    tasks.sweep_untold()
    run_jobs()
    assert told() == {reader.pk: 1}
    assert AnnouncementNotice.objects.count() == 1


def test_published_by_its_date_it_is_told_then_and_taken_down_at_its_end():
    reader = factories.user()
    page = factories.announcement(publish=False)
    page.go_live_at = timezone.now() + dt.timedelta(hours=1)
    page.expire_at = timezone.now() + dt.timedelta(hours=2)
    page.save_revision().publish()
    call_command("publish_scheduled", verbosity=0)
    run_jobs()
    assert told() == {}
    assert not AnnouncementPage.objects.visible_to(reader).exists()
    past = timezone.now() - dt.timedelta(minutes=1)
    revision = page.get_latest_revision()
    revision.content["go_live_at"] = past.isoformat()
    revision.approved_go_live_at = past
    revision.save()
    call_command("publish_scheduled", verbosity=0)
    run_jobs()
    assert told() == {reader.pk: 1}
    assert AnnouncementPage.objects.visible_to(reader).exists()
    # Over, though the job that takes it down has not run yet.
    AnnouncementPage.objects.update(expire_at=past)
    assert not AnnouncementPage.objects.visible_to(reader).exists()
    call_command("publish_scheduled", verbosity=0)
    assert not AnnouncementPage.objects.live().exists()


def test_killed_between_batches_it_goes_on_and_tells_each_once(monkeypatch):
    monkeypatch.setattr(services, "BATCH", 3)
    people = [factories.user() for _ in range(10)]
    factories.announcement()
    notice = AnnouncementNotice.objects.get()
    assert services.tell_batch(notice.pk)
    assert services.tell_batch(notice.pk)
    assert len(told()) == 6
    with monkeypatch.context() as patch, pytest.raises(SystemExit):
        patch.setattr(services, "notify_all", _die)
        tasks.tell(notice.pk)
    run_jobs()
    run_jobs()
    assert told() == dict.fromkeys([user.pk for user in people], 1)
    notice.refresh_from_db()
    assert (notice.told, notice.done_at is None) == (10, False)


def _die(*args, **kwargs):
    raise SystemExit


def test_taken_down_while_it_is_told_it_is_told_to_nobody_more(monkeypatch):
    monkeypatch.setattr(services, "BATCH", 2)
    for _ in range(5):
        factories.user()
    page = factories.announcement()
    notice = AnnouncementNotice.objects.get()
    services.tell_batch(notice.pk)
    page.unpublish()
    run_jobs()
    assert len(told()) == 2


def test_what_a_crash_kept_from_being_told_is_found():
    reader = factories.user()
    factories.announcement()
    AnnouncementNotice.objects.all().delete()
    OutboxMessage.objects.all().delete()
    assert tasks.sweep_untold() == {"found": 1}
    assert tasks.sweep_untold() == {"found": 0}
    run_jobs()
    assert told() == {reader.pk: 1}


def test_a_batch_costs_the_same_for_few_and_many(django_assert_num_queries):
    def batch(count):
        for _ in range(count):
            factories.user()
        factories.announcement(audience="everyone", title=uuid.uuid4().hex)
        return AnnouncementNotice.objects.latest("pk").pk

    few, many = batch(1), batch(20)
    counts = []
    for pk in (few, many):
        AnnouncementNotice.objects.filter(pk=pk).update(cursor=0, done_at=None)
        with CaptureQueriesContext(connection) as asked:
            services.tell_batch(pk)
        counts.append(len(asked))
    assert counts[0] == counts[1] < 25


def test_whom_it_is_not_for_finds_nothing_anywhere(client, sign_in, api, api_as):
    teacher, student = factories.user(Role.TEACHER), factories.user(Role.STUDENT)
    page = factories.announcement(
        title="Zebra crossing",
        audience="roles",
        roles=Group.objects.filter(name="teacher"),
    )
    factories.announcement(title="Zebra party")
    address = f"/en/announcements/{page.slug}/"
    tree = f"/en/news/{page.slug}/"
    for other in (client, sign_in(student)):
        assert other.get(address).status_code == 404
        assert other.get(tree).status_code == 404
        assert b"Zebra crossing" not in other.get("/en/announcements/").content
        assert b"Zebra party" in other.get("/en/announcements/").content
        assert b"Zebra crossing" not in other.get("/en/search/?q=zebra").content
        assert b"Zebra party" in other.get("/en/search/?q=zebra").content
    for other in (api, api_as(student)):
        assert other.get(f"/api/v1/announcements/{page.pk}/").status_code == 404
        rows = other.get("/api/v1/announcements/").json()["data"]
        assert [row["title"] for row in rows] == ["Zebra party"]
        assert other.get(f"/api/v1/pages/{page.pk}/").status_code == 404
    browser = sign_in(teacher)
    assert b"Zebra crossing" in browser.get(address).content
    assert b"Zebra crossing" in browser.get("/en/announcements/").content
    assert b"Zebra crossing" in browser.get("/en/search/?q=zebra").content
    # The public pages of others hold nothing of it after a reader for whom it is was there.
    assert b"Zebra crossing" not in client.get("/en/announcements/").content
    hits = [hit.title for group in search("zebra", user=teacher) for hit in group.hits]
    assert sorted(hits) == ["Zebra crossing", "Zebra party"]
    assert api_as(teacher).get(f"/api/v1/announcements/{page.pk}/").status_code == 200
    # Also for a teacher the API of public pages tells what is public alone.
    assert api_as(teacher).get(f"/api/v1/pages/{page.pk}/").status_code == 404


def test_the_list_is_paged_with_pinned_ones_first(client, django_assert_num_queries):
    for n in range(22):
        factories.announcement(title=f"News {n:02}", is_pinned=n == 0)
    first = client.get("/en/announcements/").content.decode()
    assert first.index("News 00") < first.index("News 21")
    assert "News 01" not in first
    assert "News 01" in client.get("/en/announcements/?page=2").content.decode()
    reader = factories.user()
    with django_assert_num_queries(1):
        list(AnnouncementPage.objects.visible_to(AnonymousUser()).newest_first().with_all())
    assert AnnouncementPage.objects.visible_to(reader).count() == 22


def test_the_api_filters_and_pages(api):
    kind = factories.announcement_category(slug="sport")
    wanted = factories.announcement(category=kind, body="<p>Run</p>")
    factories.announcement(is_pinned=True)
    rows = api.get("/api/v1/announcements/?category=sport").json()["data"]
    assert [row["id"] for row in rows] == [wanted.pk]
    assert rows[0]["path"] == f"/en/announcements/{wanted.slug}/"
    everything = api.get("/api/v1/announcements/").json()["data"]
    assert [row["is_pinned"] for row in everything] == [True, False]
    assert "Run" in api.get(f"/api/v1/announcements/{wanted.pk}/").json()["data"]["body"]


def test_an_audience_needs_what_it_names():
    page = factories.announcement(publish=False)
    for kind in ("institution", "faculty", "department", "club", "course"):
        page.audience = kind
        with pytest.raises(ValidationError) as refused:
            page.clean()
        assert kind in refused.value.message_dict
    page.audience, page.institution = "everyone", factories.institution()
    page.clean()
    assert page.institution is None


def test_who_writes_is_offered_what_they_may_write_to():
    form_class = AnnouncementPage.get_edit_handler().get_form_class()
    assert issubclass(form_class, AnnouncementPageForm)

    def offered(user):
        form = form_class(instance=AnnouncementPage(), for_user=user)
        return [value for value, _label in form.fields["audience"].choices]

    assert offered(factories.user(Role.EDITOR)) == list(audiences.Audience.values)
    assert offered(factories.user(Role.ADMIN)) == list(audiences.Audience.values)
    local = factories.administrator(factories.institution())
    assert "everyone" not in offered(local)
    assert "institution" in offered(local)
    assert offered(factories.user(Role.ORGANIZER)) == ["club"]


def test_an_organizer_submits_for_the_own_club_and_a_reviewer_publishes(client, sign_in):
    factories.announcement()
    index = AnnouncementIndexPage.objects.get()
    club, other = world.club(), world.club()
    writer, helper = world.organizer(club), world.organizer(other, "Helper at the door")
    member = factories.user()
    ClubMember.objects.create(club=club, user=member, state="active", since=timezone.now())
    address = reverse(
        "wagtailadmin_pages:add", args=["announcements", "announcementpage", index.pk]
    )
    facts = {
        "title": "We meet on Tuesday",
        "slug": "we-meet",
        "summary": "Bring a friend.",
        "body": "null",
        "audience": "club",
        "club": str(club.pk),
        "comments-TOTAL_FORMS": "0",
        "comments-INITIAL_FORMS": "0",
    }
    browser = sign_in(helper)  # whose office does not write
    assert browser.get(address).status_code == 302
    assert "add_subpage" not in browser.get("/en/announcements/").content.decode()
    browser = sign_in(writer)
    assert f"/pages/{index.pk}/add_subpage/" in browser.get("/en/announcements/").content.decode()
    for wrong in ({"club": str(other.pk)}, {"audience": "everyone"}):
        browser.post(address, {**facts, **wrong, "action-submit": "1"})
        assert not AnnouncementPage.objects.filter(slug="we-meet").exists()
    browser.post(address, {**facts, "action-publish": "1"})
    page = AnnouncementPage.objects.get(slug="we-meet")
    assert not page.live
    assert not AnnouncementNotice.objects.filter(translation_key=page.translation_key).exists()
    edit = reverse("wagtailadmin_pages:edit", args=[page.pk])
    browser.post(edit, {**facts, "action-submit": "1"})
    page.refresh_from_db()
    assert (page.live, page.current_workflow_state.status) == (False, "in_progress")
    state = page.current_workflow_task_state
    confirm = reverse("wagtailadmin_pages:workflow_action", args=[page.pk, "approve", state.pk])
    browser.post(confirm, {"comment": ""})
    page.refresh_from_db()
    assert not page.live
    sign_in(factories.user(Role.ADMIN)).post(confirm, {"comment": ""})
    page.refresh_from_db()
    assert page.live
    run_jobs()
    told_of = Notification.objects.filter(type=services.TYPE, path="/announcements/we-meet/")
    assert {note.user for note in told_of} == {member, writer}
    theirs = AnnouncementPage.objects.exclude(pk=page.pk).get()
    assert (
        sign_in(writer).get(reverse("wagtailadmin_pages:edit", args=[theirs.pk])).status_code == 302
    )
