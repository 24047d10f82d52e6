"""What this app listens to: Wagtail publishes a page, by hand, after a review or by its date."""

from typing import Any

from wagtail.signals import page_published

from campus.announcements import services
from campus.announcements.models import AnnouncementPage


def published(sender: Any, instance: AnnouncementPage, **kwargs: Any) -> None:
    """Begin to tell; what a crash leaves untold is found by the sweep."""
    services.announce(instance)


def connect() -> None:
    """Connect it; called once, when the apps are ready."""
    page_published.connect(
        published, sender=AnnouncementPage, dispatch_uid="announcements:published"
    )
