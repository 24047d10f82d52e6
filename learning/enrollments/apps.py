from django.apps import AppConfig


class EnrollmentsConfig(AppConfig):
    """Who takes which section, and who waits for it."""

    name = "learning.enrollments"
    label = "enrollments"
    verbose_name = "Enrollments"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Tell the catalog, which knows nothing of enrollments, what they add to it."""
        from campus.announcements import audiences  # noqa: PLC0415 (needs the models)
        from campus.people.extensions import shows_students  # noqa: PLC0415 (needs the models)
        from learning.catalog import extensions  # noqa: PLC0415
        from learning.enrollments import personal, queries, receivers  # noqa: PLC0415
        from learning.enrollments.course_audience import CoursePort  # noqa: PLC0415

        extensions.adds_to_course_page(queries.on_course_page)
        extensions.grants_access(queries.opens_contents)
        shows_students(queries.taught_students)
        audiences.register(CoursePort())
        personal.register()
        receivers.connect()
