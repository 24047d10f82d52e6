"""The sentences of announcements; by mail they come in the summary of the day."""

from django.utils.translation import gettext_lazy as _

from campus.notifications.models import Timing
from campus.notifications.registry import NotificationType, register

register(
    NotificationType(
        name="announcements.published",
        label=_("A new announcement"),
        title="%(title)s",
        body="%(summary)s",
        email=Timing.DAILY,
    )
)
