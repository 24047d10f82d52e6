from django.apps import AppConfig


class PageCacheConfig(AppConfig):
    """Whole pages kept for the anonymous."""

    name = "portal.pagecache"
    label = "pagecache"
    verbose_name = "Page cache"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Listen to Wagtail and to the models that apps register."""
        from portal.pagecache import receivers  # noqa: PLC0415 (needs the models)

        receivers.connect()
