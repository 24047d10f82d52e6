"""How an account stands in the log."""

from typing import Any

from campus.accounts.models import User
from portal import audit


def record(*, instance: User, **facts: Any) -> None:
    """Write to the audit log; the label is the account's number, since it must outlive the name."""
    audit.record(instance=instance, label=f"#{instance.pk}", **facts)
