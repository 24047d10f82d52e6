"""Registering for events: a place, the queue, a decision (E4, E12, E13).

**Locks.** Each operation locks the event's row, as late as it can; then it reads what others may change,
and writes. Notifications and live streams come last. Nobody locks a student or a registration first.
"""

import uuid
from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from campus.accounts.models import User
from campus.events import rules
from campus.events.announcements import Announcements
from campus.events.answers import checked_answers, write_answers
from campus.events.checks import check_audience, check_window
from campus.events.errors import (
    EventFull,
    EventHasBegun,
    EventNotFound,
    RegistrationDecided,
    RegistrationNotFound,
    RegistrationRejected,
)
from campus.events.models import Event, EventRegistration
from campus.events.services.base import lock_event, require
from campus.events.services.places import hand_on, put, waiting_of
from campus.people.models import Student
from campus.people.queries import student_of
from portal.errors import NotAllowed

_State = EventRegistration.State


def register(
    *,
    event_id: uuid.UUID | str,
    actor: Any,
    student: Student | None = None,
    answers: Mapping[str, str] | None = None,
) -> EventRegistration:
    """Register ``student``, or the actor themselves who is no student (a teacher), for an event.

    Gives the registration in the state it has then: registered, waiting with its ``place``, or
    requested. Registering twice is one registration: the second time gives the first one (E4).

    Raises :class:`NotAllowed`, :class:`EventNotFound`, what :mod:`campus.events.checks` refuses,
    :class:`EventFull`, :class:`RegistrationRejected`, and what is wrong with the answers (E12).
    """
    student = student or student_of(actor)
    found = EventRegistration(event_id=event_id, student=student)
    if student is None:
        found.user = actor
    if actor is not None and not _may_register(actor, found):
        raise NotAllowed
    with transaction.atomic():
        event = lock_event(event_id)
        if not event.is_public:
            raise EventNotFound
        known = _known(event, student, found.user)
        if known is not None and known.state in EventRegistration.OPEN:
            if known.state == _State.WAITING:
                known.place = _place_of(known)
            return known
        check_window(event)
        if known is not None and known.state == _State.REJECTED:
            raise RegistrationRejected
        check_audience(event, student, found.user)
        given = checked_answers(event, answers or {})
        registration = known or found
        registration.event = event
        top = event.registrations.aggregate(top=Max("queue_number"))["top"] or 0
        registration.queue_number = top + 1
        registration.asked_by = actor
        announcements = Announcements()
        _enter(event, registration, actor, announcements)
        write_answers(registration, given, again=known is not None)
        announcements.send()
    return registration


def _may_register(actor: Any, registration: EventRegistration) -> bool:
    """By the table: students for themselves, parents for a child, teachers and mentors for themselves."""
    if registration.student is None and not rules.is_own(actor, None):
        return False
    return bool(actor.has_perm(rules.REGISTER, registration))


def _enter(
    event: Event, registration: EventRegistration, actor: Any, announcements: Announcements
) -> None:
    put_to, waiting = _State.REGISTERED, 0
    if event.needs_approval:
        put_to = _State.REQUESTED
    elif event.capacity is not None:
        waiting = waiting_of(event)
        if event.is_full or waiting:
            if not event.has_waiting_list:
                raise EventFull
            put_to = _State.WAITING
    if put_to == _State.WAITING:
        registration.place = waiting + 1
    put(registration, put_to, event=event, actor=actor, announcements=announcements)
    if put_to == _State.REGISTERED:
        announcements.tell(registration, event, "events.registered")
    elif put_to == _State.WAITING:
        announcements.tell(registration, event, "events.waiting", place=registration.place)
    else:
        announcements.tell_organizers(
            event, "events.requested", target=registration.pk, person=registration.name
        )


def unregister(*, registration_id: uuid.UUID | str, actor: Any) -> EventRegistration:
    """Give a place, a place in the queue or a request back; the next who waits is in at once (E4).

    Possible until the start; again is harmless. An organizer takes somebody out the same way, who is
    then told. Raises :class:`RegistrationNotFound`, :class:`NotAllowed`, :class:`EventHasBegun`.
    """
    seen = find_registration(registration_id, actor)
    if actor is not None and not actor.has_perm(rules.UNREGISTER, seen):
        raise NotAllowed
    with transaction.atomic():
        event = lock_event(seen.event_id)
        registration = _locked(event, seen.pk)
        if registration.state in {_State.CANCELLED, _State.REJECTED}:
            return registration
        if event.has_begun() or not event.is_editable:
            raise EventHasBegun
        announcements = Announcements()
        put(
            registration,
            _State.CANCELLED,
            event=event,
            actor=actor,
            announcements=announcements,
        )
        announcements.close_actions(registration.pk)
        announcements.tell(registration, event, "events.unregistered", except_for=actor)
        hand_on(event, announcements)
        announcements.send()
    return registration


