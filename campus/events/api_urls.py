"""Addresses of the API of this app."""

from typing import Any

from django.urls import URLPattern, URLResolver, path
from rest_framework.routers import SimpleRouter

from campus.events import page_data
from campus.events.api.calendars import FeedFileView, FeedView, PublicCalendarView
from campus.events.api.door import DoorPassView, DoorViewSet, SelfCheckInView
from campus.events.api.events import EventViewSet
from campus.events.api.people import EventRegistrationViewSet, ParticipantViewSet

__all__ = ["page_data", "urlpatterns"]  # importing ``page_data`` registers what pages tell (F3)

router = SimpleRouter(use_regex_path=False)
router.register("events", EventViewSet, basename="event")
router.register("event-registrations", EventRegistrationViewSet, basename="event-registration")

DOOR: dict[str, dict[str, Any]] = {
    "check-in/": {"post": "check_in"},
    "take-back/": {"post": "take_back"},
    "scans/": {"post": "scans"},
    "door/": {"get": "code"},
    "upload-attendance/": {"post": "upload"},
}

urlpatterns: list[URLPattern | URLResolver] = [
    path("events/calendar.ics", PublicCalendarView.as_view(), name="events-calendar"),
    path("events/self-check-in/", SelfCheckInView.as_view(), name="event-self-check-in"),
    path("events/door-pass/", DoorPassView.as_view(), name="event-door-pass"),
    path(
        "events/<uuid:pk>/calendar.ics",
        EventViewSet.as_view({"get": "ics"}),
        name="event-calendar",
    ),
    path(
        "events/<uuid:event_id>/participants/",
        ParticipantViewSet.as_view({"get": "list"}),
        name="event-participants",
    ),
    *(
        path(f"events/<uuid:pk>/{word}", DoorViewSet.as_view(actions), name=f"event-{word[:-1]}")
        for word, actions in DOOR.items()
    ),
    path(
        "event-registrations/<uuid:pk>/ticket.pdf",
        EventRegistrationViewSet.as_view({"get": "ticket_pdf"}),
        name="event-ticket-pdf",
    ),
    path(
        "event-registrations/<uuid:pk>/ticket.ics",
        EventRegistrationViewSet.as_view({"get": "ticket_ics"}),
        name="event-ticket-ics",
    ),
    path("calendar-feed/", FeedView.as_view(), name="calendar-feed"),
    path("calendar-feeds/<str:token>.ics", FeedFileView.as_view(), name="calendar-feed-file"),
    *router.urls,
]
