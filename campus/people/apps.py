from django.apps import AppConfig


class PeopleConfig(AppConfig):
    """Students and staff."""

    name = "campus.people"
    label = "people"
    verbose_name = "People"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Listen to registrations and changed names; add the parts of the profile."""
        from campus.people import profile, receivers  # noqa: F401, PLC0415

        profile.register()
