"""What this app tells those above it, in the transaction of what happened."""

from django.dispatch import Signal

account_taken_over = Signal()
"""A student has an account of their own from now on (P10). Arguments: ``student``, ``user``."""

guardian_added = Signal()
"""A student has another guardian. Arguments: ``guardianship``, ``actor``."""

mentor_assigned = Signal()
"""Students have another mentor. Arguments: ``students`` (whose mentor changed), ``mentor`` (a
``StaffProfile``, or None where it was taken away), ``actor``."""
