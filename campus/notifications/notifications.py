"""The sentences of this app: a digest is there (N2)."""

from django.utils.translation import gettext_lazy as _

from campus.notifications.registry import NotificationType, register

register(
    NotificationType(
        name="notifications.daily",
        label=_("The summary of the day"),
        title=_("Your day: %(count)s new in your inbox"),
        listed=False,
    )
)
register(
    NotificationType(
        name="notifications.weekly",
        label=_("The summary of the week"),
        title=_("Your week: %(count)s new in your inbox"),
        listed=False,
    )
)
