"""Who downloads and erases what: everyone their own; admins erase accounts within their reach."""

from typing import Any

import rules

from campus.accounts.models import User
from campus.accounts.rules import is_admin, is_signed_in
from campus.institutions.scope import managed
from portal.roles import Role


@rules.predicate
def reaches(user: Any, other: User | None) -> bool:
    """An admin of the portal reaches every account; one of institutions those of theirs, but no admin."""
    if other is None:
        return bool(is_admin(user))
    ids = managed(user)
    if ids is None:
        return True
    if not ids or other.has_role(Role.ADMIN):
        return False
    places = {
        getattr(getattr(other, part, None), "institution_id", None)
        for part in ("student", "staff_profile")
    } - {None}
    return bool(places) and places <= ids


OWN = "personal.own_data"
ERASE = "personal.erase_account"

rules.add_perm(OWN, is_signed_in)
rules.add_perm(ERASE, is_admin & reaches)
