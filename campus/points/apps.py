from django.apps import AppConfig


class PointsConfig(AppConfig):
    """Activity points: what a student collects beside the courses."""

    name = "campus.points"
    label = "points"
    verbose_name = "Activity points"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Say what is held on people, and what names them in the log."""
        from campus.points import personal  # noqa: PLC0415 (needs the models)

        personal.register()
