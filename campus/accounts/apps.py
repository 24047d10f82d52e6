from django.apps import AppConfig
from django.db.models.signals import post_migrate, pre_migrate


class AccountsConfig(AppConfig):
    """Users, roles and the way in."""

    name = "campus.accounts"
    label = "accounts"
    verbose_name = "Accounts"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Listen to what ends sessions, makes roles and changes rights."""
        from campus.accounts import (  # noqa: PLC0415
            administering,
            personal,
            receivers,  # noqa: F401
            second_factor,
            setup,
        )
        from campus.accounts.models import NAMING, User  # noqa: PLC0415
        from portal import holds, log_keys  # noqa: PLC0415

        holds.register(second_factor.lacks_one)
        administering.connect()
        pre_migrate.connect(setup.before_migrate, dispatch_uid="accounts.setup.before")
        personal.register()
        log_keys.register(User, *NAMING)
        post_migrate.connect(setup.after_migrate, dispatch_uid="accounts.setup")
