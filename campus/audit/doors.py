"""The log in the Wagtail admin is the admins' (the table of roles); Wagtail would show editors a part of it.

These patterns stand before Wagtail's own. What was done to one page stays in that page's history, for
whoever may edit it.
"""

import itertools
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from django.db.models import QuerySet
from django.urls import URLPattern, path
from django.utils import timezone
from wagtail.admin.views.reports.audit_logging import LogEntriesView
from wagtail.models import BaseLogEntry

from campus.audit.rules import READ
from portal.exports import CHUNK, ExportedIndex
from portal.permissions import requires


class SiteHistoryView(ExportedIndex, LogEntriesView):
    """Wagtail's report of all that was done, for those who may read the log; downloaded in pieces."""

    policy = requires(READ)

    def get_exported(self) -> Iterator[BaseLogEntry]:
        """The entries: one query for all, and one more of each log for each thousand."""
        rows: QuerySet[Any] = self.get_filtered_queryset()
        found = rows.iterator(chunk_size=CHUNK)
        while piece := list(itertools.islice(found, CHUNK)):
            keys: dict[int, list[Any]] = defaultdict(list)
            for row in piece:
                keys[row["log_model_index"]].append(row["pk"])
            entries = {
                (index, entry.pk): entry
                for index, pks in keys.items()
                for entry in self.log_models[index]
                .objects.filter(pk__in=pks)
                .select_related("user", "content_type")
            }
            for row in piece:
                yield entries[row["log_model_index"], row["pk"]]

    def get_filename(self) -> str:
        """What it is, and of which day."""
        return f"audit-log-{timezone.localdate().isoformat()}"


log_door: list[URLPattern] = [
    path("reports/site-history/", SiteHistoryView.as_view()),
    path("reports/site-history/results/", SiteHistoryView.as_view(results_only=True)),
]
