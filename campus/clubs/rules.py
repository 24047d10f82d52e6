"""Who may do what in a club: an organizer where their role allows it, an admin in their institution."""

from collections.abc import Callable
from typing import Any

import rules
from django.utils.translation import gettext_lazy as _

from campus.accounts.rules import is_organizer, is_signed_in
from campus.clubs.models import Club, ClubMember, ClubPermission, ClubRole
from campus.institutions.scope import administers
from portal import scopes

OfClub = Club | ClubRole | ClubMember


def club_id_of(thing: Any) -> Any:
    """The club that a thing belongs to."""
    return thing.pk if isinstance(thing, Club) else thing.club_id


def may_in_club(permission: ClubPermission) -> Callable[[Any, Any], bool]:
    """The predicate: holds ``permission`` in the thing's club; at the door any organizer passes."""

    def holds(user: Any, thing: OfClub | None) -> bool:
        if thing is None or not is_organizer(user):
            return bool(is_organizer(user))
        clubs = Club.objects.where_may(user, permission)
        return clubs.filter(pk=club_id_of(thing)).exists()

    return rules.predicate(holds, name=f"may_{permission.value}")


@rules.predicate
def is_own_membership(user: Any, member: ClubMember | None) -> bool:
    """The membership is the person's; at the door anyone signed in passes."""
    return member is None or member.user_id == user.pk


may_edit_club = may_in_club(ClubPermission.EDIT_CLUB)
may_manage_members = may_in_club(ClubPermission.MANAGE_MEMBERS)
may_manage_events = may_in_club(ClubPermission.MANAGE_EVENTS)
may_check_in = may_in_club(ClubPermission.CHECK_IN)

ADMINISTER = "clubs.administer"
EDIT = "clubs.edit_club"
MEMBERS = "clubs.manage_members"
EVENTS = "clubs.manage_events"
JOIN = "clubs.join"
LEAVE = "clubs.leave"

READ_SCOPE = scopes.register("clubs:read", _("See clubs and their members"))

# Founding a club, giving out its offices, pausing it: the admins of its institution.
rules.add_perm(ADMINISTER, administers)
rules.add_perm(EDIT, administers | may_edit_club)
rules.add_perm(MEMBERS, administers | may_manage_members)
rules.add_perm(EVENTS, administers | may_manage_events)
rules.add_perm(JOIN, is_signed_in)
rules.add_perm(LEAVE, is_own_membership & is_signed_in)
