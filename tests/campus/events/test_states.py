"""E1, E3: states move as they are declared, by hand and by themselves; cancelling tells everyone."""

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from campus.events import services
from campus.events.errors import (
    EventClosed,
    EventNotFound,
    EventStateRefused,
    NoSessions,
    SessionEndsBeforeStart,
    SessionInThePast,
    SessionsOnOneDay,
    SessionsOverlap,
    SessionTooLong,
)
from campus.events.models import Event, EventReminder
from campus.events.services.reminders import remind
from campus.events.sessions import Slot
from campus.events.signals import event_cancelled
from campus.notifications.models import Notification
from portal.errors import InvalidInput, NotAllowed
from tests import factories
from tests.campus.events import world

pytestmark = pytest.mark.django_db
S = Event.State
DO: dict[str, Any] = {
    S.SCHEDULED: services.schedule,
    S.ONGOING: services.start,
    S.COMPLETED: services.complete,
    S.CANCELLED: services.cancel,
}
PATHS = {
    S.DRAFT: (),
    S.SCHEDULED: (S.SCHEDULED,),
    S.ONGOING: (S.SCHEDULED, S.ONGOING),
    S.COMPLETED: (S.SCHEDULED, S.ONGOING, S.COMPLETED),
    S.CANCELLED: (S.SCHEDULED, S.CANCELLED),
}


@pytest.mark.parametrize("to", list(DO))
@pytest.mark.parametrize("state", list(S))
def test_e1_every_move_is_allowed_or_refused_as_declared(state: Any, to: Any) -> None:
    event = world.draft()
    for step in PATHS[state]:
        DO[step](event_id=event.pk, actor=None)
    if to in Event.TRANSITIONS[state]:
        assert DO[to](event_id=event.pk, actor=None).state == to
        return
    with pytest.raises(EventStateRefused) as refused:
        DO[to](event_id=event.pk, actor=None)
    assert (refused.value.status, refused.value.details["state"]) == (409, state)
    event.refresh_from_db()
    assert event.state == state


def test_e1_events_start_and_end_by_themselves_each_once() -> None:
    event, later = world.event(), world.event()
    world.put_at(event, timezone.now() - dt.timedelta(minutes=5))
    assert services.move_by_time() == {"started": 1, "completed": 0}
    assert services.move_by_time() == {"started": 0, "completed": 0}
    world.put_at(Event.objects.get(pk=event.pk), timezone.now() - dt.timedelta(hours=5))
    assert services.move_by_time() == {"started": 0, "completed": 1}
    event.refresh_from_db()
    later.refresh_from_db()
    assert (event.state, later.state) == (S.COMPLETED, S.SCHEDULED)


def test_e1_who_may_is_the_clubs_organizer_by_their_role() -> None:
    club = world.club()
    event = world.draft(club)
    helper = world.organizer(club, "Helper at the door")
    with pytest.raises(NotAllowed):
        services.schedule(event_id=event.pk, actor=helper)
    for nobody in (world.organizer(world.club()), factories.teacher()):
        with pytest.raises(EventNotFound):
            services.schedule(event_id=event.pk, actor=nobody)
    services.schedule(event_id=event.pk, actor=world.organizer(club, "Event organizer"))
    with pytest.raises(NotAllowed):
        services.cancel(event_id=event.pk, actor=factories.teacher())
    other = factories.institution(slug="other", name="Other")
    with pytest.raises(NotAllowed):
        services.cancel(event_id=event.pk, actor=factories.administrator(other))
    services.cancel(event_id=event.pk, actor=factories.administrator(club.institution))


def test_e3_cancelling_tells_everyone_and_sends_the_signal() -> None:
    event = world.event(capacity=1)
    holder, waiting, left = (world.registered(event) for _ in range(3))
    services.unregister(registration_id=left.pk, actor=None)
    heard: list[Any] = []

    def listener(**kwargs: Any) -> None:
        heard.append(kwargs["event"].pk)

    event_cancelled.connect(listener)
    try:
        services.cancel(event_id=event.pk, actor=None, reason="Rain")
    finally:
        event_cancelled.disconnect(listener)
    assert heard == [event.pk]
    told = Notification.objects.filter(type="events.cancelled")
    assert {one.user_id for one in told} == {holder.account_id, waiting.account_id}
    assert told[0].params["reason"] == "Rain"


def test_e9_moving_tells_the_registered_and_keeps_the_sessions() -> None:
    event = world.event()
    registration = world.registered(event)
    [before] = event.sessions.all()
    later = [Slot(before.starts + world.HOUR, before.ends + world.HOUR)]
    services.move_event(event_id=event.pk, sessions=later, actor=None)
    [after] = event.sessions.all()
    assert after.pk == before.pk
    assert after.starts == later[0].starts
    assert Notification.objects.filter(
        type="events.moved", user_id=registration.account_id
    ).exists()
    held = Notification.objects.count()
    services.move_event(event_id=event.pk, sessions=later, actor=None)
    assert Notification.objects.count() == held


def test_e9_what_cannot_be_moved_stays_as_it_is() -> None:
    event = world.event()
    with pytest.raises(SessionInThePast):
        services.move_event(event_id=event.pk, sessions=world.slots(-1), actor=None)
    with pytest.raises(InvalidInput):
        services.edit_event(event_id=event.pk, changes={"sessions": world.slots(60)}, actor=None)
    event.refresh_from_db()
    assert event.sessions.get().starts == event.starts
    services.cancel(event_id=event.pk, actor=None)
    with pytest.raises(EventClosed):
        services.move_event(event_id=event.pk, sessions=world.slots(60), actor=None)


