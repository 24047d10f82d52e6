"""N1, N3, N4: stored first, told once, acted on with the right that it takes anywhere else."""

import pytest
from django.core import mail
from django.db import transaction
from django.utils import translation

from campus.notifications import queries, registry, services, tasks
from campus.notifications.models import Notification, NotificationDelivery
from learning.enrollments import services as enrollments
from learning.enrollments.errors import TransitionRefused
from learning.enrollments.models import EnrollmentRequest
from portal.models import OutboxMessage, StreamEvent
from portal.roles import Role
from tests.learning.enrollments import world

pytestmark = pytest.mark.django_db
FACTS = {"course": "Worlds", "code": "WLD 1", "section": "WLD 1 A"}


def tell(*users, type="enrollments.enrolled", **rest):
    with transaction.atomic():
        return services.notify(users=users, type=type, params=FACTS, **rest)


def events(user):
    return list(
        StreamEvent.objects.filter(stream__name=f"user:{user.pk}").values_list("type", "payload")
    )


def test_n1_many_are_stored_by_one_statement_and_each_is_told(django_assert_num_queries):
    users = [world.user() for _ in range(5)]
    with translation.override("ar"):
        rows = tell(*users, *users)
    assert len(rows) == 5
    for user in users:
        [(type, payload)] = events(user)
        assert type == "notification.created"
        assert payload["unread"] == 1
        assert payload["title"] == "You are enrolled in WLD 1"  # the reader's language, not ours


def test_n1_a_rollback_tells_nobody():
    user = world.user(email="told@example.org")
    with pytest.raises(RuntimeError), transaction.atomic():
        services.notify(users=[user], type="enrollments.promoted", params=FACTS)
        raise RuntimeError
    assert not Notification.objects.exists()
    assert not StreamEvent.objects.exists()
    assert not OutboxMessage.objects.exists()


def test_n1_an_undeclared_type_is_refused_and_a_vanished_one_still_reads():
    user = world.user()
    with pytest.raises(KeyError):
        tell(user, type="nothing.known")
    old = Notification.objects.create(user=user, type="gone", params={})
    assert queries.line_of(old).title == "Something happened"
    partial = Notification(type="enrollments.enrolled", params={})
    assert "–" in queries.line_of(partial).title


def test_paths_follow_the_readers_language():
    user = world.user(language="ar")
    [row] = tell(user, path="/en/courses/wld-1/")
    assert row.path == "/courses/wld-1/"
    [(_type, payload)] = events(user)
    assert payload["path"] == "/ar/courses/wld-1/"


def test_reading_one_and_all_is_told_once():
    user = world.user()
    first, _second = (tell(user)[0] for _ in range(2))
    services.mark_read(user=user, notification_id=first.pk)
    services.mark_read(user=user, notification_id=first.pk)
    assert services.mark_all_read(user=user) == 1
    assert services.mark_all_read(user=user) == 0
    read = [payload for type, payload in events(user) if type == "notification.read"]
    assert read == [{"ids": [str(first.pk)], "unread": 1}, {"all": True, "unread": 0}]


def test_nobody_reads_anothers():
    owner, other = world.user(), world.user(Role.ADMIN)
    [row] = tell(owner)
    with pytest.raises(services.NotificationNotFound):
        services.mark_read(user=other, notification_id=row.pk)
    row.refresh_from_db()
    assert row.read_at is None


def asked_for_approval():
    teacher, student = world.user(Role.TEACHER), world.student()
    admin = world.user(Role.ADMIN)
    section = world.section(needs_approval=True, instructor=teacher)
    request = enrollments.enroll(student=student, section_id=section.pk, actor=student.user)
    return teacher, admin, section, request


def test_n3_an_action_is_done_once_and_closed_for_all_who_were_asked():
    teacher, admin, _section, request = asked_for_approval()
    mine = Notification.objects.get(user=teacher)
    theirs = Notification.objects.get(user=admin)
    done = services.take_action(user=teacher, notification_id=mine.pk)
    assert done.action_taken_at
    assert done.read_at
    assert EnrollmentRequest.objects.get().state == "approved"
    for user, row in ((teacher, mine), (admin, theirs)):
        with pytest.raises(services.NoAction):
            services.take_action(user=user, notification_id=row.pk)
    with pytest.raises(TransitionRefused):
        enrollments.approve(request_id=request.pk, actor=admin)


def test_n3_the_action_takes_the_right_that_it_takes_anywhere_else():
    teacher, _admin, section, _request = asked_for_approval()
    section.instructors.clear()
    mine = Notification.objects.get(user=teacher)
    with pytest.raises(enrollments.RequestNotFound):
        services.take_action(user=teacher, notification_id=mine.pk)
    mine.refresh_from_db()
    assert mine.has_open_action
    assert EnrollmentRequest.objects.get().state == "pending"


