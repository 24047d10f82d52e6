"""Permissions that ask whether somebody manages the whole portal, for the apps below this one too."""

import rules

from campus.institutions.scope import administers_portal

# A new account belongs to no institution yet: whoever brings many must be an admin of all.
rules.add_perm("accounts.import_users", administers_portal)
rules.add_perm("accounts.approve_registrations", administers_portal)
# Another system that people sign in to with their account is connected to the whole portal.
rules.add_perm("accounts.manage_openid_clients", administers_portal)
# An admin of one institution could else open the account of an admin of all.
rules.add_perm("accounts.take_factors_away", administers_portal)
