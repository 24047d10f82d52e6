"""Addresses of the pages of this room."""

from django.urls import URLPattern, URLResolver, path

from bookings.views import bookings, halls

app_name = "bookings"

urlpatterns: list[URLPattern | URLResolver] = [
    path("halls/", halls.halls, name="halls"),
    path("halls/utilization/", halls.utilization, name="utilization"),
    path("halls/<int:hall_id>/", halls.hall, name="hall"),
    path("halls/<int:hall_id>/calendar.ics", halls.feed, name="feed"),
    path("halls/<int:hall_id>/ask/", bookings.ask, name="ask"),
    path("hall-bookings/", bookings.mine, name="mine"),
    path("hall-bookings/pending/", bookings.pending, name="pending"),
    path("hall-bookings/<uuid:booking_id>/", bookings.booking, name="booking"),
    path("hall-bookings/<uuid:booking_id>/cancel/", bookings.cancel, name="cancel"),
    path("hall-bookings/<uuid:booking_id>/decide/", bookings.decide, name="decide"),
]
