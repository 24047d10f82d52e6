"""Writing events: the draft, what is edited later, questions, organizers, wished halls."""

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.utils.crypto import get_random_string
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from campus.accounts.models import User
from campus.clubs.errors import ClubNotActive
from campus.clubs.models import Club, ClubMember
from campus.events import rules
from campus.events.announcements import Announcements
from campus.events.errors import CapacityBelowRegistered, HallElsewhere, HallTooSmall
from campus.events.models import (
    Event,
    EventOrganizer,
    EventTag,
    HallWish,
    Question,
    TaggedEvent,
)
from campus.events.services.base import lock_event, require, require_open
from campus.events.services.places import hand_on
from campus.events.sessions import Slot, check_slots, write_slots, zone_of
from campus.events.states import touch_event
from campus.institutions.models import Department
from campus.points.models import MOST_POINTS
from campus.venues.models import Hall
from portal.audit import record
from portal.errors import InvalidInput, NotAllowed

WORDS = frozenset({"title", "summary", "description", "place"})
REGISTRATION = frozenset(
    {
        *("capacity", "has_waiting_list", "registration_opens", "registration_closes"),
        *("needs_approval", "takes_daily_attendance", "certificate_days", "audience_semesters"),
    }
)
POINTS = frozenset({"point_category", "points"})
PLAIN = WORDS | REGISTRATION | POINTS | {"certificate_template"}
LISTS = frozenset({"tags", "audience_departments", "hall_wishes", "sessions"})
MOST_TAGS, MOST_WISHES, MOST_QUESTIONS, MOST_SEMESTER = 12, 5, 30, 12


def create_event(*, club: Club, changes: Mapping[str, Any], actor: Any) -> Event:
    """Write a draft; ``changes`` holds ``title``, ``sessions`` (slots) and whatever else is known.

    Raises :class:`NotAllowed` where the actor manages no events of the club, ``ClubNotActive``, and
    ``InvalidInput`` (also of :mod:`campus.events.sessions`) naming the field.
    """
    if actor is not None and not actor.has_perm(rules.MANAGE, club):
        raise NotAllowed
    if club.state != Club.State.ACTIVE:
        raise ClubNotActive
    _check_fields(changes)
    event = Event(club=club, created_by=actor)
    slots = check_slots(list(changes.get("sessions", ())), zone_of(event))
    event.starts, event.ends = slots[0].starts, slots[-1].ends
    with transaction.atomic():
        _set_plain(event, changes)
        event.slug = _free_slug(event.title)
        event.save(force_insert=True)
        write_slots(event, slots)
        _set_lists(event, changes)
        record(
            action="events.create",
            instance=event,
            actor=actor,
            after={name: as_json(value) for name, value in changes.items()},
        )
    return event


def edit_event(*, event_id: uuid.UUID | str, changes: Mapping[str, Any], actor: Any) -> Event:
    """Change an event that is not over. Times and halls of one that is scheduled move by ``move_event``.

    A larger capacity seats who waits, in this transaction (E4). Raises what ``create_event`` raises,
    :class:`CapacityBelowRegistered`, :class:`HallTooSmall` and ``EventClosed``.
    """
    _check_fields(changes)
    with transaction.atomic():
        event = lock_event(event_id)
        require(actor, rules.MANAGE, event)
        require_open(event)
        scheduled = event.state != Event.State.DRAFT
        if scheduled and {"sessions", "hall_wishes"} & set(changes):
            raise InvalidInput(
                _("A scheduled event is moved, which moves its hall too."), param="sessions"
            )
        before = {name: as_json(getattr(event, name)) for name in PLAIN & set(changes)}
        _set_plain(event, changes)
        check_capacity(event)
        event.save()
        if "sessions" in changes:
            write_slots(event, check_slots(list(changes["sessions"]), zone_of(event)))
        _set_lists(event, changes)
        after = {name: as_json(value) for name, value in changes.items()}
        record(action="events.edit", instance=event, actor=actor, before=before, after=after)
        touch_event(event)
        announcements = Announcements()
        hand_on(event, announcements)
        announcements.send()
    return event