def approve(*, registration_id: uuid.UUID | str, actor: Any) -> EventRegistration:
    """Say yes to a request: a place, or the end of the queue where there is none (E12)."""
    seen = find_registration(registration_id, actor)
    with transaction.atomic():
        event = lock_event(seen.event_id)
        require(actor, rules.MANAGE, event)
        registration = _locked(event, seen.pk)
        if registration.state != _State.REQUESTED:
            raise RegistrationDecided(state=str(registration.state))
        if event.has_begun() or event.state != Event.State.SCHEDULED:
            raise EventHasBegun
        registration.decided_by, registration.decided_at = actor, timezone.now()
        waiting = waiting_of(event)
        announcements = Announcements()
        announcements.close_actions(registration.pk)
        if not event.is_full and not waiting:
            put(
                registration,
                _State.REGISTERED,
                event=event,
                actor=actor,
                announcements=announcements,
            )
            announcements.tell(registration, event, "events.approved")
        elif not event.has_waiting_list:
            raise EventFull
        else:
            top = event.registrations.aggregate(top=Max("queue_number"))["top"] or 0
            registration.queue_number, registration.place = top + 1, waiting + 1
            put(
                registration,
                _State.WAITING,
                event=event,
                actor=actor,
                announcements=announcements,
            )
            announcements.tell(registration, event, "events.waiting", place=registration.place)
        announcements.send()
    return registration


def reject(*, registration_id: uuid.UUID | str, actor: Any, reason: str = "") -> EventRegistration:
    """Say no to a request, with a reason that the person reads (300 characters at most; E12)."""
    seen = find_registration(registration_id, actor)
    with transaction.atomic():
        event = lock_event(seen.event_id)
        require(actor, rules.MANAGE, event)
        registration = _locked(event, seen.pk)
        if registration.state != _State.REQUESTED:
            raise RegistrationDecided(state=str(registration.state))
        registration.decided_by, registration.decided_at = actor, timezone.now()
        registration.reason = reason[:300]
        announcements = Announcements()
        announcements.close_actions(registration.pk)
        put(registration, _State.REJECTED, event=event, actor=actor, announcements=announcements)
        announcements.tell(registration, event, "events.rejected", reason=reason[:300] or "–")
        announcements.send()
    return registration


def fill_places(*, event_id: uuid.UUID | str) -> int:
    """Give free places of an event to who waits, in order; how many. Safe to run again."""
    with transaction.atomic():
        event = lock_event(event_id)
        announcements = Announcements()
        given = hand_on(event, announcements)
        announcements.send()
    return given


def find_registration(registration_id: uuid.UUID | str, actor: Any) -> EventRegistration:
    """The registration as ``actor`` may see it; raises :class:`RegistrationNotFound`."""
    found = (
        EventRegistration.objects.select_related("student__user", "user", "event__club")
        .filter(pk=registration_id)
        .first()
    )
    if found is None or not (actor is None or actor.has_perm(rules.VIEW_REGISTRATION, found)):
        raise RegistrationNotFound
    return found


def _locked(event: Event, registration_id: uuid.UUID) -> EventRegistration:
    """The registration as it is now, under the event's lock, which covers it."""
    found = EventRegistration.objects.select_related("student__user", "user").get(
        pk=registration_id
    )
    found.event = event
    return found


def _known(event: Event, student: Student | None, user: User | None) -> EventRegistration | None:
    """The person's one row for the event, if there is one."""
    rows = event.registrations.select_related("student__user", "user")
    found = rows.filter(student=student) if student is not None else rows.filter(user=user)
    known = found.first()
    if known is not None:
        known.event = event
    return known


def _place_of(registration: EventRegistration) -> int:
    return EventRegistration.objects.filter(
        event=registration.event_id,
        state=_State.WAITING,
        queue_number__lte=registration.queue_number,
    ).count()
