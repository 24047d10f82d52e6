from django.apps import AppConfig


class RostersConfig(AppConfig):
    """Rosters in and out: OneRoster 1.2, CSV and XLSX. It has no tables of its own."""

    name = "learning.rosters"
    label = "rosters"
    verbose_name = "Rosters"
    default_auto_field = "django.db.models.BigAutoField"
