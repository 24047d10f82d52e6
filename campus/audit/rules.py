"""Who reads the audit log: admins of the whole portal, since it tells of all institutions."""

import rules

from campus.institutions.scope import administers_portal

READ = "audit.read_log"

rules.add_perm(READ, administers_portal)
