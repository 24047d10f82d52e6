"""Reports as pages: on the site for organizers and mentors, in the Wagtail admin for admins."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from portal.errors import DomainError
from portal.pages import guarded
from portal.permissions import Policy, requires
from portal.reports import rules
from portal.reports.downloads import FORMATS, download
from portal.reports.errors import NoSuchReport
from portal.reports.forms import PeriodForm
from portal.reports.queries import Table, table_of
from portal.reports.registry import report_for, reports_for

READERS: Policy = requires(rules.READ)


def _list(request: HttpRequest, template: str) -> HttpResponse:
    context = {
        "reports": reports_for(request.user),
        "page_title": _("Reports"),
        "header_icon": "table",
    }
    return render(request, template, context)


def _one(request: HttpRequest, name: str, template: str) -> HttpResponseBase:
    try:
        report = report_for(request.user, name)
    except NoSuchReport:
        raise Http404 from None
    form = PeriodForm(request.GET or None) if request.GET else PeriodForm({})
    table: Table | None = None
    if form.is_valid():
        try:
            table = table_of(report, user=request.user, period=form.period)
        except DomainError as refusal:
            form.add_error(None, str(refusal))
    if table is not None and request.GET.get("export") in FORMATS:
        return download(table, request.GET["export"])
    if table is not None:
        # The days that hold where none were given stand in the form.
        form = PeriodForm({"since": table.period.since, "until": table.period.until})
        form.is_valid()
    context: dict[str, Any] = {
        "report": report,
        "page_title": report.title,
        "header_icon": "table",
        "form": form,
        "table": table,
        "drawn": table.drawn() if table else None,
    }
    return render(request, template, context, status=200 if table is not None else 422)


@guarded(READERS)
@never_cache
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """The reader's reports (``reports/index.html``)."""
    return _list(request, "reports/index.html")


@guarded(READERS)
@never_cache
@require_safe
def report(request: HttpRequest, name: str) -> HttpResponseBase:
    """One of them: chart, table, downloads (``reports/report.html``)."""
    return _one(request, name, "reports/report.html")


@guarded(READERS)
@never_cache
@require_safe
def admin_index(request: HttpRequest) -> HttpResponse:
    """The reader's reports in the admin."""
    return _list(request, "reports/admin/index.html")


@guarded(READERS)
@never_cache
@require_safe
def admin_report(request: HttpRequest, name: str) -> HttpResponseBase:
    """One of them in the admin."""
    return _one(request, name, "reports/admin/report.html")
