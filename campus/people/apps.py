from django.apps import AppConfig


class PeopleConfig(AppConfig):
    """Students and staff."""

    name = "campus.people"
    label = "people"
    verbose_name = "People"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Listen to registrations and changed names; add the parts of the profile."""
        from campus.accounts.reach import set_reach  # noqa: PLC0415
        from campus.people import (  # noqa: F401, PLC0415
            bonds,
            directory,
            personal,
            profile,
            receivers,
        )
        from campus.people.models import StaffProfile, Student  # noqa: PLC0415
        from portal import log_keys  # noqa: PLC0415

        profile.register()
        personal.register()
        directory.register()
        set_reach(bonds.InstitutionReach())
        log_keys.register(Student, "name", "date_of_birth")
        log_keys.register(
            StaffProfile,
            *("name", "title", "qualifications", "public_email", "public_phone", "office"),
        )
