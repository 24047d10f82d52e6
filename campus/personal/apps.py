from django.apps import AppConfig


class PersonalConfig(AppConfig):
    """Everyone's own data: download and erasure."""

    name = "campus.personal"
    label = "personal"
    verbose_name = "Personal data"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the types of notification and what this app itself holds."""
        from campus.personal import notifications, own  # noqa: F401, PLC0415

        own.register()
