"""Who may change institutions and their parts."""

import rules

from campus.institutions.scope import administers, administers_portal

MANAGE = "institutions.manage"
FOUND = "institutions.found"

# Of an institution, a faculty, a department or an administrator's row.
rules.add_perm(MANAGE, administers)
# Making an institution, and taking one away.
rules.add_perm(FOUND, administers_portal)

# A new account belongs to no institution yet: whoever brings many must be an admin of all.
rules.add_perm("accounts.import_users", administers_portal)
rules.add_perm("accounts.approve_registrations", administers_portal)
# Another system that people sign in to with their account is connected to the whole portal.
rules.add_perm("accounts.manage_openid_clients", administers_portal)
# An admin of one institution could else open the account of an admin of all.
rules.add_perm("accounts.take_factors_away", administers_portal)
