from django.apps import AppConfig


class AuditConfig(AppConfig):
    """The record of who changed what."""

    name = "campus.audit"
    label = "audit"
    verbose_name = "Audit"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Guard the log against changes."""
        from campus.audit.guard import install  # noqa: PLC0415 (needs the registry of apps)

        install()
