"""Addresses of reports by API."""

from django.urls import URLPattern, path

from portal.reports.api import ReportsView, ReportView

urlpatterns: list[URLPattern] = [
    path("admin/reports/", ReportsView.as_view(), name="reports"),
    path("admin/reports/<slug:name>/", ReportView.as_view(), name="report"),
]
