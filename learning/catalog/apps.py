from django.apps import AppConfig

from portal import personal


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
        personal.keep(
            "Who taught a section: those who are erased stand there by number.",
            "catalog.Section_instructors",
        )
