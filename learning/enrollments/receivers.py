"""What enrollments listen to."""

from typing import Any

from learning.catalog.signals import section_seats_changed
from learning.enrollments.services import fill_seats


def seats_came(section_id: int, **kwargs: Any) -> None:
    """An admin changed a section's capacity: free seats go to who waits, in order (L4)."""
    fill_seats(section_id=section_id)


def connect() -> None:
    """Connect all of them; called once, when the apps are ready."""
    section_seats_changed.connect(seats_came, dispatch_uid="enrollments:seats")
