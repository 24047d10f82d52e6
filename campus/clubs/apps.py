from django.apps import AppConfig


class ClubsConfig(AppConfig):
    """Clubs, who runs them and who belongs to them."""

    name = "campus.clubs"
    label = "clubs"
    verbose_name = "Clubs"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Say what is held on people."""
        from campus.clubs import personal  # noqa: PLC0415 (needs the models)

        personal.register()
