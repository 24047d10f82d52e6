"""What this app tells those above it."""

from django.dispatch import Signal

registered = Signal()
"""Someone registered (P2). Sent inside the transaction that stores the account, so that a receiver's
rows are there with it or not at all. Arguments: ``user``, ``role`` (a ``portal.roles.Role``)."""

profile_changed = Signal()
"""The common part of a profile was changed (P9), in its transaction. Arguments: ``user``, ``changed``
(the names of the fields), ``actor``."""

names_changed = Signal()
"""The names of several accounts were changed at once (an import), in its transaction. Arguments:
``users`` (with their new names). What follows must take a fixed number of queries."""
