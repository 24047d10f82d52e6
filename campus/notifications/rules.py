"""Who sees what became of mails, and settles it."""

import rules

from campus.institutions.scope import administers_portal

SETTLE = "notifications.settle_mails"

rules.add_perm(SETTLE, administers_portal)
