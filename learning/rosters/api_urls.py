"""Addresses of rosters by API."""

from django.urls import URLPattern, URLResolver
from rest_framework.routers import SimpleRouter

from learning.rosters.api import RosterViewSet

router = SimpleRouter(use_regex_path=False)
router.register("rosters", RosterViewSet, basename="roster")

urlpatterns: list[URLPattern | URLResolver] = router.urls