def test_n3_a_second_action_of_the_same_notification():
    teacher, *_rest = asked_for_approval()
    mine = Notification.objects.get(user=teacher)
    assert [one["name"] for one in queries.line_of(mine).actions] == ["approve", "reject"]
    with pytest.raises(services.NoAction):
        services.take_action(user=teacher, notification_id=mine.pk, action="erase")
    services.take_action(user=teacher, notification_id=mine.pk, action="reject")
    assert EnrollmentRequest.objects.get().state == "rejected"


def test_n4_a_mail_is_sent_once_however_often_the_job_runs():
    user = world.user(email="reader@example.org")
    tell(user, type="enrollments.promoted", path="/courses/wld-1/")
    tell(user, type="enrollments.enrolled")  # no mail by default
    delivery = NotificationDelivery.objects.get()
    assert OutboxMessage.objects.filter(actor=services.DELIVER).count() == 1
    for _ in range(3):
        tasks.deliver(delivery.pk)
    [sent] = mail.outbox
    assert sent.to == ["reader@example.org"]
    assert "/en/courses/wld-1/" in sent.body
    delivery.refresh_from_db()
    assert (delivery.state, delivery.attempts) == ("sent", 1)


def test_n4_a_refused_mail_is_tried_again_and_given_up_in_the_end(settings):
    settings.EMAIL_BACKEND = "tests.campus.notifications.mailers.Refusing"
    tell(world.user(), type="enrollments.promoted")
    delivery = NotificationDelivery.objects.get()
    for attempt in range(1, tasks.MAX_ATTEMPTS + 1):
        tasks.deliver(delivery.pk)
        delivery.refresh_from_db()
        assert delivery.attempts == attempt
    assert delivery.state == "failed"
    assert "no room" in delivery.last_error
    assert OutboxMessage.objects.filter(actor=services.DELIVER).count() == tasks.MAX_ATTEMPTS
    tasks.deliver(delivery.pk)
    delivery.refresh_from_db()
    assert delivery.attempts == tasks.MAX_ATTEMPTS


def test_n4_what_may_have_been_sent_is_not_sent_again():
    tell(world.user(), type="enrollments.promoted")
    NotificationDelivery.objects.update(state="sending")
    tasks.deliver(NotificationDelivery.objects.get().pk)
    assert mail.outbox == []


def test_n4_what_fails_before_the_mail_server_is_spoken_to_is_tried_again(monkeypatch):
    tell(world.user(email="told@example.org"), type="enrollments.promoted")
    delivery = NotificationDelivery.objects.get()
    with monkeypatch.context() as patch, pytest.raises(RuntimeError):
        patch.setattr(tasks, "_compose", lambda delivery: _away())
        tasks.deliver(delivery.pk)
    delivery.refresh_from_db()
    assert delivery.state == "pending"
    tasks.deliver(delivery.pk)
    assert len(mail.outbox) == 1


def _away():
    raise RuntimeError("the database is away")


def test_someone_without_an_address_gets_no_mail():
    tell(world.user(email=None, phone="+12175550123"), type="enrollments.promoted")
    assert not NotificationDelivery.objects.exists()
    assert Notification.objects.count() == 1


def test_every_type_reads_in_every_language():
    for kind in registry.all_types():
        for language in ("en", "ar"):
            with translation.override(language):
                assert kind.title_for({**FACTS, "student": "A", "place": 1, "reason": "x"})


def test_the_api_reads_counts_marks_and_acts(api_as):
    teacher, _admin, _section, _request = asked_for_approval()
    client = api_as(teacher)
    [row] = client.get("/api/v1/notifications/?unread=true").json()["data"]
    assert [one["name"] for one in row["actions"]] == ["approve", "reject"]
    assert client.get("/api/v1/notifications/unread-count/").json()["data"] == {"unread": 1}
    taken = client.post(f"/api/v1/notifications/{row['id']}/take-action/")
    assert taken.status_code == 200
    assert taken.json()["data"]["actions"] == []
    assert client.post(f"/api/v1/notifications/{row['id']}/take-action/").status_code == 409
    assert client.get("/api/v1/notifications/?unread=true").json()["data"] == []
    stranger = api_as(world.user(Role.ADMIN))
    assert stranger.post(f"/api/v1/notifications/{row['id']}/mark-read/").status_code == 404
    assert client.post("/api/v1/notifications/mark-all-read/").json()["data"] == {"marked": 0}


def test_the_pages_work_without_javascript(sign_in, client):
    teacher, _admin, _section, _request = asked_for_approval()
    browser = sign_in(teacher)
    row = Notification.objects.get(user=teacher)
    page = browser.get("/en/inbox/")
    assert "asks to enroll" in page.content.decode()
    assert "asks to enroll" in browser.get("/en/inbox/menu/").content.decode()
    assert browser.post(f"/en/inbox/{row.pk}/action/", {"action": "approve"}).status_code == 302
    assert EnrollmentRequest.objects.get().state == "approved"
    assert browser.post("/en/inbox/read-all/").status_code == 302
    assert client.get("/en/inbox/").status_code == 302
