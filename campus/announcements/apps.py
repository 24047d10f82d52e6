from django.apps import AppConfig


class AnnouncementsConfig(AppConfig):
    """What the campus tells everyone, or some."""

    name = "campus.announcements"
    label = "announcements"
    verbose_name = "Announcements"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Hide what is not for everyone from all lists of pages; hear of what is published."""
        from campus.announcements import receivers  # noqa: PLC0415 (needs the models)
        from campus.announcements.audiences import writes_for_clubs  # noqa: PLC0415
        from campus.announcements.models import (  # noqa: PLC0415
            AnnouncementCategory,
            AnnouncementIndexPage,
            AnnouncementPage,
        )
        from campus.institutions import wagtail_reach  # noqa: PLC0415
        from portal import pagecache  # noqa: PLC0415
        from portal.editorial import hides_pages  # noqa: PLC0415

        receivers.connect()
        hides_pages(AnnouncementPage.objects.not_for_everyone)
        wagtail_reach.register_index(AnnouncementIndexPage)
        wagtail_reach.register_writers(AnnouncementIndexPage, writes_for_clubs)
        wagtail_reach.register_pages(AnnouncementPage.objects.of_institutions)
        pagecache.register(AnnouncementCategory, lambda category: ("site",))
