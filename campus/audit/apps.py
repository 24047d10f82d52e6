from django.apps import AppConfig
from django.db.models.signals import post_migrate


class AuditConfig(AppConfig):
    """The record of who changed what."""

    name = "campus.audit"
    label = "audit"
    verbose_name = "Audit"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Guard the log against changes, in the application and in the database."""
        from campus.audit import guard, triggers  # noqa: PLC0415 (needs the registry of apps)

        guard.install()
        post_migrate.connect(
            triggers.ensure_triggers, sender=self, dispatch_uid="campus.audit.triggers"
        )
