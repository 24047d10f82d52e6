"""Who reads the audit log: admins."""

import rules

from campus.accounts.rules import is_admin

READ = "audit.read_log"

rules.add_perm(READ, is_admin)
