"""Addresses of the API of this app."""

from django.urls import URLPattern, URLResolver, path
from rest_framework.routers import SimpleRouter

from campus.certificates.api import (
    CertificateTemplateViewSet,
    CertificateViewSet,
    VerifyFileView,
    VerifyView,
)

router = SimpleRouter()
router.register("certificates", CertificateViewSet, basename="certificate")
router.register(
    "certificate-templates", CertificateTemplateViewSet, basename="certificate-template"
)

urlpatterns: list[URLPattern | URLResolver] = [
    path("certificates/verify/", VerifyFileView.as_view(), name="certificate-verify-file"),
    path("certificates/verify/<str:key>/", VerifyView.as_view(), name="certificate-verify"),
    *router.urls,
]
