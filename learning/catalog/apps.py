from django.apps import AppConfig


class CatalogConfig(AppConfig):
    """Seasons, courses, sections and their meetings."""

    name = "learning.catalog"
    label = "catalog"
    verbose_name = "Catalog"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Listen to what changes the public pages."""
        from campus.institutions import wagtail_reach  # noqa: PLC0415 (needs the models)
        from learning.catalog import personal, profiles, receivers  # noqa: PLC0415
        from learning.catalog.models import CourseIndexPage, CoursePage  # noqa: PLC0415

        receivers.connect()
        profiles.register()
        personal.register()
        wagtail_reach.register_index(CourseIndexPage)
        wagtail_reach.register_pages(
            lambda ids: CoursePage.objects.filter(course__institution__in=ids)
        )
