from django.apps import AppConfig


class EventsConfig(AppConfig):
    """Events from the draft to the end: registrations, tickets and attendance."""

    name = "campus.events"
    label = "events"
    verbose_name = "Events"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Say what is held on people, what clubs show of events, and listen to what is decided on halls."""
        from campus.clubs.models import Club  # noqa: PLC0415 (needs the models)
        from campus.events import personal, queries, receivers  # noqa: PLC0415
        from campus.institutions.extensions import adds_to_list, adds_to_profile  # noqa: PLC0415

        personal.register()
        receivers.connect()
        adds_to_profile(Club, queries.of_club)
        adds_to_list(Club, queries.count_events)
