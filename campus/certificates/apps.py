from django.apps import AppConfig


class CertificatesConfig(AppConfig):
    """Certificates: issued once, frozen, and verified by anyone."""

    name = "campus.certificates"
    label = "certificates"
    verbose_name = "Certificates"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Say what is held on people; warn where the machine cannot make PDFs."""
        from campus.certificates import checks, personal  # noqa: F401, PLC0415 (need the models)

        personal.register()
