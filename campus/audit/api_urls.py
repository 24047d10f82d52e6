"""Addresses of the API of this app."""

from django.urls import URLPattern, URLResolver
from rest_framework.routers import SimpleRouter

from campus.audit.api import AuditLogViewSet

router = SimpleRouter()
router.register("audit-logs", AuditLogViewSet, basename="audit-log")

urlpatterns: list[URLPattern | URLResolver] = [*router.urls]
