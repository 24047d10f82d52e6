"""Who may read reports at all; each has a permission of its own."""

from typing import Any

import rules

from portal.reports.registry import reports_for

READ = "reports.read"


@rules.predicate
def may_read_some(user: Any) -> bool:
    """May read a report."""
    return bool(user is not None and user.is_authenticated and reports_for(user))


rules.add_perm(READ, may_read_some)
