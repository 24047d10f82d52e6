"""Addresses of imports by API."""

from django.urls import URLPattern, URLResolver, path
from rest_framework.routers import SimpleRouter

from portal.imports.api import ImportRowsViewSet, ImportViewSet

router = SimpleRouter(use_regex_path=False)
router.register("imports", ImportViewSet, basename="import")

urlpatterns: list[URLPattern | URLResolver] = [
    *router.urls,
    path(
        "imports/<uuid:import_id>/rows/",
        ImportRowsViewSet.as_view({"get": "list"}),
        name="import-rows",
    ),
]
