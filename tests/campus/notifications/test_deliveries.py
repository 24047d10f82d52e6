"""N4: a mail of which nothing is known is shown to admins, who send it again knowingly or close it."""

import datetime as dt

import pytest
from django.core import mail
from django.urls import reverse
from django.utils import timezone
from wagtail.models import ModelLogEntry

from campus.institutions.models import InstitutionAdministrator
from campus.notifications import deliveries, tasks
from campus.notifications.errors import NothingToSettle
from campus.notifications.models import UNKNOWN_AFTER, NotificationDelivery
from campus.notifications.services import DELIVER
from portal.metrics import Backlog
from portal.models import OutboxMessage
from portal.roles import Role
from tests import factories
from tests.campus.notifications.test_notifications import FACTS, tell

pytestmark = pytest.mark.django_db
LONG_AGO = UNKNOWN_AFTER + dt.timedelta(minutes=1)


def delivery(state="sending", *, ago=LONG_AGO, email="reader@example.org", **fields):
    """One mail in a state, its conversation begun ``ago``; its job is done."""
    tell(factories.user(email=email), type="enrollments.promoted")
    found = NotificationDelivery.objects.order_by("pk").last()
    NotificationDelivery.objects.filter(pk=found.pk).update(
        state=state, started_at=timezone.now() - ago, **fields
    )
    OutboxMessage.objects.filter(actor=DELIVER).delete()
    found.refresh_from_db()
    return found


def jobs():
    return list(OutboxMessage.objects.filter(actor=DELIVER).values_list("kwargs", flat=True))


def log(action):
    return list(ModelLogEntry.objects.filter(action=action).values_list("user_id", "data"))


def test_n4_an_unknown_mail_is_sent_again_by_who_knows_and_logged(admin):
    unknown = delivery(attempts=2)
    deliveries.send_again(delivery_id=unknown.pk, actor=admin)
    assert jobs() == [{"delivery_id": unknown.pk}]
    tasks.deliver(unknown.pk)
    [sent] = mail.outbox
    assert sent.extra_headers["Message-ID"] == f"<{unknown.notification_id}@notifications.quad>"
    unknown.refresh_from_db()
    assert (unknown.state, unknown.attempts) == ("sent", 1)
    [(by, data)] = log("notifications.send_again")
    assert by == admin.pk
    assert (data["before"]["state"], data["after"]["state"]) == ("sending", "pending")
    assert FACTS["course"] not in str(data), "the log tells of no words"


def test_n4_a_closed_mail_is_never_sent(admin):
    unknown = delivery()
    deliveries.close(delivery_id=unknown.pk, actor=admin)
    tasks.deliver(unknown.pk)
    unknown.refresh_from_db()
    assert unknown.state == "closed"
    assert mail.outbox == [] and jobs() == []
    assert [by for by, _data in log("notifications.close_delivery")] == [admin.pk]
    with pytest.raises(NothingToSettle):
        deliveries.send_again(delivery_id=unknown.pk, actor=admin)


@pytest.mark.parametrize("state", ["pending", "sent", "closed", "sending"])
@pytest.mark.parametrize("service", [deliveries.send_again, deliveries.close])
def test_n4_what_is_on_its_way_or_done_is_left_alone(admin, state, service):
    """A mail whose conversation has only begun is still the worker's."""
    mine = delivery(state, ago=dt.timedelta(minutes=1))
    with pytest.raises(NothingToSettle):
        service(delivery_id=mine.pk, actor=admin)
    mine.refresh_from_db()
    assert mine.state == state
    assert jobs() == []
    assert not ModelLogEntry.objects.filter(action__startswith="notifications.").exists()


def test_n4_what_failed_for_good_gets_its_tries_again(admin, settings):
    failed = delivery("failed", attempts=tasks.MAX_ATTEMPTS, last_error="no room")
    deliveries.send_again(delivery_id=failed.pk, actor=admin)
    settings.EMAIL_BACKEND = "tests.campus.notifications.mailers.Refusing"
    tasks.deliver(failed.pk)
    failed.refresh_from_db()
    assert (failed.state, failed.attempts) == ("pending", 1)


