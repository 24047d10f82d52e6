from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class ReportsConfig(AppConfig):
    """Reports: what apps count, as a page, a table to download and an answer of the API; knows no app."""

    name = "portal.reports"
    label = "reports"
    verbose_name = "Reports"

    def ready(self) -> None:
        """Find the reports of all apps."""
        autodiscover_modules("reports")
