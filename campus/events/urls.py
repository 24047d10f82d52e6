"""Addresses of the pages of this app."""

from django.urls import URLPattern, URLResolver, path

from campus.events.views import (
    calendars,
    door,
    lists,
    organizing,
    participants,
    public,
    registering,
)

app_name = "events"

_PERSON = "events/<slug:slug>/organize/participants/<uuid:registration_id>/"
_LIST = "events/<slug:slug>/organize/attendance/<uuid:list_id>/"

urlpatterns: list[URLPattern | URLResolver] = [
    path("events/", public.events, name="events"),
    path("events/calendar/", public.month, name="calendar"),
    path("events/calendar/mine/", calendars.feed, name="feed"),
    path("events/calendar/mine/<slug:deed>/", calendars.change_feed, name="change_feed"),
    path("events/organize/", organizing.mine, name="mine"),
    path("events/organize/new/", organizing.new, name="new"),
    path("events/<slug:slug>/", public.event, name="event"),
    path("events/<slug:slug>/event.ics", public.event_ics, name="ics"),
    path("events/<slug:slug>/register/", registering.register, name="register"),
    path("events/<slug:slug>/organize/", organizing.board, name="organize"),
    path("events/<slug:slug>/organize/edit/", organizing.edit, name="edit"),
    path("events/<slug:slug>/organize/questions/", organizing.questions, name="questions"),
    path("events/<slug:slug>/organize/schedule/", organizing.schedule, name="schedule"),
    path("events/<slug:slug>/organize/move/", organizing.move, name="move"),
    path("events/<slug:slug>/organize/cancel/", organizing.cancel, name="cancel"),
    path("events/<slug:slug>/organize/copy/", organizing.copy, name="copy"),
    path(
        "events/<slug:slug>/organize/participants/", participants.participants, name="participants"
    ),
    path(
        "events/<slug:slug>/organize/participants.csv",
        participants.participants_csv,
        name="participants_csv",
    ),
    path("events/<slug:slug>/organize/attendance/", lists.attendance, name="attendance"),
    path(f"{_LIST}", lists.attendance_list, name="attendance_list"),
    path(f"{_LIST}<slug:deed>/", lists.change_list, name="change_list"),
    path(f"{_PERSON}reject/", participants.reject, name="reject"),
    path(f"{_PERSON}<slug:deed>/", participants.deed, name="participant"),
    path("events/<slug:slug>/organize/now/<slug:deed>/", organizing.progress, name="progress"),
    path("events/<slug:slug>/door/", door.door, name="door"),
    path("events/<slug:slug>/door/screen/", door.screen, name="screen"),
    path("here/<str:token>/", door.here, name="here"),
    path("here/<str:token>/arrive/", door.arrive, name="arrive"),
    path("tickets/<uuid:registration_id>/", registering.ticket, name="ticket"),
    path("tickets/<uuid:registration_id>/cancel/", registering.unregister, name="unregister"),
]
