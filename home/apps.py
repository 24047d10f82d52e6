from django.apps import AppConfig
from django.db.models.signals import post_migrate


class HomeConfig(AppConfig):
    """The home page, general pages and dashboards."""

    name = "home"
    label = "home"
    verbose_name = "Home"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Give every new database its first pages."""
        from home.tree import after_migrate  # noqa: PLC0415 - models are ready only now

        post_migrate.connect(after_migrate, sender=self, dispatch_uid="home.tree")
