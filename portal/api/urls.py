"""Addresses of the frame's own part of the API."""

from django.urls import URLPattern, URLResolver, path
from rest_framework.routers import SimpleRouter

from portal.api import documents
from portal.api.pages import PagesViewSet

router = SimpleRouter()
router.register("pages", PagesViewSet, basename="page")

urlpatterns: list[URLPattern | URLResolver] = [
    path("schema/", documents.schema, name="schema"),
    path("docs/", documents.docs, name="docs"),
    *router.urls,
]
