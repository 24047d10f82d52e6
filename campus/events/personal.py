"""What this app holds on a person (P9): registrations, attendance, answers, and the private calendar."""

from django.db.models import Q

from campus.accounts.models import User
from campus.events.models import (
    Answer,
    Attendance,
    CalendarFeed,
    Event,
    EventOrganizer,
    EventRegistration,
)
from portal import personal


def _of(user: User, path: str = "") -> Q:
    """A condition: the registration at ``path`` is the person's."""
    return Q((f"{path}user", user)) | Q((f"{path}student__user", user))


def export_registrations(user: User) -> personal.Rows:
    """Registrations, the first ones first."""
    rows = EventRegistration.objects.filter(_of(user)).select_related("event__club")
    return [
        {
            "event": row.event.title,
            "club": row.event.club.name,
            "state": str(row.state),
            "asked_at": row.created_at,
            "since": row.since,
            "reason": row.reason,
        }
        for row in rows.order_by("created_at", "id")
    ]


def export_answers(user: User) -> personal.Rows:
    """What the person answered."""
    rows = Answer.objects.filter(_of(user, "registration__")).select_related("question__event")
    return [
        {"event": row.question.event.title, "question": row.question.text, "answer": row.text}
        for row in rows.order_by("pk")
    ]


def export_attendance(user: User) -> personal.Rows:
    """Where the person was, as far as it was taken down."""
    rows = Attendance.objects.filter(_of(user, "registration__")).select_related("event")
    return [
        {
            "event": row.event.title,
            "present": row.is_present,
            "how": str(row.method),
            "at": row.at,
            "reason": row.reason,
        }
        for row in rows.order_by("at", "id")
    ]


def export_organized(user: User) -> personal.Rows:
    """The events that the person answers for."""
    rows = Event.objects.filter(organizers__user=user).order_by("starts", "id")
    return [{"event": event.title, "starts": event.starts} for event in rows]


def erase_registrations(user: User) -> None:
    """Answers go; who was where stays by number."""
    Answer.objects.filter(_of(user, "registration__")).delete()
    EventRegistration.objects.filter(_of(user)).update(reason="")
    Attendance.objects.filter(_of(user, "registration__")).update(device="")


def erase_organized(user: User) -> None:
    """None any more, and no private calendar."""
    EventOrganizer.objects.filter(user=user).delete()
    CalendarFeed.objects.filter(user=user).delete()


def _with_the_registrations(user: User) -> None:
    """Nothing left to do: they go with the registrations."""


def register() -> None:
    """Register them, and say what stays."""
    personal.register(
        "event_registrations",
        export_registrations,
        erase_registrations,
        ["events.EventRegistration"],
    )
    personal.register("event_answers", export_answers, _with_the_registrations, [])
    personal.register(
        "event_attendance", export_attendance, _with_the_registrations, ["events.Attendance"]
    )
    personal.register(
        "organized_events",
        export_organized,
        erase_organized,
        ["events.EventOrganizer", "events.CalendarFeed"],
    )
    personal.keep(
        "who made an event, scanned or asked for its completion loses the name with the account",
        "events.Event",
        "events.Scan",
        "events.EventCompletion",
    )
