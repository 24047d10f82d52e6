from typing import Any

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules

from portal import embedded, text


class PortalConfig(AppConfig):
    """The frame: API answers, sockets, jobs; knows no app."""

    name = "portal"
    label = "portal"
    verbose_name = "Portal"
    default_auto_field = "django.db.models.BigAutoField"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """The first of all apps, and so before any form is declared: their texts are guarded."""
        super().__init__(*args, **kwargs)
        text.guard_forms()

    def ready(self) -> None:
        """Find what the apps tell live, and have jobs run beside the server."""
        from portal.jobs import runtime  # noqa: PLC0415 (models must be loaded)
        from portal.personal import own  # noqa: PLC0415

        own.register()

        autodiscover_modules("streams")
        embedded.add(runtime)
