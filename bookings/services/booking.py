"""Asking for a hall: the first wish that is free is booked at once, else an admin is asked (B1, B2)."""

import uuid
from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

from django.contrib.contenttypes.models import ContentType
from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from bookings import rules, subjects
from bookings.announcements import News
from bookings.checks import Openings, check_periods, check_size
from bookings.errors import BookingNotFound, BookingOver, HasItsOwnHome
from bookings.models import HallBooking
from bookings.services.guard import (
    constraint_means_taken,
    lock_halls,
    lock_rows,
    lock_subjects,
    obstacles,
    taken,
)
from bookings.services.states import settle
from campus.institutions.scope import administers, institutions_of
from campus.venues.errors import BookingRefused
from campus.venues.models import Hall
from campus.venues.reservations import Period, tell_decision
from portal.audit import record_many
from portal.errors import InvalidInput, NotAllowed

_State, _Kind = HallBooking.State, HallBooking.Kind

IfTaken = Literal["refuse", "ask"]
MOST_WISHES = 5


class Asked(NamedTuple):
    """What became of it: the rows, all approved in one hall, or all pending for the first wish."""

    state: HallBooking.State
    hall: Hall
    rows: list[HallBooking]


def ask(
    *,
    wishes: Sequence[Hall],
    periods: Sequence[Period],
    purpose: str,
    actor: Any,
    people: int | None = None,
    subject: models.Model | None = None,
    if_taken: IfTaken = "refuse",
) -> Asked:
    """Ask for a hall for one's club or course; as an admin also for none.

    The first of ``wishes`` that is free for all ``periods`` is booked and approved at once (B2). If none
    is, ``if_taken`` decides: ``refuse`` raises :class:`HallTaken` with what is in the way and what is
    free (B1), ``ask`` stores a pending request for the first wish. Raises :class:`NotAllowed`, and the
    rule that refuses the hall or the time (B6).
    """
    require_asking(actor, subject, wishes)
    with transaction.atomic(), constraint_means_taken():
        news = News()
        asked = place(
            wishes=wishes,
            periods=periods,
            purpose=purpose,
            people=people,
            subject=subject,
            kind=_Kind.SINGLE,
            if_taken=if_taken,
            actor=actor,
            news=news,
        )
        news.send()
    return asked


def place(
    *,
    wishes: Sequence[Hall],
    periods: Sequence[Period],
    purpose: str,
    people: int | None,
    subject: models.Model | None,
    kind: HallBooking.Kind,
    if_taken: IfTaken,
    actor: Any,
    news: News,
) -> Asked:
    """:func:`ask` without the question who may, in the caller's transaction; ``news`` is the caller's."""
    check_periods(periods)
    purpose = check_purpose(purpose)
    halls = lock_wishes(wishes)
    halls = eligible(halls, periods, people)
    in_the_way = obstacles(halls, periods)
    hall = next((hall for hall in halls if not in_the_way[hall.pk]), None)
    if hall is None and if_taken == "refuse":
        raise taken(halls, periods, in_the_way, people=people, actor=actor)
    state = _State.PENDING if hall is None else _State.APPROVED
    hall = hall or halls[0]
    rows = insert(
        [
            new_row(
                hall,
                period,
                state,
                kind=kind,
                purpose=purpose,
                people=people,
                subject=subject,
                actor=actor,
            )
            for period in periods
        ],
        actor=actor,
        news=news,
    )
    if state == _State.PENDING:
        news.ask_admins(rows[0], hall)
    return Asked(state, hall, rows)


def check_purpose(purpose: str) -> str:
    """The purpose without space around it; refuses none, one too long, and what no text may hold."""
    purpose = purpose.strip()
    if not purpose:
        raise InvalidInput(_("Say what the hall is for."), param="purpose")
    if len(purpose) > 300 or "\0" in purpose:
        raise InvalidInput(_("The purpose has 300 characters at most."), param="purpose")
    return purpose


def lock_wishes(wishes: Sequence[Hall], *others: int) -> list[Hall]:
    """The wished halls, locked together with ``others``, in the order of the wishes."""
    ids = list(dict.fromkeys(hall.pk for hall in wishes))
    if not ids:
        raise InvalidInput(_("Name a hall."), param="hall")
    if len(ids) > MOST_WISHES:
        raise InvalidInput(_("Name %(most)d halls at most.") % {"most": MOST_WISHES}, param="hall")
    found = lock_halls([*ids, *others])
    return [found[pk] for pk in ids]


def eligible(halls: list[Hall], periods: Sequence[Period], people: int | None) -> list[Hall]:
    """The halls that no rule refuses; where rules refuse all, the first one's refusal is raised (B6)."""
    refusals: list[BookingRefused] = []
    fit: list[Hall] = []
    openings = Openings(halls, periods)
    for hall in halls:
        try:
            check_size(hall, people)
            for period in periods:
                openings.check(hall, period)
        except BookingRefused as refusal:
            refusals.append(refusal)
        else:
            fit.append(hall)
    if not fit:
        raise refusals[0]
    return fit


