"""What this app takes from files: who was at an event (E5)."""

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campus.events import rules, tickets
from campus.events.models import Event, EventRegistration, EventSession
from campus.events.services.base import find_event, lock_event, require
from campus.events.services.completion import begin_completion
from campus.events.services.lists import (
    Listed,
    lock_registrations,
    mark_listed,
    marks_of,
    require_takeable,
)
from campus.events.sessions import zone_of
from campus.institutions.scope import manages_portal
from portal.errors import DomainError
from portal.imports.registry import Column, Importer, Row, Run, Table, date, register, text

KIND = "event_attendance"
WAYS = ("number", "email", "ticket")
"""The columns by which a row may name its person."""


@dataclass(frozen=True)
class _Facts:
    """What all rows of a pass need."""

    event: Event
    zone: ZoneInfo
    days: dict[dt.date, EventSession]
    now: dt.datetime


class AttendanceImporter(Importer):
    """Who was at one event: people by student number, e-mail or ticket, each with the day."""

    kind = KIND
    label = gettext_lazy("Attendance at an event")
    help = gettext_lazy(
        "Who was there: by student number, by e-mail, or by the code of the ticket."
    )
    icon = "tick"
    permission = rules.CHECK_IN
    has_subject = True
    tables = (
        Table(
            (
                Column(
                    "number",
                    gettext_lazy("Student number"),
                    gettext_lazy("One of number, e-mail and ticket is enough."),
                    "S2027001",
                    parse=text(64),
                    aliases=("student number", "student"),
                ),
                Column(
                    "email",
                    gettext_lazy("E-mail"),
                    example="lina@example.edu",
                    parse=text(254),
                    aliases=("mail", "e-mail address"),
                ),
                Column(
                    "ticket",
                    gettext_lazy("Ticket"),
                    gettext_lazy("What stands in the ticket's QR code."),
                    parse=text(200),
                    aliases=("code",),
                ),
                Column(
                    "day",
                    gettext_lazy("Day"),
                    gettext_lazy("Needed where an event takes attendance on each of several days."),
                    "2027-05-31",
                    parse=date,
                    aliases=("date",),
                ),
            ),
            ignores_unknown=True,
        ),
    )

    def oversees(self, user: Any) -> bool:
        """Admins of the whole portal."""
        return manages_portal(user)

    def start(self, run: Run) -> None:
        """The event, which whoever brings the file must (still) take attendance at; its row is locked
        first where the pass writes."""
        event_id = run.subject or uuid.UUID(int=0)
        event = lock_event(event_id) if run.locks else find_event(event_id)
        require(run.actor, rules.CHECK_IN, event)
        require_takeable(event)
        zone = zone_of(event)
        days = {one.starts.astimezone(zone).date(): one for one in event.sessions.all()}
        run.facts["pass"] = _Facts(event, zone, days, timezone.now())
        run.facts["lines"] = {}

    def plan(self, table: str, rows: Sequence[Row], run: Run) -> None:
        """Whom each row marks: at most 5 queries."""
        facts: _Facts = run.facts["pass"]
        people = _people_of(rows, facts.event)
        for row in rows:
            found = _person_of(row, people)
            session = _session_of(row, facts)
            if not row.errors and found is not None:
                row.target = (found, session)
                _refuse_twice(row, found, session, run)
        right = [row for row in rows if not row.errors]
        ids = {row.target[0].pk for row in right}
        held = lock_registrations(ids) if run.locks else {}
        last = marks_of(ids)
        for row in right:
            registration, session = row.target
            registration.state = held.get(registration.pk, registration).state
            if registration.state != EventRegistration.State.REGISTERED:
                row.wrong(_way_of(row), _("This person is not registered for the event."))
                continue
            self._outcome(row, last.get((registration.pk, _key(facts, session))), facts)

    def _outcome(self, row: Row, mark: Any, facts: _Facts) -> None:
        registration, session = row.target
        row.label = " ".join(filter(None, (registration.student_number, registration.name)))
        if mark is not None and mark.is_present:
            row.outcome = "same"
            return
        row.outcome = "create"
        row.before = {} if mark is None else {"present": False}
        row.after = {"present": True, "day": f"{session.starts.astimezone(facts.zone):%Y-%m-%d}"}

    def apply(self, table: str, rows: Sequence[Row], run: Run) -> None:
        """Mark them."""
        facts: _Facts = run.facts["pass"]
        daily = facts.event.takes_daily_attendance
        entries = [
            Listed(registration, session if daily else None, min(session.starts, facts.now))
            for registration, session in (row.target for row in rows)
        ]
        run.count("marked", mark_listed(event=facts.event, entries=entries, actor=run.actor))

    def finish(self, run: Run) -> None:
        """Who was marked after the completion gets what the others got (E7)."""
        event = run.facts["pass"].event
        if event.state == Event.State.COMPLETED and run.results.get("marked"):
            begin_completion(event, actor=run.actor)


