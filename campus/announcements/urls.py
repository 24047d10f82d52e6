"""Addresses of the pages of this app."""

from django.urls import URLPattern, URLResolver, path

from campus.announcements import views

app_name = "announcements"

urlpatterns: list[URLPattern | URLResolver] = [
    path("announcements/", views.announcements, name="announcements"),
    path("announcements/<str:slug>/", views.announcement, name="announcement"),
]
