"""Addresses of the public pages of this app."""

from django.urls import URLPattern, URLResolver, path

from campus.institutions import views

app_name = "institutions"

urlpatterns: list[URLPattern | URLResolver] = [
    path("departments/", views.departments, name="departments"),
    path("departments/<slug:slug>/", views.department, name="department"),
    path("faculties/<slug:slug>/", views.faculty, name="faculty"),
    path("institutions/<slug:slug>/", views.institution, name="institution"),
]
