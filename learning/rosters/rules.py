"""Who brings rosters and takes them out: the admins of their institution."""

import rules

from campus.institutions.scope import administers

MANAGE = "rosters.manage_rosters"

rules.add_perm(MANAGE, administers)
