"""N2, N4: a digest comes at seven of the person's own morning, with each message in it once."""

import datetime as dt
import zoneinfo

import pytest
from django.core import mail
from django.db import transaction

from campus.notifications import digests, preferences, services, tasks
from campus.notifications.models import Notification, NotificationDelivery, NotificationDigest
from portal.jobs.outbox import run
from portal.jobs.schedule import registry
from portal.models import OutboxMessage, StreamEvent
from tests import factories

pytestmark = pytest.mark.django_db
TYPE = "enrollments.promoted"
UTC = dt.UTC
MONDAY = dt.datetime(2026, 11, 23, 12, tzinfo=UTC)


def reader(channel="email", timing="daily", zone="UTC", **facts):
    user = factories.user(timezone=zone, **facts)
    preferences.choose(user=user, type=TYPE, channel=channel, timing=timing)
    return user


def tell(user, at, code="WLD 1", **rest):
    facts = {"course": "Worlds", "code": code, "section": "A"}
    with transaction.atomic():
        [row] = services.notify(users=[user], type=TYPE, params=facts, **rest)
    Notification.objects.filter(pk=row.pk).update(created_at=at)
    return row


def work(now):
    """Plan, then run every job of a digest."""
    digests.plan(now)
    for row in OutboxMessage.objects.filter(actor=digests.SEND, done_at=None):
        run(row.pk)


@pytest.mark.parametrize(
    ("zone", "now", "daily", "weekly"),
    [
        ("UTC", "2026-11-25T06:59+00:00", "2026-11-24", "2026-11-23"),
        ("UTC", "2026-11-25T07:00+00:00", "2026-11-25", "2026-11-23"),
        ("UTC", "2026-11-23T06:00+00:00", "2026-11-22", "2026-11-16"),
        ("UTC", "2026-11-23T07:00+00:00", "2026-11-23", "2026-11-23"),
        ("Asia/Kolkata", "2026-11-25T01:29+00:00", "2026-11-24", "2026-11-23"),
        ("Asia/Kolkata", "2026-11-25T01:30+00:00", "2026-11-25", "2026-11-23"),
        ("America/New_York", "2026-11-25T11:59+00:00", "2026-11-24", "2026-11-23"),
        ("America/New_York", "2026-11-25T12:00+00:00", "2026-11-25", "2026-11-23"),
    ],
)
def test_n2_a_digest_is_due_at_seven_where_the_person_is(zone, now, daily, weekly):
    at = dt.datetime.fromisoformat(now)
    here = zoneinfo.ZoneInfo(zone)
    for timing, day in (("daily", daily), ("weekly", weekly)):
        slot = digests.last_slot(timing, here, at)
        assert slot.period.isoformat() == day
        assert slot.before.astimezone(here).hour == 7
        assert slot.before <= at


def test_n2_seven_is_seven_on_the_days_when_clocks_change():
    here = zoneinfo.ZoneInfo("America/New_York")
    for day, hour in ((dt.date(2026, 3, 8), 11), (dt.date(2026, 3, 7), 12)):
        at = dt.datetime.combine(day, dt.time(hour), tzinfo=UTC)
        assert digests.last_slot("daily", here, at) == (day, at)


def test_n4_a_day_is_one_mail_with_each_message_once_however_often_the_job_runs():
    user = reader()
    for n in range(3):
        tell(user, MONDAY - dt.timedelta(hours=20 - n), code=f"WLD {n}", path="/courses/w/")
    tell(user, MONDAY, code="LATER")  # after seven: of the next day
    for _ in range(3):
        work(MONDAY)
    assert digests.plan(MONDAY) == 0
    [sent] = mail.outbox
    assert sent.subject == "Your day: 3 messages"
    assert [sent.body.count(f"WLD {n}") > 0 for n in range(3)] == [True] * 3
    assert "LATER" not in sent.body
    assert "/en/courses/w/" in sent.body
    work(MONDAY + dt.timedelta(days=1))
    work(MONDAY + dt.timedelta(days=2))
    assert [one.subject for one in mail.outbox[1:]] == ["Your day: 1 message"]
    assert "LATER" in mail.outbox[1].body
    assert set(NotificationDelivery.objects.values_list("state", flat=True)) == {"sent"}


def test_n4_killed_while_the_mail_goes_out_it_is_not_sent_again(monkeypatch):
    user = reader()
    tell(user, MONDAY - dt.timedelta(days=1))
    sent = []

    def die(message, *args, **kwargs):
        sent.append(message)
        raise SystemExit  # as a process ends that is killed: nothing after it runs

    with monkeypatch.context() as patch:
        patch.setattr("django.core.mail.EmailMessage.send", die)
        digests.plan(MONDAY)
        job = OutboxMessage.objects.get(actor=digests.SEND)
        with pytest.raises(SystemExit):
            run(job.pk)
    assert len(sent) == 1
    # Its claim ends, and it runs again; the next days' jobs do too.
    OutboxMessage.objects.update(claimed_until=None)
    run(job.pk)
    for days in range(3):
        work(MONDAY + dt.timedelta(days=days))
    assert mail.outbox == []
    assert NotificationDigest.objects.get().state == "sending"


def test_n4_killed_before_the_mail_goes_out_it_is_sent_once(monkeypatch):
    user = reader()
    tell(user, MONDAY - dt.timedelta(days=1))
    digests.plan(MONDAY)
    job = OutboxMessage.objects.get(actor=digests.SEND)
    with monkeypatch.context() as patch:
        patch.setattr(tasks, "_compose_digest", _die)
        with pytest.raises(SystemExit):
            run(job.pk)
    OutboxMessage.objects.update(claimed_until=None)
    run(job.pk)
    run(job.pk)
    assert len(mail.outbox) == 1


