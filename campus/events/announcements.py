"""What a transaction of events has to tell, gathered while it works and written at its end in one order."""

import uuid
from collections.abc import Iterable
from typing import Any

from django.db.models import Q

from campus.accounts.models import User
from campus.clubs.models import ClubMember
from campus.events.models import Event, EventRegistration
from campus.events.streams import event_stream
from campus.institutions.models import InstitutionAdministrator
from campus.notifications.services import LiveEvent, Message, close_actions, notify_all
from campus.people.models import Student
from campus.people.queries import guardians_to_tell
from portal.realtime.streams import publish, together
from portal.roles import Role


class Announcements:
    """Collects notifications and live events of one transaction; :meth:`send` writes them.

    What concerns a student goes to their account, if there is one, and to their guardians (P10).
    """

    def __init__(self) -> None:
        self._students: dict[uuid.UUID, Student] = {}
        self._told: list[tuple[EventRegistration, str, dict[str, Any], str, int | None]] = []
        self._changes: list[EventRegistration] = []
        self._messages: list[Message] = []
        self._settled: list[uuid.UUID] = []
        self._counted: dict[uuid.UUID, Event] = {}

    def tell(
        self,
        registration: EventRegistration,
        event: Event,
        type: str,
        *,
        except_for: Any = None,
        **params: Any,
    ) -> None:
        """A notification for the registered person and their guardians, but not for ``except_for``."""
        self._keep(registration)
        not_to = getattr(except_for, "pk", None)
        facts = {**facts_of(event), **params}
        self._told.append((registration, type, facts, path_of(event), not_to))

    def changed(self, registration: EventRegistration, event: Event) -> None:
        """The live event by which open pages follow: the person's, their guardians', the organizers'."""
        self._keep(registration)
        self._changes.append(registration)
        self._counted[event.pk] = event

    def tell_organizers(self, event: Event, type: str, *, target: Any = "", **params: Any) -> None:
        """A notification for whoever runs the event; ``target`` is what its action decides about."""
        action = "approve" if target else ""
        for user in organizers_of(event):
            facts = {**facts_of(event), **params}
            self._messages.append(
                (user, type, facts, f"{path_of(event)}organize/", action, str(target))
            )

    def close_actions(self, target: uuid.UUID) -> None:
        """What ``target`` asked for is settled."""
        self._settled.append(target)

    def _keep(self, registration: EventRegistration) -> None:
        if registration.student is not None:
            self._students[registration.student.pk] = registration.student

    def send(self) -> None:
        """Write all that was gathered, in the transaction; who cares for whom is one query."""
        for target in sorted(self._settled):
            close_actions(target=target)
        guardians = guardians_to_tell(self._students.values()) if self._students else {}
        messages, events = list(self._messages), list[LiveEvent]()
        for registration, type, facts, path, not_to in self._told:
            user = account_of(registration)
            if user is not None and user.pk != not_to:
                messages.append((user, type, facts, path, "", ""))
            for guardian in _guardians(registration, guardians):
                if guardian.pk != not_to:
                    about = {**facts, "child": registration.name}
                    messages.append((guardian, type, about, path, "", ""))
        for registration in self._changes:
            payload: dict[str, Any] = {
                "event": str(registration.event_id),
                "registration": str(registration.pk),
                "state": str(registration.state),
            }
            if registration.place:
                payload["place"] = registration.place
            user = account_of(registration)
            if user is not None:
                events.append((user.pk, "event_registration.changed", payload))
            for guardian in _guardians(registration, guardians):
                about = {**payload, "student": str(registration.student_id)}
                events.append((guardian.pk, "event_registration.changed", about))
        with together():
            notify_all(messages, events=events)
            for event in self._counted.values():
                payload = {"registered": event.seats_taken, "state": str(event.state)}
                publish(event_stream(event.pk), "event.counted", payload)


def account_of(registration: EventRegistration) -> User | None:
    """The account of the registered person; None for a child without one."""
    return registration.student.user if registration.student is not None else registration.user


def _guardians(
    registration: EventRegistration, guardians: dict[uuid.UUID, list[User]]
) -> Iterable[User]:
    return guardians.get(registration.student_id, ()) if registration.student_id else ()


def organizers_of(event: Event) -> list[User]:
    """Who writes the event: by a role in its club, as head, as coordinator, or named for it; two
    queries. Where the club has nobody, the admins of its institution."""
    holders = ClubMember.objects.filter(
        club=event.club_id, state=ClubMember.State.ACTIVE, role__may_manage_events=True
    )
    found = list(
        User.objects.filter(
            Q(pk__in=holders.values("user_id"))
            | Q(headed_clubs=event.club_id)
            | Q(staff_profile__coordinated_clubs=event.club_id)
            | Q(organized_events__event=event),
            is_active=True,
            groups__name=Role.ORGANIZER,
        ).distinct()
    )
    if found:
        return found
    rows = InstitutionAdministrator.objects.filter(institution=event.club.institution_id)
    admins = User.objects.filter(groups__name=Role.ADMIN, is_active=True)
    local = list(admins.filter(pk__in=rows.values("user_id")).distinct())
    everywhere = InstitutionAdministrator.objects.values("user_id")
    return local or list(admins.exclude(pk__in=everywhere).distinct())


def facts_of(event: Event) -> dict[str, Any]:
    """What sentences about an event are filled with."""
    return {"event": event.title, "event_id": str(event.pk), "starts": event.starts.isoformat()}


def path_of(event: Event) -> str:
    """The address of the event's page without its language."""
    return f"/events/{event.slug}/"
