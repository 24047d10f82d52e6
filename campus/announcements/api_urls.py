"""Addresses of the API of this app."""

from django.urls import URLPattern, URLResolver
from rest_framework.routers import SimpleRouter

from campus.announcements.api import AnnouncementViewSet

router = SimpleRouter()
router.register("announcements", AnnouncementViewSet, basename="announcement")

urlpatterns: list[URLPattern | URLResolver] = list(router.urls)
