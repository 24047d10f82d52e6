"""Jobs: what must happen after a commit, and what happens by the clock.

``enqueue("campus.notifications.tasks.deliver", notification_id=7)`` inside the transaction stores a
row (``OutboxMessage``) that a worker runs afterwards; ``@scheduled("0 3 * * *")`` on a function in an
app's ``tasks.py`` runs it by the clock, each time once (``JobRun``). Both may run twice after a crash and
must look again at what they are given.
"""

from portal.jobs.outbox import GiveUp, enqueue, enqueue_many
from portal.jobs.schedule import scheduled

__all__ = ["GiveUp", "enqueue", "enqueue_many", "scheduled"]
