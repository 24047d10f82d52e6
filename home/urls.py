"""Addresses of the pages of this app."""

from django.urls import URLPattern, URLResolver, path

from home import family, views

app_name = "home"

urlpatterns: list[URLPattern | URLResolver] = [
    path("dashboard/", views.dashboard, name="dashboard"),
    path("children/<uuid:student_id>/", family.child, name="child"),
    path("mentees/", family.mentees, name="mentees"),
]