def moment(text: str) -> dt.datetime:
    """A moment as Chicago's clocks show it."""
    zone = factories.institution().timezone
    return dt.datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


@pytest.mark.parametrize(
    ("pairs", "error"),
    [
        ([], NoSessions),
        ([("2027-05-01T10:00", "2027-05-01T10:00")], SessionEndsBeforeStart),
        ([("2027-05-01T10:00", "2027-05-01T09:00")], SessionEndsBeforeStart),
        ([("2027-05-01T10:00", "2027-05-03T10:00")], SessionTooLong),
        (
            [("2027-05-01T22:00", "2027-05-02T09:00"), ("2027-05-02T08:00", "2027-05-02T10:00")],
            SessionsOverlap,
        ),
        (
            [("2027-05-01T08:00", "2027-05-01T09:00"), ("2027-05-01T10:00", "2027-05-01T11:00")],
            SessionsOnOneDay,
        ),
    ],
)
def test_e12_sessions_that_cannot_be_are_refused_by_name(pairs: Any, error: Any) -> None:
    sessions = [Slot(moment(a), moment(b)) for a, b in pairs]
    with pytest.raises(error) as refused:
        world.draft(sessions=sessions)
    assert str(refused.value.param).startswith("sessions")
    assert not Event.objects.exists()


def test_an_event_over_midnight_and_over_the_change_of_the_clocks() -> None:
    night = [Slot(moment("2027-03-13T22:00"), moment("2027-03-14T04:00"))]
    event = world.draft(sessions=night)
    assert event.ends - event.starts == dt.timedelta(hours=5)
    copies = services.repeat_event(event_id=event.pk, every_days=7, count=2, actor=None)
    zone = moment("2027-03-13T22:00").tzinfo
    assert [one.starts.astimezone(zone).isoformat()[:16] for one in copies] == [
        "2027-03-20T22:00",
        "2027-03-27T22:00",
    ]
    assert copies[0].ends - copies[0].starts == dt.timedelta(hours=6)


@pytest.mark.parametrize("title", ["Ünïcødé é", "مهرجان العلوم", "🎉" * 50, "x" * 200])
def test_names_in_any_script_come_back_as_they_were(title: str) -> None:
    event = world.draft(title=title)
    event.refresh_from_db()
    assert event.title == title
    assert event.slug.isascii()


def test_a_name_of_300_characters_is_refused_by_its_field() -> None:
    with pytest.raises(ValidationError) as refused:
        world.draft(title="x" * 300)
    assert set(refused.value.message_dict) == {"title"}


def test_e11_a_copy_has_the_words_and_not_the_people() -> None:
    event = world.event(capacity=10, tags=["Robots"], description="Long")
    services.set_questions(event_id=event.pk, questions=[{"text": "Why?"}], actor=None)
    world.registered(event)
    copy = services.clone_event(
        event_id=event.pk, starts=event.starts + dt.timedelta(days=10), actor=None
    )
    assert (copy.state, copy.capacity, copy.seats_taken) == (S.DRAFT, 10, 0)
    assert copy.slug != event.slug
    assert [tag.name for tag in copy.tags.all()] == ["Robots"]
    assert copy.questions.get().text == "Why?"
    assert not copy.registrations.exists()


def test_e11_one_of_a_series_is_changed_or_cancelled_alone() -> None:
    event = world.event()
    day = (event.starts + dt.timedelta(days=14)).astimezone(moment("2027-01-01T00:00").tzinfo)
    made = services.repeat_event(
        event_id=event.pk, every_days=7, count=3, actor=None, except_days=[day.date()]
    )
    assert len(made) == 2
    event.refresh_from_db()
    assert {one.series_id for one in made} == {event.series_id}
    services.cancel(event_id=made[0].pk, actor=None)
    services.edit_event(event_id=made[1].pk, changes={"title": "Alone"}, actor=None)
    event.refresh_from_db()
    assert event.state == S.SCHEDULED
    assert event.title != "Alone"


def test_reminders_go_out_once_each_and_not_for_what_was_moved_or_cancelled() -> None:
    event, gone = world.event(), world.event()
    holder = world.registered(event)
    world.registered(gone)
    assert remind() == {"day": 0, "hour": 0}
    day_before = event.starts - dt.timedelta(hours=23)
    services.cancel(event_id=gone.pk, actor=None)
    assert remind(day_before) == {"day": 1, "hour": 0}
    assert remind(day_before) == {"day": 0, "hour": 0}
    assert remind(event.starts - dt.timedelta(minutes=30)) == {"day": 0, "hour": 1}
    told = Notification.objects.filter(type__startswith="events.remind")
    assert [(one.user_id, one.type) for one in told.order_by("created_at")] == [
        (holder.account_id, "events.remind_day"),
        (holder.account_id, "events.remind_hour"),
    ]
    services.move_event(event_id=event.pk, sessions=world.slots(96), actor=None)
    event.refresh_from_db()
    assert remind(event.starts - dt.timedelta(hours=23)) == {"day": 1, "hour": 0}
    assert EventReminder.objects.count() == 3