@pytest.mark.parametrize("decision", [deliveries.close, deliveries.send_again])
@pytest.mark.parametrize("taken", [True, False])
def test_n4_a_worker_that_wakes_up_after_the_decision(admin, monkeypatch, taken, decision):
    """It was in conversation for a quarter of an hour: its success is the truth, its failure is old."""
    late = delivery("pending")

    def slow(message):
        held = NotificationDelivery.objects.filter(pk=late.pk)
        held.update(started_at=timezone.now() - LONG_AGO)
        decision(delivery_id=late.pk, actor=admin)
        OutboxMessage.objects.filter(actor=DELIVER).delete()
        if not taken:
            raise OSError("cut off")

    monkeypatch.setattr("django.core.mail.EmailMessage.send", slow)
    tasks.deliver(late.pk)
    late.refresh_from_db()
    decided = "closed" if decision is deliveries.close else "pending"
    assert late.state == ("sent" if taken else decided)
    assert late.last_error == ""
    assert jobs() == [], "nothing is planned beside what the admin planned"


def page(client, name, *arguments):
    return client.get(reverse(f"deliveries:{name}", args=arguments))


def test_n4_admins_see_how_mails_stand_and_how_many_need_somebody(admin, sign_in):
    unknown = delivery(email="lost@example.org")
    failed = delivery("failed", email="refused@example.org", last_error="550 no such box")
    delivery("sending", ago=dt.timedelta(seconds=5), email="fresh@example.org")
    delivery("sent", email="fine@example.org")
    browser = sign_in(admin)
    told = page(browser, "index").content.decode()
    assert "1 unknown, 1 failed, 0 waiting" in told
    for person in (unknown.notification.user, failed.notification.user):
        assert str(person) in told
    assert FACTS["course"] not in told, "nobody reads another's"
    for one in (unknown, failed):
        for name in ("again", "close"):
            assert reverse(f"deliveries:{name}", args=[one.pk]) in told
    assert told.count("/admin/deliveries/again/") == 2
    only = browser.get(reverse("deliveries:index") + "?state=unknown").context["page_obj"]
    assert [one.pk for one in only] == [unknown.pk]
    inspected = page(browser, "inspect", failed.pk).content.decode()
    assert "550 no such box" in inspected and FACTS["course"] not in inspected
    home = browser.get(reverse("wagtailadmin_home")).content.decode()
    assert "2 mails to settle" in home
    gauges = {gauge.name: gauge for gauge in Backlog().collect()}
    counted = {one.labels["state"]: one.value for one in gauges["quad_mails"].samples}
    assert counted == {"pending": 0, "failed": 1, "unknown": 1}


def test_n4_the_first_page_says_nothing_where_nothing_is_left(admin, sign_in):
    delivery("sent")
    assert "to settle" not in sign_in(admin).get(reverse("wagtailadmin_home")).content.decode()


def test_n4_sending_an_unknown_mail_again_asks_whether_one_knows(admin, sign_in):
    unknown = delivery()
    browser = sign_in(admin)
    address = reverse("deliveries:again", args=[unknown.pk])
    assert "may come a second time" in browser.get(address).content.decode()
    assert browser.post(address).status_code == 200, "the form again"
    assert jobs() == []
    assert browser.post(address, {"knowing": "on"})["Location"] == reverse("deliveries:index")
    assert jobs() == [{"delivery_id": unknown.pk}]
    assert browser.post(address, {"knowing": "on"}).status_code == 302, "twice: told, and nothing"
    assert len(jobs()) == 1
    failed = delivery("failed", email="refused@example.org")
    closing = reverse("deliveries:close", args=[failed.pk])
    assert browser.post(closing).status_code == 302
    failed.refresh_from_db()
    assert failed.state == "closed"


@pytest.mark.parametrize("who", ["editor", "local", "student"])
def test_n4_nobody_else_sees_or_settles_mails(make_user, institution, sign_in, who):
    unknown = delivery()
    user = make_user(Role.ADMIN if who == "local" else Role(who))
    if who == "local":
        InstitutionAdministrator.objects.create(user=user, institution=institution)
    browser = sign_in(user)
    addresses = [reverse("deliveries:index")]
    addresses += [
        reverse(f"deliveries:{name}", args=[unknown.pk]) for name in ("inspect", "again", "close")
    ]
    for address in addresses:
        assert browser.get(address).status_code in {302, 403}
        assert browser.post(address, {"knowing": "on"}).status_code in {302, 403, 405}
    unknown.refresh_from_db()
    assert unknown.state == "sending" and jobs() == []
    if who != "student":
        home = browser.get(reverse("wagtailadmin_home")).content.decode()
        assert "to settle" not in home and reverse("deliveries:index") not in home


@pytest.mark.parametrize("count", [1, 12])
def test_the_list_of_mails_has_a_fixed_number_of_queries(
    admin, sign_in, django_assert_num_queries, count
):
    for number in range(count):
        delivery(email=f"reader{number}@example.org")
    browser = sign_in(admin)
    page(browser, "index")
    with django_assert_num_queries(15):
        page(browser, "index")
