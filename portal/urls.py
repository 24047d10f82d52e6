"""The map of addresses."""

from django.conf import settings
from django.conf.urls.i18n import i18n_patterns
from django.urls import URLPattern, URLResolver, include, path, re_path
from wagtail import urls as wagtail_urls
from wagtail.admin import urls as wagtailadmin_urls
from wagtail.documents import urls as wagtaildocs_urls

from campus.accounts.doors import admin_door, site_door
from campus.audit.doors import log_door
from portal.api.fallback import nothing_here

Urls = list[URLPattern | URLResolver]

api_v1: Urls = [
    path("auth/", include("campus.accounts.api_urls")),
    path("", include("campus.accounts.admin_api_urls")),
    path("", include("campus.institutions.api_urls")),
    path("", include("campus.people.api_urls")),
    path("", include("campus.notifications.api_urls")),
    path("", include("campus.audit.api_urls")),
    path("", include("campus.points.api_urls")),
    path("", include("campus.clubs.api_urls")),
    path("", include("campus.events.api_urls")),
    path("", include("campus.announcements.api_urls")),
    path("", include("campus.personal.api_urls")),
    path("", include("bookings.api_urls")),
    path("", include("learning.catalog.api_urls")),
    path("", include("learning.enrollments.api_urls")),
    path("", include("campus.certificates.api_urls")),
    path("", include("learning.rosters.api_urls")),
    path("", include("search.api_urls")),
    path("", include("portal.imports.api_urls")),
    path("", include("portal.reports.api_urls")),
    path("", include("portal.api.urls")),
]

urlpatterns: Urls = [
    path("", include("portal.health")),
    path("", include("portal.metrics")),
    path("", include("portal.favicon")),
    path("api/v1/", include((api_v1, "api"))),
    re_path(r"^api/", nothing_here),
    *([path("", include("campus.accounts.openid.urls"))] if settings.OPENID_PROVIDER else []),
    path("", include("campus.certificates.well_known")),
    path("documents/", include(wagtaildocs_urls)),
    path("admin/", include(admin_door)),
    path("admin/", include(log_door)),
    path("admin/", include(wagtailadmin_urls)),
    *([] if settings.S3_BUCKET else [path("", include("portal.media"))]),
    *i18n_patterns(
        path("account/", include("allauth.urls")),
        path("", include("campus.accounts.urls")),
        path("", include("campus.institutions.urls")),
        path("", include("campus.people.urls")),
        path("", include("campus.notifications.urls")),
        path("", include("campus.points.urls")),
        path("", include("campus.clubs.urls")),
        path("", include("campus.events.urls")),
        path("", include("campus.announcements.urls")),
        path("", include("campus.personal.urls")),
        path("", include("bookings.urls")),
        path("", include("learning.catalog.urls")),
        path("", include("learning.enrollments.urls")),
        path("", include("campus.certificates.urls")),
        path("", include("search.urls")),
        path("", include("portal.reports.urls")),
        path("", include("home.urls")),
        path("", include(site_door)),
        path("", include(wagtail_urls)),
    ),
    # After the others, so that these are the addresses in use: a provider outside knows one for all
    # languages.
    path("account/", include("allauth.socialaccount.providers.openid_connect.urls")),
]

handler400 = "portal.api.fallback.bad_request"
handler403 = "portal.api.fallback.permission_denied"
handler404 = "portal.api.fallback.page_not_found"
handler500 = "portal.api.fallback.server_error"
