"""N2: for each person, type and channel: at once, in a digest, or off; and stopped from the mail itself."""

import pytest
from django.core import mail, signing
from django.db import transaction
from django.test import Client

from campus.notifications import preferences, queries, registry, services, tasks
from campus.notifications.errors import MandatoryType, NotificationNotFound, UnknownType
from campus.notifications.models import (
    Channel,
    Notification,
    NotificationDelivery,
    NotificationPreference,
    Timing,
)
from portal.models import StreamEvent
from tests import factories

pytestmark = pytest.mark.django_db
TYPE = "enrollments.promoted"
FACTS = {"course": "Worlds", "code": "WLD 1", "section": "WLD 1 A"}
ADDRESS = "/api/v1/notification-preferences/"


def tell(user, type=TYPE, **facts):
    with transaction.atomic():
        return services.notify(users=[user], type=type, params={**FACTS, **facts})


def rung(user):
    return StreamEvent.objects.filter(stream__name=f"user:{user.pk}").count()


@pytest.mark.parametrize(
    ("in_app", "email", "rings", "planned"),
    [
        ("at_once", "at_once", 1, [("email", "at_once")]),
        ("off", "off", 0, []),
        ("daily", "off", 0, [("in_app", "daily")]),
        ("at_once", "weekly", 1, [("email", "weekly")]),
        ("weekly", "daily", 0, [("email", "daily"), ("in_app", "weekly")]),
    ],
)
def test_n2_each_channel_goes_by_its_own_choice(in_app, email, rings, planned):
    user = factories.user()
    preferences.choose(user=user, type=TYPE, channel="in_app", timing=in_app)
    preferences.choose(user=user, type=TYPE, channel="email", timing=email)
    [row] = tell(user)
    assert rung(user) == rings
    assert (row.read_at is None) == (rings == 1)
    deliveries = NotificationDelivery.objects.order_by("channel")
    assert list(deliveries.values_list("channel", "timing")) == planned
    assert Notification.objects.count() == 1  # it stands in the inbox, whatever was chosen


def test_n2_without_a_choice_the_default_of_the_type_holds_for_everyone_else():
    chooser, other = factories.user(), factories.user()
    preferences.choose(user=chooser, type=TYPE, channel="email", timing="off")
    tell(chooser)
    tell(other)
    [delivery] = NotificationDelivery.objects.select_related("notification")
    assert delivery.notification.user_id == other.pk
    assert registry.get("enrollments.enrolled").default(Channel.EMAIL) == Timing.OFF
    assert registry.get(TYPE).default(Channel.EMAIL) == Timing.AT_ONCE


def test_n2_what_is_about_safety_cannot_be_switched_off():
    user = factories.user()
    for channel in Channel.values:
        for timing in ("off", "daily", "weekly"):
            with pytest.raises(MandatoryType):
                preferences.choose(
                    user=user, type="personal.erasure_asked", channel=channel, timing=timing
                )
    preferences.choose(user=user, group="personal", channel="email", timing="off")
    # A row of before it was mandatory switches nothing off either.
    NotificationPreference.objects.create(
        user=user, type="personal.erasure_asked", channel="email", timing="off"
    )
    tell(user, "personal.erasure_asked", day="1 May")
    tell(user, "personal.export_ready", days=3)
    [delivery] = NotificationDelivery.objects.all()
    assert delivery.notification.type == "personal.erasure_asked"
    tasks.deliver(delivery.pk)
    [sent] = mail.outbox
    assert "List-Unsubscribe" not in sent.extra_headers
    assert "unsubscribe" not in sent.body


def test_n2_a_group_is_chosen_at_once_and_nothing_else_with_it():
    user = factories.user()
    preferences.choose(user=user, group="events", channel="email", timing="weekly")
    chosen = preferences.choices_of(user.pk)
    assert {chosen[kind.name, "email"] for kind in registry.types_of("events")} == {"weekly"}
    assert chosen["events.promoted", "in_app"] == "at_once"
    assert chosen[TYPE, "email"] == "at_once"
    for wrong in (
        {"group": "nothing"},
        {"type": "no.such"},
        {"type": "notifications.daily"},
        {"type": TYPE, "channel": "pigeon"},
        {"type": TYPE, "timing": "never"},
    ):
        with pytest.raises(UnknownType):
            preferences.choose(**{"user": user, "channel": "email", "timing": "off", **wrong})


def test_n2_switching_off_drops_what_is_not_on_its_way_yet():
    user, other = factories.user(), factories.user()
    tell(user)
    tell(other)
    preferences.choose(user=user, type=TYPE, channel="email", timing="off")
    [left] = NotificationDelivery.objects.all()
    assert left.notification.user_id == other.pk
    gone = left.pk + 1000
    tasks.deliver(gone)  # its job is still there, and finds nothing to do
    assert mail.outbox == []


def test_n2_choosing_again_changes_one_row():
    user = factories.user()
    for timing in ("off", "daily", "daily"):
        preferences.choose(user=user, type=TYPE, channel="email", timing=timing)
    assert NotificationPreference.objects.get().timing == "daily"


def test_n2_the_choices_are_read_by_one_query(django_assert_num_queries):
    user = factories.user()
    with django_assert_num_queries(1):
        queries.preferences_of(user)
    preferences.choose(user=user, group="events", channel="email", timing="weekly")
    preferences.choose(user=user, group="events", channel="in_app", timing="off")
    with django_assert_num_queries(1):
        queries.preferences_of(user)


