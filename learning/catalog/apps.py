from django.apps import AppConfig


class CatalogConfig(AppConfig):
    """Seasons, courses, sections and their meetings."""

    name = "learning.catalog"
    label = "catalog"
    verbose_name = "Catalog"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Listen to what changes the public pages."""
        from learning.catalog import receivers  # noqa: PLC0415 (needs the models)

        receivers.connect()
