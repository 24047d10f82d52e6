from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class ImportsConfig(AppConfig):
    """Uploads: read, checked, shown, applied; knows no app."""

    name = "portal.imports"
    label = "imports"
    verbose_name = "Imports"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Find the importers of all apps."""
        autodiscover_modules("importers")
