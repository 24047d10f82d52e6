"""The log in the Wagtail admin is the admins' (the table of roles); Wagtail would show editors a part of it.

These patterns stand before Wagtail's own. What was done to one page stays in that page's history, for
whoever may edit it.
"""

from django.urls import URLPattern, path
from wagtail.admin.views.reports.audit_logging import LogEntriesView

from campus.audit.rules import READ
from portal.permissions import requires


class SiteHistoryView(LogEntriesView):
    """Wagtail's report of all that was done, for those who may read the log."""

    policy = requires(READ)


log_door: list[URLPattern] = [
    path("reports/site-history/", SiteHistoryView.as_view()),
    path("reports/site-history/results/", SiteHistoryView.as_view(results_only=True)),
]
