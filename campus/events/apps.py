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
        from campus.events import personal, publishing, queries, receivers  # noqa: PLC0415
        from campus.events.models import Event, EventIndexPage, EventPage  # noqa: PLC0415
        from campus.institutions import wagtail_reach  # noqa: PLC0415
        from campus.institutions.extensions import adds_to_list, adds_to_profile  # noqa: PLC0415
        from portal.editorial import hides_pages  # noqa: PLC0415

        personal.register()
        receivers.connect()
        publishing.connect()
        wagtail_reach.register_index(EventIndexPage)
        wagtail_reach.register_pages(
            lambda ids: EventPage.objects.filter(event__club__institution__in=ids)
        )
        hides_pages(lambda: EventPage.objects.exclude(event__in=Event.objects.public()))
        adds_to_profile(Club, queries.of_club)
        adds_to_list(Club, queries.count_events)
