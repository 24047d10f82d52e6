"""The sentences of events, and the action that a request to take part carries (N3)."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from campus.events import services
from campus.notifications.registry import NotificationType, register


def _approve(*, target: str, actor: Any) -> Any:
    return services.approve(registration_id=target, actor=actor)


def _reject(*, target: str, actor: Any) -> Any:
    return services.reject(registration_id=target, actor=actor)


register(
    NotificationType(
        name="events.registered",
        label=_("Registered for an event"),
        title=_("You are registered for %(event)s"),
        body=_("Your ticket is on the page of the event and on your dashboard."),
        child_title=_("%(child)s is registered for %(event)s"),
        child_body=_("The ticket is on the page of the event."),
    )
)
register(
    NotificationType(
        name="events.waiting",
        label=_("On the waiting list of an event"),
        title=_("You are on the waiting list of %(event)s"),
        body=_("Your place is %(place)s; you are in as soon as your turn comes."),
        child_title=_("%(child)s is on the waiting list of %(event)s"),
        child_body=_("The place is %(place)s; it is theirs as soon as their turn comes."),
    )
)
register(
    NotificationType(
        name="events.promoted",
        label=_("A place at an event came free"),
        title=_("A place came free: you are in %(event)s"),
        body=_("You waited for it; the place is yours. Can you not come? Give it to the next."),
        child_title=_("A place came free: %(child)s is in %(event)s"),
        child_body=_("They waited for it; the place is theirs."),
        email=True,
    )
)
register(
    NotificationType(
        name="events.list_closed",
        label=_("The waiting list of an event is closed"),
        title=_("%(event)s has begun without a free place"),
        body=_("The waiting list ends when an event starts. We are sorry."),
        child_title=_("%(event)s has begun without a place for %(child)s"),
        child_body=_("The waiting list ends when an event starts. We are sorry."),
    )
)
register(
    NotificationType(
        name="events.unregistered",
        label=_("A registration was cancelled for you"),
        title=_("You are not registered for %(event)s any more"),
        body=_("The registration was cancelled for you. Its ticket is not valid any more."),
        child_title=_("%(child)s is not registered for %(event)s any more"),
        child_body=_("The registration was cancelled. Its ticket is not valid any more."),
    )
)
register(
    NotificationType(
        name="events.requested",
        label=_("Somebody asks to take part"),
        title=_("%(person)s asks to take part in %(event)s"),
        body=_("Registrations for this event need approval."),
        email=True,
        actions={"approve": (_("Approve"), _approve), "reject": (_("Reject"), _reject)},
    )
)
register(
    NotificationType(
        name="events.approved",
        label=_("Registration approved"),
        title=_("Approved: you are registered for %(event)s"),
        body=_("Your ticket is on the page of the event and on your dashboard."),
        child_title=_("Approved: %(child)s is registered for %(event)s"),
        child_body=_("The ticket is on the page of the event."),
        email=True,
    )
)
register(
    NotificationType(
        name="events.rejected",
        label=_("Registration not approved"),
        title=_("Your registration for %(event)s was not approved"),
        body=_("Reason: %(reason)s"),
        child_title=_("The registration of %(child)s for %(event)s was not approved"),
        child_body=_("Reason: %(reason)s"),
        email=True,
    )
)
register(
    NotificationType(
        name="events.moved",
        label=_("An event was moved"),
        title=_("%(event)s was moved"),
        body=_("It begins %(when)s now. Look at its page for the place. Your registration holds."),
        child_title=_("%(event)s was moved, and %(child)s is registered"),
        child_body=_("It begins %(when)s now. Look at its page for the place."),
        email=True,
    )
)
register(
    NotificationType(
        name="events.cancelled",
        label=_("An event was cancelled"),
        title=_("%(event)s does not take place"),
        body=_("The organizers cancelled it. Reason: %(reason)s"),
        child_title=_("%(event)s does not take place, and %(child)s was to come"),
        child_body=_("The organizers cancelled it. Reason: %(reason)s"),
        email=True,
    )
)
register(
    NotificationType(
        name="events.remind_day",
        label=_("Reminder a day before an event"),
        title=_("%(event)s is soon"),
        body=_("It begins within a day. Place: %(place)s."),
        child_title=_("%(event)s is soon, and %(child)s is registered"),
        child_body=_("It begins within a day. Place: %(place)s."),
        email=True,
    )
)
register(
    NotificationType(
        name="events.remind_hour",
        label=_("Reminder an hour before an event"),
        title=_("%(event)s begins within the hour"),
        body=_("Have your ticket ready. Place: %(place)s."),
        child_title=_("%(event)s begins within the hour, and %(child)s is registered"),
        child_body=_("Have the ticket ready. Place: %(place)s."),
    )
)
register(
    NotificationType(
        name="events.hall_given",
        label=_("A hall for your event"),
        title=_("%(event)s has a hall: %(hall)s"),
        body=_("The administration approved it. Look at the time, too: it may be another."),
        email=True,
    )
)
register(
    NotificationType(
        name="events.hall_refused",
        label=_("No hall for your event"),
        title=_("%(event)s has no hall"),
        body=_("The administration did not give it, or took it back. Wish for another one."),
        email=True,
    )
)
