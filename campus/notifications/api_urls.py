"""Addresses of the API of this app."""

from django.urls import URLPattern, URLResolver, path
from rest_framework.routers import SimpleRouter

from campus.notifications.api import NotificationViewSet, PreferencesView

router = SimpleRouter()
router.register("notifications", NotificationViewSet, basename="notification")

urlpatterns: list[URLPattern | URLResolver] = [
    *router.urls,
    path("notification-preferences/", PreferencesView.as_view(), name="notification-preferences"),
]
