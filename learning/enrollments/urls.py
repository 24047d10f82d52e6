"""Addresses of the pages of this app."""

from django.urls import URLPattern, URLResolver, path, re_path

from learning.enrollments import views

app_name = "enrollments"

urlpatterns: list[URLPattern | URLResolver] = [
    path("sections/<int:section_id>/enroll/", views.enroll, name="enroll"),
    path("sections/<int:section_id>/students/", views.roster, name="roster"),
    path("sections/<int:section_id>/students.csv", views.roster_csv, name="roster_csv"),
    path("enrollments/<uuid:enrollment_id>/drop/", views.drop, name="drop"),
    path("enrollment-requests/<uuid:request_id>/withdraw/", views.withdraw, name="withdraw"),
    re_path(
        r"^enrollment-requests/(?P<request_id>[0-9a-f-]{36})/(?P<decision>approve|reject)/$",
        views.decide,
        name="decide",
    ),
]
