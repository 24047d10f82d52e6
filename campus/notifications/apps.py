from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class NotificationsConfig(AppConfig):
    """What the portal tells a person."""

    name = "campus.notifications"
    label = "notifications"
    verbose_name = "Notifications"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Collect the types that the apps declare in their ``notifications.py``; listen to people."""
        from campus.notifications import of_people, personal  # noqa: F401, PLC0415 (need the models)
        from campus.notifications.models import NotificationDelivery  # noqa: PLC0415
        from portal.metrics import register_backlog  # noqa: PLC0415

        autodiscover_modules("notifications")
        personal.register()
        register_backlog(
            "quad_mails",
            "Mails of notifications that wait, have failed for good, or are unknown.",
            NotificationDelivery.objects.counts,
        )
