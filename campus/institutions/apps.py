from django.apps import AppConfig


class InstitutionsConfig(AppConfig):
    """Institutions and their departments."""

    name = "campus.institutions"
    label = "institutions"
    verbose_name = "Institutions"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Say what this app holds on people; cut Wagtail's own rooms to an admin's reach."""
        from campus.institutions import personal, wagtail_reach  # noqa: PLC0415 (needs the models)

        personal.register()
        wagtail_reach.install()
