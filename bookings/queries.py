"""Reads that span bookings and halls: what is free, what is in a calendar, who may read which words."""

import datetime as dt
import uuid
from collections.abc import Iterable, Sequence
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import (
    Case,
    DateTimeField,
    DurationField,
    ExpressionWrapper,
    F,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Cast, Coalesce
from django.utils.translation import gettext as _

from bookings.models import HallBooking
from campus.clubs.models import Club
from campus.events.models import Event
from campus.institutions.scope import managed
from campus.venues.hours import open_for
from campus.venues.models import Facility, Hall
from campus.venues.reservations import Period

_NEVER = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
MOST_ALTERNATIVES = 5


def free_for(halls: QuerySet[Hall], periods: Sequence[Period]) -> QuerySet[Hall]:
    """Those of ``halls`` without a booking in the way of ``periods``; adds no query (B7).

    Approved bookings of a hall never overlap, so of all that begin before the end of what is asked for
    only the last can reach into it: one step down an index for each hall, however many it has.
    """
    minutes = ExpressionWrapper(
        Cast(OuterRef("buffer_minutes"), IntegerField())
        * Value(dt.timedelta(minutes=1), DurationField()),
        output_field=DurationField(),
    )
    for number, period in enumerate(periods):
        until = ExpressionWrapper(
            Value(period.ends, DateTimeField()) + minutes, output_field=DateTimeField()
        )
        last = (
            HallBooking.objects.approved()
            .filter(hall=OuterRef("pk"), starts__lt=until)
            .order_by("-starts")
            .values("blocked_until")[:1]
        )
        name = f"blocked_{number}"
        halls = halls.alias(**{name: Coalesce(Subquery(last), Value(_NEVER, DateTimeField()))})
        halls = halls.filter(Q((f"{name}__lte", period.starts)))
    return halls


def available(
    periods: Sequence[Period],
    *,
    halls: QuerySet[Hall] | None = None,
    capacity: int | None = None,
    facilities: Iterable[Facility | str] = (),
) -> QuerySet[Hall]:
    """Active halls that are open and free for all of ``periods``, large enough and equipped; one query (B7).

    The smallest that fits comes first; a hall whose capacity nobody stated fits everybody and comes last.
    """
    found: Any = Hall.objects.active() if halls is None else halls.filter(is_active=True)
    if capacity is not None:
        found = found.filter(Q(capacity__gte=capacity) | Q(capacity__isnull=True))
    found = found.with_facilities(list(facilities))
    return (
        free_for(open_for(found, periods), periods)
        .select_related("building")
        .order_by(F("capacity").asc(nulls_last=True), "pk")
    )


def alternatives(
    wanted: Sequence[Hall], periods: Sequence[Period], *, people: int | None
) -> list[dict[str, Any]]:
    """A few halls of the same institution that are free for all of it: the same building first; one query."""
    first = wanted[0]
    halls = Hall.objects.filter(building__institution=first.building.institution_id)
    near = Case(When(building=first.building_id, then=Value(0)), default=Value(1))
    seats = people if people is not None else first.capacity
    found = available(periods, halls=halls.exclude(pk__in=[hall.pk for hall in wanted]))
    if seats is not None:
        enough = Case(When(capacity__gte=seats, then=Value(0)), default=Value(1))
        found = found.order_by(enough, near, F("capacity").asc(nulls_last=True), "pk")
        if people is not None:
            found = found.filter(Q(capacity__gte=people) | Q(capacity__isnull=True))
    else:
        found = found.order_by(near, F("capacity").desc(nulls_last=True), "pk")
    return [
        {"hall": hall.pk, "name": str(hall), "capacity": hall.capacity}
        for hall in found[:MOST_ALTERNATIVES]
    ]


def sees_purpose(user: Any, booking: HallBooking, institution_id: int) -> bool:
    """Whether ``user`` may read what a booking is for: lectures and events are public."""
    if booking.kind != HallBooking.Kind.SINGLE:
        return True
    if user is None:  # the system itself
        return True
    if not user.is_authenticated:
        return False
    if booking.asked_by_id == user.pk:
        return True
    ids = managed(user)
    return ids is None or institution_id in ids


def title_for(user: Any, booking: HallBooking, institution_id: int) -> str:
    """What a calendar calls a booking, for ``user``."""
    return booking.purpose if sees_purpose(user, booking, institution_id) else _("Booked")


def told(booking: HallBooking, hall: Hall, actor: Any) -> dict[str, Any]:
    """A booking that stands in the way, as ``actor`` may see it."""
    return {
        "hall": hall.pk,
        "hall_name": str(hall),
        "starts": booking.starts.isoformat(),
        "ends": booking.ends.isoformat(),
        "kind": str(booking.kind),
        "what": title_for(actor, booking, hall.building.institution_id),
    }


def subjects_of(bookings: Iterable[HallBooking]) -> dict[Any, models.Model]:
    """What each booking is for, by the booking's id: one query for each kind of thing."""
    wanted: dict[int, set[str]] = {}
    found = list(bookings)
    for booking in found:
        if booking.source_type_id is not None:
            wanted.setdefault(booking.source_type_id, set()).add(booking.source_id)
    things: dict[tuple[int, str], models.Model] = {}
    for kind_id, ids in wanted.items():
        model = ContentType.objects.get_for_id(kind_id).model_class()
        if model is not None:
            for thing in model._base_manager.filter(pk__in=ids):
                things[kind_id, str(thing.pk)] = thing
    return {
        booking.pk: things[booking.source_type_id, booking.source_id]
        for booking in found
        if booking.source_type_id is not None
        and (booking.source_type_id, booking.source_id) in things
    }


def of_event(event: models.Model) -> dict[str, Any]:
    """``hall_bookings``: what an event has, had or asked for, the first 200; one query."""
    rows = HallBooking.objects.of(event).select_related("hall__building").order_by("starts")
    return {"hall_bookings": list(rows[:200])}


def of_club(bookings: "QuerySet[HallBooking]", club_id: uuid.UUID) -> "QuerySet[HallBooking]":
    """Those of a club and of its events; one query besides."""
    events = [str(pk) for pk in Event.objects.filter(club_id=club_id).values_list("pk", flat=True)]
    kinds = ContentType.objects.get_for_models(Club, Event)
    return bookings.filter(
        Q(source_type=kinds[Club], source_id=str(club_id))
        | Q(source_type=kinds[Event], source_id__in=events)
    )


def in_calendar(
    hall: Hall, since: dt.datetime, until: dt.datetime, *, limit: int = 2000
) -> list[HallBooking]:
    """The approved bookings of a hall that touch the span, in order; one query (B4, B8)."""
    rows = HallBooking.objects.approved().during(since, until).filter(hall=hall)
    return list(rows.order_by("starts")[:limit])
