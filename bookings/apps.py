from django.apps import AppConfig


class BookingsConfig(AppConfig):
    """Halls reserved: conflicts, approval, calendars."""

    name = "bookings"
    label = "bookings"
    verbose_name = "Bookings"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Keep the halls for whoever stands below, show events theirs, and say what is held on people."""
        from bookings import kinds, personal, queries, streams  # noqa: F401, PLC0415 (need the models)
        from bookings.services.keeping import Keeper  # noqa: PLC0415
        from campus.events.models import Event  # noqa: PLC0415
        from campus.institutions.extensions import adds_to_profile  # noqa: PLC0415
        from campus.venues.reservations import register_hall_keeper  # noqa: PLC0415

        register_hall_keeper(Keeper())
        personal.register()
        kinds.register_clubs()
        adds_to_profile(Event, queries.of_event)
