"""Reports in the Wagtail admin: one entry in its menu of reports for each that the reader may read."""

from typing import Any

from django.http import HttpRequest
from django.urls import URLPattern, path, reverse
from wagtail import hooks
from wagtail.admin.menu import MenuItem

from portal.reports import views
from portal.reports.registry import reports_for


@hooks.register("register_admin_urls")
def admin_urls() -> list[URLPattern]:
    """Where they stand."""
    return [
        path("statistics/", views.admin_index, name="admin_reports"),
        path("statistics/<slug:name>/", views.admin_report, name="admin_report"),
    ]


@hooks.register("construct_reports_menu")
def put_into_the_menu(request: HttpRequest, items: list[Any]) -> None:
    """Before Wagtail's own reports."""
    for number, report in enumerate(reports_for(request.user)):
        items.append(
            MenuItem(
                report.title,
                reverse("admin_report", args=[report.name]),
                name=f"report-{report.name}",
                icon_name="table",
                order=number,
            )
        )
