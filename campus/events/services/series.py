"""Events made from others: a copy, and a series of them; each stands alone afterwards (E11)."""

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from campus.events import rules
from campus.events.models import Event, EventSeries, Question
from campus.events.services.base import lock_event, require
from campus.events.services.drafts import PLAIN, create_event, wishes_of
from campus.events.sessions import Slot, slots_of, zone_of
from portal.audit import record
from portal.errors import InvalidInput

MOST_REPEATS = 52


def clone_event(
    *, event_id: uuid.UUID | str, starts: dt.datetime, actor: Any, title: str = ""
) -> Event:
    """A new draft like the event, beginning at ``starts``: words, rules, questions and wished halls;
    neither people nor states. Raises what ``create_event`` raises."""
    with transaction.atomic():
        event = lock_event(event_id)
        require(actor, rules.MANAGE, event)
        made = _copy(event, shifted(event, starts), actor, title=title)
        record(action="events.clone", instance=made, actor=actor, source=str(event.pk))
    return made


def repeat_event(
    *,
    event_id: uuid.UUID | str,
    actor: Any,
    every_days: int,
    count: int,
    except_days: Sequence[dt.date] = (),
) -> list[Event]:
    """Make ``count`` drafts that repeat the event each ``every_days`` days, at the same local hour (E11).

    All are of one series with the event; each is changed, scheduled and cancelled alone. Days of
    ``except_days`` are left out. Raises ``InvalidInput`` for numbers out of bounds.
    """
    if not 1 <= count <= MOST_REPEATS:
        raise InvalidInput(
            _("Repeat it 1 to %(most)d times.") % {"most": MOST_REPEATS}, param="count"
        )
    if not 1 <= every_days <= 366:
        raise InvalidInput(_("Repeat it each 1 to 366 days."), param="every_days")
    left_out = set(except_days)
    with transaction.atomic():
        event = lock_event(event_id)
        require(actor, rules.MANAGE, event)
        zone = zone_of(event)
        if event.series is None:
            event.series = EventSeries.objects.create(
                club=event.club, rule=f"every {every_days} days"
            )
            event.save(update_fields=["series", "changed_at"])
        made = []
        for number in range(1, count + 1):
            moment = later(event.starts, every_days * number, zone)
            if moment.astimezone(zone).date() in left_out:
                continue
            copy = _copy(event, shifted(event, moment), actor)
            copy.series = event.series
            copy.save(update_fields=["series", "changed_at"])
            made.append(copy)
        record(
            action="events.repeat",
            instance=event,
            actor=actor,
            after={"count": len(made), "every_days": every_days},
        )
    return made


def later(moment: dt.datetime, days: int, zone: ZoneInfo) -> dt.datetime:
    """The same hour on the clock of ``zone``, ``days`` later: also where daylight saving changed.

    An hour that the change leaves out becomes the one after it.
    """
    local = moment.astimezone(zone)
    wall = dt.datetime.combine(local.date() + dt.timedelta(days=days), local.time(), tzinfo=zone)
    return wall.astimezone(dt.UTC)


def shifted(event: Event, starts: dt.datetime) -> list[Slot]:
    """The event's sessions as they are when the first begins at ``starts``: each keeps its hour on the
    clock and its length as the clock shows it."""
    zone = zone_of(event)
    origin, target = event.starts.astimezone(zone), starts.astimezone(zone)
    wall = target.replace(tzinfo=None) - origin.replace(tzinfo=None)

    def moved(moment: dt.datetime) -> dt.datetime:
        local = moment.astimezone(zone).replace(tzinfo=None) + wall
        return local.replace(tzinfo=zone).astimezone(dt.UTC)

    return [Slot(moved(one.starts), moved(one.ends), one.title) for one in slots_of(event)]


def _copy(event: Event, slots: Sequence[Slot], actor: Any, *, title: str = "") -> Event:
    facts: dict[str, Any] = {name: getattr(event, name) for name in PLAIN}
    # The window belongs to the one event: its copy opens when it is scheduled.
    facts |= {"registration_opens": None, "registration_closes": None}
    facts |= {
        "title": title or event.title,
        "sessions": list(slots),
        "tags": [tag.name for tag in event.tags.all()],
        "audience_departments": list(event.audience_departments.all()),
        "hall_wishes": wishes_of(event),
    }
    made = create_event(club=event.club, changes=facts, actor=actor)
    Question.objects.bulk_create(
        Question(
            event=made,
            text=one.text,
            kind=one.kind,
            choices=one.choices,
            is_required=one.is_required,
            position=one.position,
        )
        for one in event.questions.all()
    )
    return made
