"""Addresses of the pages of this app."""

from django.urls import URLPattern, URLResolver, path

from campus.events.views import public, registering

app_name = "events"

urlpatterns: list[URLPattern | URLResolver] = [
    path("events/", public.events, name="events"),
    path("events/calendar/", public.month, name="calendar"),
    path("events/<slug:slug>/", public.event, name="event"),
    path("events/<slug:slug>/event.ics", public.event_ics, name="ics"),
    path("events/<slug:slug>/register/", registering.register, name="register"),
    path("tickets/<uuid:registration_id>/", registering.ticket, name="ticket"),
    path("tickets/<uuid:registration_id>/cancel/", registering.unregister, name="unregister"),
]
