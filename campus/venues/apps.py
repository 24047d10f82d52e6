from django.apps import AppConfig


class VenuesConfig(AppConfig):
    """Buildings and halls."""

    name = "campus.venues"
    label = "venues"
    verbose_name = "Venues"
    default_auto_field = "django.db.models.BigAutoField"