def _die(*args, **kwargs):
    raise SystemExit


def test_n4_a_refused_digest_is_tried_again_and_given_up_in_the_end(settings):
    settings.EMAIL_BACKEND = "tests.campus.notifications.mailers.Refusing"
    user = reader()
    tell(user, MONDAY - dt.timedelta(days=1))
    digests.plan(MONDAY)
    facts = OutboxMessage.objects.get(actor=digests.SEND).kwargs
    for attempt in range(1, tasks.MAX_ATTEMPTS + 1):
        tasks.send_digest(**facts)
        assert NotificationDigest.objects.get().attempts == attempt
    assert NotificationDigest.objects.get().state == "failed"
    assert NotificationDelivery.objects.get().state == "failed"
    assert OutboxMessage.objects.filter(actor=digests.SEND).count() == tasks.MAX_ATTEMPTS
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    tasks.send_digest(**facts)
    assert mail.outbox == []


def test_n2_a_week_waits_for_monday_and_a_day_does_not():
    weekly, daily = reader(timing="weekly"), reader()
    for user in (weekly, daily):
        tell(user, MONDAY + dt.timedelta(hours=1))
    for days in range(1, 7):
        work(MONDAY + dt.timedelta(days=days))
    assert [one.to for one in mail.outbox] == [[daily.email]]
    work(MONDAY + dt.timedelta(days=7))
    assert [one.to for one in mail.outbox] == [[daily.email], [weekly.email]]
    assert mail.outbox[1].subject == "Your week: 1 message"


def test_n2_a_digest_speaks_the_language_and_the_time_of_the_person():
    user = reader(zone="Asia/Kolkata", language="ar")
    tell(user, dt.datetime(2026, 11, 24, 20, 45, tzinfo=UTC))  # 02:15 of the 25th there
    work(dt.datetime(2026, 11, 25, 2, tzinfo=UTC))
    [sent] = mail.outbox
    assert "2:15" in sent.body
    assert "Your day" not in sent.subject
    assert "/ar/inbox/" in sent.body


def test_n2_in_the_portal_a_digest_rings_once_for_all():
    user = reader(channel="in_app")
    preferences.choose(user=user, type=TYPE, channel="email", timing="off")
    for _ in range(2):
        tell(user, MONDAY - dt.timedelta(days=1))
    assert not StreamEvent.objects.filter(stream__name=f"user:{user.pk}").exists()
    for _ in range(2):
        work(MONDAY)
    [event] = StreamEvent.objects.filter(stream__name=f"user:{user.pk}")
    assert event.payload["title"] == "Your day: 2 new in your inbox"
    assert event.payload["unread"] == 1
    assert mail.outbox == []


def test_n2_a_digest_is_stopped_from_the_mail_with_all_that_came_in_it(client):
    user = reader()
    preferences.choose(user=user, type="events.promoted", channel="email", timing="weekly")
    tell(user, MONDAY - dt.timedelta(days=1))
    work(MONDAY)
    link = mail.outbox[0].extra_headers["List-Unsubscribe"].strip("<>")
    assert client.post("/" + link.split("/", 3)[3]).status_code == 200
    chosen = preferences.choices_of(user.pk)
    assert chosen[TYPE, "email"] == "off"
    assert chosen["events.promoted", "email"] == "weekly"
    assert chosen["events.cancelled", "email"] == "at_once"


def test_n2_what_was_switched_off_or_whose_account_is_shut_is_not_told():
    stopped, shut, mailless = reader(), reader(), reader(email=None, phone="+12175550123")
    for user in (stopped, shut, mailless):
        tell(user, MONDAY - dt.timedelta(days=1))
    preferences.choose(user=stopped, type=TYPE, channel="email", timing="off")
    type(shut).objects.filter(pk=shut.pk).update(is_active=False)
    work(MONDAY)
    assert mail.outbox == []
    assert not NotificationDigest.objects.exists()


def test_n2_switched_off_between_gathering_and_sending_nothing_is_sent(monkeypatch):
    user = reader()
    tell(user, MONDAY - dt.timedelta(days=1))
    digests.plan(MONDAY)
    facts = OutboxMessage.objects.get(actor=digests.SEND).kwargs
    before = {
        "period": dt.date.fromisoformat(facts["period"]),
        "before": dt.datetime.fromisoformat(facts["before"]),
    }
    digests.gather(**{**facts, **before})
    preferences.choose(user=user, type=TYPE, channel="email", timing="off")
    tasks.send_digest(**facts)
    assert mail.outbox == []


def test_n2_planning_asks_the_same_number_of_queries_for_few_and_many(django_assert_num_queries):
    for many in (1, 12):
        NotificationDigest.objects.all().delete()
        OutboxMessage.objects.all().delete()
        for _ in range(many):
            tell(reader(), MONDAY - dt.timedelta(days=1))
        with django_assert_num_queries(4):  # timezones, days, weeks, jobs
            digests.plan(MONDAY)


def test_n2_a_long_day_tells_fifty_and_the_number_of_the_rest():
    user = reader()
    for n in range(tasks.MOST_LINES + 2):
        tell(user, MONDAY - dt.timedelta(days=1), code=f"C{n:03}")
    work(MONDAY)
    [sent] = mail.outbox
    assert sent.subject == f"Your day: {tasks.MOST_LINES + 2} messages"
    assert "And 2 more." in sent.body


def test_n2_the_job_is_scheduled_often_enough_for_every_timezone():
    assert registry["campus.notifications.tasks.plan_digests"].schedule == "*/15 * * * *"
