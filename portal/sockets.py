"""The map of sockets: every path below ``/ws/`` and its consumer."""

from django.urls import URLPattern, path

from bookings.consumers import HallConsumer
from campus.events.consumers import EventConsumer
from campus.notifications.consumers import NotificationConsumer

socket_urlpatterns: list[URLPattern] = [
    path("ws/notifications/", NotificationConsumer.as_asgi()),  # type: ignore[arg-type]
    path("ws/halls/<int:pk>/", HallConsumer.as_asgi()),  # type: ignore[arg-type]
    path("ws/events/<uuid:pk>/", EventConsumer.as_asgi()),  # type: ignore[arg-type]
]
