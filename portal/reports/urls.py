"""Addresses of reports on the site."""

from django.urls import path

from portal.reports import views

app_name = "reports"
urlpatterns = [
    path("reports/", views.index, name="index"),
    path("reports/<slug:name>/", views.report, name="report"),
]
