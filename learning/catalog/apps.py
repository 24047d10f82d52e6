from django.apps import AppConfig

from portal import personal


class CatalogConfig(AppConfig):
    """Seasons, courses, sections and their meetings."""

    name = "learning.catalog"
    label = "catalog"
    verbose_name = "Catalog"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Listen to what changes the public pages."""
        from campus.institutions import wagtail_reach  # noqa: PLC0415 (needs the models)
        from learning.catalog import receivers  # noqa: PLC0415
        from learning.catalog.models import CourseIndexPage, CoursePage  # noqa: PLC0415

        receivers.connect()
        wagtail_reach.register_index(CourseIndexPage)
        wagtail_reach.register_pages(
            lambda ids: CoursePage.objects.filter(course__institution__in=ids)
        )
        personal.keep(
            "Who taught a section: those who are erased stand there by number.",
            "catalog.Section_instructors",
        )