def test_n2_the_api_reads_and_changes_one_type_or_a_group(api_as):
    user = factories.user()
    client = api_as(user)

    def patch(**body):
        return client.patch(ADDRESS, body, format="json")

    def timings(**which):
        rows = client.get(ADDRESS).json()["data"]
        return {r["timing"] for r in rows if all(r[k] == v for k, v in which.items())}

    assert timings(type=TYPE, channel="email") == {"at_once"}
    assert patch(type=TYPE, channel="email", timing="daily").status_code == 200
    assert timings(type=TYPE, channel="email") == {"daily"}
    assert timings(type=TYPE, channel="in_app") == {"at_once"}
    assert patch(type=TYPE, channel="email", is_on=False).status_code == 200
    assert timings(type=TYPE, channel="email") == {"off"}
    assert patch(type=TYPE, channel="email", is_on=True).status_code == 200
    assert timings(type=TYPE, channel="email") == {"at_once"}
    assert patch(group="events", channel="email", timing="weekly").status_code == 200
    assert timings(group="events", channel="email") == {"weekly"}
    for body in (
        {"type": TYPE, "group": "events", "channel": "email", "timing": "off"},
        {"channel": "email", "timing": "off"},
        {"type": TYPE, "channel": "email"},
        {"type": "x", "channel": "email", "timing": "off"},
        {"type": TYPE, "channel": "email", "timing": "never"},
    ):
        assert patch(**body).status_code == 400, body
    refused = patch(type="personal.erasure_asked", channel="email", timing="off")
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (400, "mandatory_type")


def test_n2_the_page_changes_what_was_set_and_nothing_else(sign_in):
    user = factories.user()
    browser = sign_in(user)
    page = browser.get("/en/inbox/preferences/").content.decode()
    assert page.count("disabled") >= 4  # two mandatory types by two channels
    browser.post("/en/inbox/preferences/", {f"{TYPE}:email": "daily", "clubs:in_app": "off"})
    chosen = preferences.choices_of(user.pk)
    assert chosen[TYPE, "email"] == "daily"
    assert {chosen[kind.name, "in_app"] for kind in registry.types_of("clubs")} == {"off"}
    changed = NotificationPreference.objects.count()
    assert changed == 1 + len(registry.types_of("clubs"))
    wrong = browser.post("/en/inbox/preferences/", {f"{TYPE}:email": "never"})
    assert wrong.status_code == 422
    # What is mandatory is not read from the form at all.
    browser.post("/en/inbox/preferences/", {"personal.erasure_asked:email": "off"})
    assert NotificationPreference.objects.count() == changed


def test_n2_one_click_in_the_mail_program_stops_that_type_alone():
    user = factories.user(language="ar")
    tell(user)
    tasks.deliver(NotificationDelivery.objects.get().pk)
    [sent] = mail.outbox
    link = sent.extra_headers["List-Unsubscribe"].strip("<>")
    assert sent.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert "/ar/inbox/unsubscribe/" in link
    assert link in sent.body
    # A mail program brings no cookie and no token of a form (RFC 8058).
    program = Client(enforce_csrf_checks=True)
    path = "/" + link.split("/", 3)[3]
    for _ in range(2):  # mail servers open links by themselves: that changes nothing
        assert program.get(path).status_code == 200
    assert preferences.choices_of(user.pk)[TYPE, "email"] == "at_once"
    for _ in range(2):
        answer = program.post(path, {"List-Unsubscribe": "One-Click"})
        assert answer.status_code == 200
        assert answer["Referrer-Policy"] == "no-referrer"
    chosen = preferences.choices_of(user.pk)
    assert chosen[TYPE, "email"] == "off"
    assert chosen[TYPE, "in_app"] == "at_once"
    assert chosen["enrollments.passed_over_clash", "email"] == "at_once"
    tell(user)
    assert NotificationDelivery.objects.count() == 1


def test_n2_from_the_mail_all_can_be_stopped_but_what_is_mandatory(client):
    user = factories.user()
    path = preferences.link_of(user.pk, TYPE, "en").split("/", 3)[3]
    assert client.post(f"/{path}", {"scope": "everything"}).status_code == 422
    assert client.post(f"/{path}", {"scope": "all"}).status_code == 200
    chosen = preferences.choices_of(user.pk)
    on = {name for (name, channel), t in chosen.items() if channel == "email" and t != "off"}
    assert on == {"people.guardian_added", "personal.erasure_asked"}
    assert all(t == "at_once" for (_name, channel), t in chosen.items() if channel == "in_app")


def test_n2_a_link_that_is_not_ours_does_nothing(client):
    user = factories.user()
    good = signing.dumps([user.pk, TYPE], salt=preferences.SALT)
    other_salt = signing.dumps([user.pk, TYPE], salt="else")
    nobody = signing.dumps([987654, TYPE], salt=preferences.SALT)
    for token in (good[:-1], good + "x", other_salt, nobody, "x", "a:b:c"):
        assert client.post(f"/en/inbox/unsubscribe/{token}/").status_code == 404
        with pytest.raises(NotificationNotFound):
            preferences.unsubscribe(token=token)
    assert not NotificationPreference.objects.exists()
