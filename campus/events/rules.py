"""Who may do what with events: the rows of the table in one place."""

from typing import Any

import rules
from django.utils.translation import gettext_lazy as _

from campus.accounts.rules import is_mentor, is_organizer, is_parent, is_student, is_teacher
from campus.clubs.models import Club
from campus.clubs.rules import may_check_in, may_manage_events
from campus.events.models import Event, EventOrganizer, EventRegistration
from campus.institutions.scope import administers
from campus.people.rules import is_guardian
from portal import scopes

Thing = Club | Event | EventRegistration


def event_of(thing: Any) -> Any:
    """The event that a thing belongs to; a club (for a new event) stands for itself."""
    return thing if thing is None or isinstance(thing, (Club, Event)) else thing.event


@rules.predicate
def manages(user: Any, thing: Thing | None) -> bool:
    """Writes events of the club, by a role there; at the door any organizer passes."""
    return bool(may_manage_events(user, event_of(thing)))


@rules.predicate
def keeps_the_door(user: Any, thing: Thing | None) -> bool:
    """Takes attendance at events of the club, by a role there; at the door any organizer passes."""
    return bool(may_check_in(user, event_of(thing)))


@rules.predicate
def answers_for(user: Any, thing: Thing | None) -> bool:
    """Is named an organizer of this one event."""
    event = event_of(thing)
    if not isinstance(event, Event) or not is_organizer(user):
        return False
    return EventOrganizer.objects.filter(event=event, user_id=user.pk).exists()


@rules.predicate
def is_own(user: Any, registration: EventRegistration | None) -> bool:
    """The registration is the person's; at the door whoever may register passes."""
    if registration is None:
        return bool(is_student(user) or is_teacher(user) or is_mentor(user))
    account = registration.account_id
    return account is not None and account == user.pk


@rules.predicate
def is_childs(user: Any, registration: EventRegistration | None) -> bool:
    """The registration is a child's (P10); at the door any parent passes."""
    if registration is None:
        return bool(is_parent(user))
    return registration.student is not None and bool(is_guardian(user, registration.student))


MANAGE = "events.manage_event"
CHECK_IN = "events.check_in"
REGISTER = "events.register"
UNREGISTER = "events.unregister"
VIEW_REGISTRATION = "events.view_registration"
REPORT = "events.view_report"

READ_SCOPE = scopes.register("events:read", _("See events, and the registrations that you may see"))

rules.add_perm(MANAGE, administers | manages)
rules.add_perm(CHECK_IN, administers | manages | keeps_the_door | answers_for)
# Of a registration that is not stored yet: for oneself, or for a child.
rules.add_perm(REGISTER, is_own | is_childs)
rules.add_perm(UNREGISTER, is_own | is_childs | administers | manages)
# Each their own: an organizer's clubs', an admin's institutions' events.
rules.add_perm(REPORT, administers | is_organizer)
rules.add_perm(
    VIEW_REGISTRATION,
    is_own | is_childs | administers | manages | keeps_the_door | answers_for,
)