def _key(facts: _Facts, session: EventSession) -> uuid.UUID | None:
    return session.pk if facts.event.takes_daily_attendance else None


def _way_of(row: Row) -> str:
    return next(way for way in WAYS if way in row.values)


_People = dict[tuple[str, str], list[EventRegistration] | DomainError]


def _people_of(rows: Sequence[Row], event: Event) -> _People:
    """The registrations that rows name, by column and cell; at most three queries."""
    cells = {way: {row.values[way] for row in rows if way in row.values} for way in WAYS}
    found: _People = {}
    rows_of = event.registrations.select_related("student__user", "user").order_by("pk")

    def keep(way: str, cell: str, registration: EventRegistration) -> None:
        held = found.setdefault((way, cell), [])
        if isinstance(held, list) and registration not in held:
            held.append(registration)

    if cells["number"]:
        for one in rows_of.filter(student__number__in=cells["number"]):
            keep("number", one.student_number, one)
    if cells["email"]:
        wanted = {cell.lower() for cell in cells["email"]}
        by_email = Q(user__email__in=wanted) | Q(student__user__email__in=wanted)
        for one in rows_of.filter(by_email):
            account = one.student.user if one.student is not None else one.user
            keep("email", (account.email or "").lower() if account else "", one)
    if cells["ticket"]:
        for code, told in tickets.registrations_of(cells["ticket"], event).items():
            found["ticket", code] = told if isinstance(told, DomainError) else [told]
    return found


def _person_of(row: Row, people: _People) -> EventRegistration | None:
    """The one registration that all filled cells of a row mean."""
    meant: set[EventRegistration] = set()
    for way in WAYS:
        cell = row.values.get(way)
        if cell is None:
            continue
        told = people.get((way, cell.lower() if way == "email" else cell), [])
        if isinstance(told, DomainError):
            row.wrong(way, str(told))
        elif not told:
            row.wrong(way, _("This person is not registered for the event."))
        elif len(told) > 1:
            row.wrong(way, _("Several people at the event have this. Name the ticket."))
        else:
            meant.update(told)
    if row.errors:
        return None
    if not meant:
        row.wrong("", _("Give a student number, an e-mail or a ticket."))
        return None
    if len(meant) > 1:
        row.wrong("", _("The cells name different people."))
        return None
    return meant.pop()


def _session_of(row: Row, facts: _Facts) -> EventSession | None:
    day = row.values.get("day")
    if day is None:
        if len(facts.days) > 1 and facts.event.takes_daily_attendance:
            row.wrong("day", _("Give the day: this event takes attendance on each."))
            return None
        return min(facts.days.values(), key=lambda one: one.starts)
    session = facts.days.get(day)
    if session is None:
        row.wrong("day", _("The event does not take place on this day."))
    elif session.starts > facts.now:
        row.wrong("day", _("This day has not come yet."))
        return None
    return session


def _refuse_twice(
    row: Row, registration: EventRegistration, session: EventSession | None, run: Run
) -> None:
    """A person stands in a list once for each day."""
    facts: _Facts = run.facts["pass"]
    key = (registration.pk, _key(facts, session) if session is not None else None)
    first = run.facts["lines"].setdefault(key, row.number)
    if first != row.number:
        row.wrong(_way_of(row), _("This person stands in line %(line)d too.") % {"line": first})


register(AttendanceImporter())
