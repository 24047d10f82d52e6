"""What this app tells those above it, in the transaction of what happened."""

from django.dispatch import Signal

event_cancelled = Signal()
"""An event does not take place (E3). Arguments: ``event``, ``actor``. Its registrations are as they were:
whoever took money for them offers it back."""

event_moved = Signal()
"""An event has other times or another hall (E9). Arguments: ``event``, ``actor``."""
