"""Addresses of the pages of this app."""

from django.urls import URLPattern, URLResolver, path

from home import views

app_name = "home"

urlpatterns: list[URLPattern | URLResolver] = [
    path("dashboard/", views.dashboard, name="dashboard"),
]
