"""What the catalog tells the rooms above."""

from django.dispatch import Signal

# Sent with ``section_id``, in the transaction of the change, when an admin gave a section another
# capacity or took its cancellation back: seats may be free that someone waits for.
section_seats_changed = Signal()
