from django.apps import AppConfig


class InstitutionsConfig(AppConfig):
    """Institutions and their departments."""

    name = "campus.institutions"
    label = "institutions"
    verbose_name = "Institutions"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Say what this app holds on people; cut Wagtail's own rooms to an admin's reach."""
        from campus.institutions import (  # noqa: PLC0415 (needs the models)
            personal,
            profiles,
            wagtail_reach,
        )

        personal.register()
        profiles.register()
        wagtail_reach.install()
