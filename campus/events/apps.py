from django.apps import AppConfig


class EventsConfig(AppConfig):
    """Events from the draft to the end: registrations, tickets and attendance."""

    name = "campus.events"
    label = "events"
    verbose_name = "Events"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Say what is held on people, and listen to what is decided about halls."""
        from campus.events import personal, receivers  # noqa: PLC0415 (needs the models)

        personal.register()
        receivers.connect()