def check_capacity(event: Event) -> None:
    """Refuse fewer places than are taken, and more than the booked hall holds."""
    if event.capacity is None:
        return
    if event.capacity < event.seats_taken:
        raise CapacityBelowRegistered(param="capacity", registered=event.seats_taken)
    hall = event.hall
    if hall is not None and hall.capacity is not None and event.capacity > hall.capacity:
        raise HallTooSmall(param="capacity", hall=str(hall), capacity=hall.capacity)


def _check_fields(changes: Mapping[str, Any]) -> None:
    unknown = set(changes) - PLAIN - LISTS
    if unknown:
        raise InvalidInput(param=min(unknown))


def _set_plain(event: Event, changes: Mapping[str, Any]) -> None:
    for name in PLAIN & set(changes):
        setattr(event, name, changes[name])
    event.title = " ".join(event.title.split())
    semesters = event.audience_semesters
    fit = isinstance(semesters, list) and all(
        type(one) is int and 1 <= one <= MOST_SEMESTER for one in semesters
    )
    if not fit:
        raise InvalidInput(
            _("Enter semesters from 1 to %(most)d.") % {"most": MOST_SEMESTER},
            param="audience_semesters",
        )
    event.audience_semesters = sorted(set(semesters))
    opens, closes = event.registration_opens, event.registration_closes
    if opens and closes and closes <= opens:
        raise InvalidInput(
            _("Registration must close after it opens."), param="registration_closes"
        )
    if event.capacity == 0:
        raise InvalidInput(_("An event has a place at least."), param="capacity")
    _check_points(event)
    template = event.certificate_template
    if template is not None and template.institution_id != event.club.institution_id:
        raise InvalidInput(
            _("A template belongs to another institution."), param="certificate_template"
        )
    event.clean_fields(exclude={"slug", "starts", "ends", "club"})


def _check_points(event: Event) -> None:
    """Points are of a category of the club's institution."""
    category, number = event.point_category, event.points
    if category is None:
        if number is not None:
            raise InvalidInput(_("Choose what the points count as."), param="point_category")
        return
    if category.institution_id != event.club.institution_id:
        raise InvalidInput(_("A category belongs to another institution."), param="point_category")
    if number is None or not 1 <= number <= MOST_POINTS:
        raise InvalidInput(
            _("Enter a number from %(least)d to %(most)d.") % {"least": 1, "most": MOST_POINTS},
            param="points",
        )


def _set_lists(event: Event, changes: Mapping[str, Any]) -> None:
    if "tags" in changes:
        _set_tags(event, changes["tags"])
    if "audience_departments" in changes:
        _set_departments(event, changes["audience_departments"])
    if "hall_wishes" in changes:
        set_wishes(event, changes["hall_wishes"])


def _set_tags(event: Event, names: Sequence[str]) -> None:
    wanted: dict[str, str] = {}
    for raw in names:
        name = " ".join(str(raw).split())
        slug = slugify(name, allow_unicode=True)
        if not slug or len(name) > 60:
            raise InvalidInput(_("A tag has 60 characters at most."), param="tags")
        wanted.setdefault(slug[:60], name)
    if len(wanted) > MOST_TAGS:
        raise InvalidInput(
            _("An event has %(most)d tags at most.") % {"most": MOST_TAGS}, param="tags"
        )
    EventTag.objects.bulk_create(
        [EventTag(slug=slug, name=name) for slug, name in wanted.items()], ignore_conflicts=True
    )
    TaggedEvent.objects.filter(event=event).delete()
    TaggedEvent.objects.bulk_create(
        TaggedEvent(event=event, tag=tag) for tag in EventTag.objects.filter(slug__in=wanted)
    )


def _set_departments(event: Event, departments: Sequence[Department]) -> None:
    institution = event.club.institution_id
    if any(department.institution_id != institution for department in departments):
        raise InvalidInput(
            _("A department belongs to another institution."), param="audience_departments"
        )
    event.audience_departments.set(departments)


