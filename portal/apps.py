from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules

from portal import embedded


class PortalConfig(AppConfig):
    """The frame: API answers, sockets, jobs; knows no app."""

    name = "portal"
    label = "portal"
    verbose_name = "Portal"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Find what the apps tell live, and have jobs run beside the server."""
        from portal.jobs import runtime  # noqa: PLC0415 (models must be loaded)
        from portal.personal import own  # noqa: PLC0415

        own.register()

        autodiscover_modules("streams")
        embedded.add(runtime)
