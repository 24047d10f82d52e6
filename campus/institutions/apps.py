from django.apps import AppConfig


class InstitutionsConfig(AppConfig):
    """Institutions and their departments."""

    name = "campus.institutions"
    label = "institutions"
    verbose_name = "Institutions"
    default_auto_field = "django.db.models.BigAutoField"