def new_row(
    hall: Hall,
    period: Period,
    state: HallBooking.State,
    *,
    kind: HallBooking.Kind,
    purpose: str,
    people: int | None,
    subject: models.Model | None,
    actor: Any,
) -> HallBooking:
    """A booking that is not stored yet."""
    source = None if subject is None else ContentType.objects.get_for_model(subject)
    return HallBooking(
        hall=hall,
        starts=period.starts,
        ends=period.ends,
        blocked_until=period.ends + hall.buffer,
        state=state,
        kind=kind,
        purpose=purpose,
        people=people,
        asked_by=actor,
        source_type=source,
        source_id="" if subject is None else str(subject.pk),
        decided_at=timezone.now() if state == _State.APPROVED else None,
    )


def insert(rows: list[HallBooking], *, actor: Any, news: News) -> list[HallBooking]:
    """Store new bookings with their log and news: two statements."""
    HallBooking.objects.bulk_create(rows)
    approved = rows[0].state == _State.APPROVED
    record_many(
        action="bookings.book" if approved else "bookings.ask",
        entries=[(row, {"after": {"state": str(row.state), "hall": row.hall_id}}) for row in rows],
        actor=actor,
        label=lambda row: row.audit_label,
    )
    if approved:
        for row in rows:
            news.calendar_changed(row.hall_id, row.period)
    return rows


def cancel(*, booking_id: uuid.UUID | str, actor: Any, reason: str = "") -> HallBooking:
    """Give a booking back, or withdraw a request: by who asked, or by an admin with a reason.

    Lectures are changed in the timetable; an event's booking by the event, or by an admin, who then takes
    all of the event's halls and the event is told. Raises :class:`BookingNotFound`, :class:`NotAllowed`,
    :class:`HasItsOwnHome`, :class:`BookingOver`, :class:`TransitionRefused`.
    """
    found = visible(booking_id, actor)
    require(actor, rules.CANCEL, found)
    is_admin = actor is None or administers(actor, found)
    if found.is_changed_elsewhere(is_admin=is_admin):
        raise HasItsOwnHome
    if found.holds_since_before(timezone.now()):
        raise BookingOver
    subject = subject_of(found) if found.kind == _Kind.EVENT else None
    with transaction.atomic():
        lock_subjects([subject])
        halls = lock_halls([found.hall_id])
        rows = lock_rows(together_with(found, HallBooking.ALIVE))
        row = next((one for one in rows if one.pk == found.pk), None)
        news = News()
        if row is None:
            settle(
                HallBooking.objects.get(pk=found.pk), _State.CANCELLED, actor=actor, news=news
            )  # refused: it is not alive any more
        for one in rows:
            settle(one, _State.CANCELLED, actor=actor, news=news, note=reason)
        news.tell_asker(
            rows[0],
            "bookings.cancelled",
            hall=halls[found.hall_id],
            except_for=actor,
            reason=reason[:300] or "–",
        )
        if subject is not None:
            tell_decision(
                subject=subject,
                state="cancelled",
                hall=None,
                periods=[one.period for one in rows],
                actor=actor,
            )
        news.send()
    return next(one for one in rows if one.pk == found.pk)


def visible(booking_id: uuid.UUID | str, actor: Any) -> HallBooking:
    """The booking, if ``actor`` may see it; raises :class:`BookingNotFound`."""
    found = (
        HallBooking.objects.select_related("hall__building", "asked_by", "source_type")
        .filter(pk=booking_id)
        .first()
    )
    if found is None or not (actor is None or actor.has_perm(rules.VIEW, found)):
        raise BookingNotFound
    return found


def require(actor: Any, permission: str, thing: object | None) -> None:
    """Raise NotAllowed unless ``actor`` (None: the system itself) holds ``permission``."""
    if actor is not None and not actor.has_perm(permission, thing):
        raise NotAllowed


def subject_of(booking: HallBooking) -> models.Model | None:
    """What the booking is for, if that is still there."""
    if booking.source_type_id is None:
        return None
    model: Any = ContentType.objects.get_for_id(booking.source_type_id).model_class()
    return model._base_manager.filter(pk=booking.source_id).first() if model else None


def together_with(booking: HallBooking, states: Sequence[str]) -> "models.QuerySet[HallBooking]":
    """What is decided together: all days of one event, else the one booking."""
    if booking.kind == _Kind.EVENT and booking.source_type_id is not None:
        return HallBooking.objects.filter(
            source_type=booking.source_type_id,
            source_id=booking.source_id,
            kind=_Kind.EVENT,
            state__in=states,
        )
    return HallBooking.objects.filter(pk=booking.pk, state__in=states)


def require_asking(actor: Any, subject: models.Model | None, wishes: Sequence[Hall]) -> None:
    """Raise unless ``actor`` may ask for these halls for ``subject``; as an admin also for none."""
    if actor is None:
        return
    require(actor, rules.ASK, None)
    if subject is None:
        if not all(administers(actor, hall) for hall in wishes):
            raise NotAllowed(_("Say for which club or course the hall is."), param="subject_type")
        return
    kind = subjects.kind_of(subject)
    if kind is None or not kind.offered(actor).filter(pk=subject.pk).exists():
        raise NotAllowed
    theirs = institutions_of(subject)
    for hall in wishes:
        if theirs and hall.building.institution_id not in theirs:
            raise InvalidInput(_("This belongs to another institution."), param="hall")