def set_wishes(event: Event, halls: Sequence[Hall]) -> None:
    """Write down the wished halls, in order; of the club's institution."""
    unique = list({hall.pk: hall for hall in halls}.values())
    if len(unique) > MOST_WISHES:
        raise InvalidInput(
            _("Wish for %(most)d halls at most.") % {"most": MOST_WISHES}, param="hall_wishes"
        )
    if any(hall.building.institution_id != event.club.institution_id for hall in unique):
        raise HallElsewhere(param="hall_wishes")
    HallWish.objects.filter(event=event).delete()
    HallWish.objects.bulk_create(
        HallWish(event=event, hall=hall, position=position)
        for position, hall in enumerate(unique, start=1)
    )


def wishes_of(event: Event) -> list[Hall]:
    """The wished halls in their order; one query."""
    rows = event.hall_wishes.select_related("hall__building").order_by("position")
    return [row.hall for row in rows]


def _free_slug(title: str) -> str:
    """An address from the title that cannot be guessed for a draft."""
    ending = get_random_string(8, "abcdefghjkmnpqrstuvwxyz23456789")
    return f"{slugify(title)[:60].strip('-') or 'event'}-{ending}"


def as_json(value: Any) -> Any:
    """A field's value as the log keeps it."""
    if isinstance(value, Slot):
        return [value.starts.isoformat(), value.ends.isoformat()]
    if isinstance(value, (list, tuple)):
        return [as_json(one) for one in value]
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, dt.datetime):
        return value.isoformat()
    return str(getattr(value, "pk", value))


def set_questions(
    *, event_id: uuid.UUID | str, questions: Sequence[Mapping[str, Any]], actor: Any
) -> list[Question]:
    """Make these the event's questions, in their order (E12).

    Each has ``text`` and may have ``id`` (one that is there already), ``kind``, ``choices`` and
    ``is_required``. A question that is left out goes with its answers.
    """
    if len(questions) > MOST_QUESTIONS:
        raise InvalidInput(
            _("Ask %(most)d questions at most.") % {"most": MOST_QUESTIONS}, param="questions"
        )
    with transaction.atomic():
        event = lock_event(event_id)
        require(actor, rules.MANAGE, event)
        require_open(event)
        known = {str(one.pk): one for one in event.questions.all()}
        stored = []
        for position, facts in enumerate(questions):
            one = known.pop(str(facts.get("id", "")), None) or Question(event=event)
            one.text = " ".join(str(facts.get("text", "")).split())
            one.kind = facts.get("kind") or Question.Kind.TEXT
            one.choices = [
                word for raw in facts.get("choices") or () if (word := " ".join(str(raw).split()))
            ]
            one.is_required = bool(facts.get("is_required"))
            one.position = position
            if one.kind == Question.Kind.CHOICE and len(one.choices) < 2:
                raise InvalidInput(_("Give two choices at least."), param=f"questions.{position}")
            if any(len(word) > 200 for word in one.choices) or len(one.choices) > 50:
                raise InvalidInput(
                    _("These choices are too many, or too long."), param=f"questions.{position}"
                )
            one.clean_fields(exclude={"event"})
            one.save()
            stored.append(one)
        Question.objects.filter(pk__in=[one.pk for one in known.values()]).delete()
        record(
            action="events.questions",
            instance=event,
            actor=actor,
            after={"questions": [one.text for one in stored]},
        )
        touch_event(event)
    return stored


def set_organizers(*, event_id: uuid.UUID | str, users: Sequence[User], actor: Any) -> None:
    """Name who answers for the event: active members of its club."""
    with transaction.atomic():
        event = lock_event(event_id)
        require(actor, rules.MANAGE, event)
        require_open(event)
        ids = {user.pk for user in users}
        members = ClubMember.objects.filter(
            club=event.club_id, user__in=ids, state=ClubMember.State.ACTIVE
        )
        if members.count() != len(ids):
            raise InvalidInput(_("An organizer must be a member of the club."), param="organizers")
        before = set(event.organizers.values_list("user_id", flat=True))
        event.organizers.exclude(user__in=ids).delete()
        EventOrganizer.objects.bulk_create(
            EventOrganizer(event=event, user_id=pk) for pk in sorted(ids - before)
        )
        record(
            action="events.organizers",
            instance=event,
            actor=actor,
            before={"organizers": sorted(before)},
            after={"organizers": sorted(ids)},
        )
        touch_event(event)
