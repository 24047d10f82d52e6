"""Tables of events: the event itself, who registers, who was there, and what follows."""

from campus.events.models.attendance import Attendance, Scan
from campus.events.models.events import (
    Event,
    EventOrganizer,
    EventQuerySet,
    EventSeries,
    EventSession,
    EventTag,
    HallWish,
    TaggedEvent,
)
from campus.events.models.outcomes import CalendarFeed, EventAward, EventCompletion, EventReminder
from campus.events.models.pages import EventIndexPage, EventPage
from campus.events.models.registrations import (
    Answer,
    EventRegistration,
    Question,
    RegistrationQuerySet,
)

__all__ = [
    "Answer",
    "Attendance",
    "CalendarFeed",
    "Event",
    "EventAward",
    "EventCompletion",
    "EventIndexPage",
    "EventOrganizer",
    "EventPage",
    "EventQuerySet",
    "EventRegistration",
    "EventReminder",
    "EventSeries",
    "EventSession",
    "EventTag",
    "HallWish",
    "Question",
    "RegistrationQuerySet",
    "Scan",
    "TaggedEvent",
]
