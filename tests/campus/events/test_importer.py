"""E5, P11: attendance from CSV and XLSX lists: a preview, an error for each row, the same file twice."""

import datetime as dt
import io
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from campus.events import services, tickets
from campus.events.errors import NotAtThisTime
from campus.events.importers import KIND
from campus.events.models import Attendance, Event, EventRegistration
from campus.events.sessions import zone_of
from campus.events.tasks import award
from portal.errors import NotAllowed
from portal.imports import services as imports
from portal.imports.errors import NoSuchImporter
from portal.imports.models import Import
from portal.jobs.outbox import GiveUp
from portal.models import StreamEvent
from tests import factories
from tests.campus.events import world
from tests.portal.imports.bring import applied, brought, csv_bytes, xlsx_bytes

pytestmark = pytest.mark.django_db
State = Import.State


def going_on(count: int = 2, **fields: Any) -> tuple[Event, Any, list[EventRegistration]]:
    """An event that has begun, a helper at its door, and so many who are registered."""
    club = world.club()
    event = world.event(club, **fields)
    rows = [world.registered(event) for _ in range(count)]
    return world.begun(event), world.organizer(club, "Helper at the door"), rows


def listed(event: Event, actor: Any, *lines: str, name: str = "list.csv") -> Import:
    """A list that was brought and checked."""
    return brought(KIND, csv_bytes(*lines), actor, name=name, subject=event.pk)


def wrong(owner: Import) -> dict[int, list[str]]:
    """The columns at fault, by line."""
    found = owner.rows.filter(outcome="wrong")
    return {row.number: [error["column"] for error in row.errors] for row in found}


def test_e5_a_list_marks_by_number_email_and_ticket_and_again_changes_nothing() -> None:
    event, helper, (one, two) = going_on()
    teacher = factories.teacher(email="guest@example.org")
    three = EventRegistration.objects.create(
        event=event, user=teacher, state="registered", queue_number=90, since=timezone.now()
    )
    lines = (
        "number,email,ticket",
        f"{one.student_number},,",
        ",GUEST@example.org,",
        f",,{tickets.code_of(two)}",
    )
    owner = listed(event, helper, *lines)
    assert (owner.state, owner.rows_create, owner.rows_wrong) == (State.READY, 3, 0)
    assert not Attendance.objects.exists()
    applied(owner, helper)
    assert (owner.state, owner.result) == (State.DONE, {"marked": 3})
    held = Attendance.objects.values_list("registration", "method", "is_present", "recorded_by")
    assert set(held) == {(row.pk, "upload", True, helper.pk) for row in (one, two, three)}
    live = StreamEvent.objects.get(type="event.attendance_listed")
    assert live.payload == {"count": 3}
    again = listed(event, helper, *lines)
    assert (again.rows_same, again.rows_create) == (3, 0)
    applied(again, helper)
    assert Attendance.objects.count() == 3
    assert again.result == {}


def test_e5_a_workbook_does_the_same() -> None:
    event, helper, (one, _two) = going_on()
    content = xlsx_bytes([["Student number"], [one.student_number]])
    owner = brought(KIND, content, helper, name="list.xlsx", subject=event.pk)
    applied(owner, helper)
    assert Attendance.objects.get().registration == one


def test_e5_who_was_taken_back_is_marked_by_a_row_that_names_the_correction() -> None:
    event, helper, (one, _two) = going_on()
    first = services.check_in_by_hand(event_id=event.pk, registration_id=one.pk, actor=helper)
    assert first.attendance is not None
    back = services.take_back(attendance_id=first.attendance.pk, actor=helper)
    owner = listed(event, helper, "number", one.student_number)
    row = owner.rows.get()
    assert (row.before, row.after["present"]) == ({"present": False}, True)
    applied(owner, helper)
    assert Attendance.objects.present().get().corrects == back


def test_e5_ten_thousand_rows_with_every_fault_once() -> None:
    event, helper, rows = going_on(9)
    gone, fine, revoked, both, twice, *others = rows
    old = tickets.code_of(revoked)
    for lost in (gone, revoked):
        EventRegistration.objects.filter(pk=lost.pk).update(
            state="cancelled", ticket_key="another-key1"
        )
    foreign = tickets.code_of(world.registered(world.event()))
    faults = [
        ("nobody-1,,,", ["number"]),
        (f"{gone.student_number},,,", ["number"]),
        (",nobody@example.org,,", ["email"]),
        (",,forged,", ["ticket"]),
        (f",,{old},", ["ticket"]),
        (f",,{foreign},", ["ticket"]),
        (f"{both.student_number},,{tickets.code_of(fine)},", [""]),
        (",,,2026-01-01", ["", "day"]),
        (f"{others[0].student_number},,,2020-01-01", ["day"]),
        (f"{others[1].student_number},,,tomorrow", ["day"]),
        ("\u202egnp.exe,,,", ["number"]),
        (f"{'9' * 70},,,", ["number"]),
        (f"{twice.student_number},,,", []),
        (f",,{tickets.code_of(twice)},", ["ticket"]),
    ]
    lines = [text for text, _columns in faults]
    filler = [f"none-{n},,," for n in range(10_000 - len(lines))]
    owner = listed(event, helper, "number,email,ticket,day", *lines, *filler)
    assert (owner.state, owner.rows_total) == (State.REFUSED, 10_000)
    found = wrong(owner)
    for line, (text, columns) in enumerate(faults, start=2):
        assert found.get(line, []) == columns, text
    assert owner.rows_wrong == 10_000 - 1
    assert not Attendance.objects.exists()


def test_e12_each_day_of_a_several_day_event_is_listed_by_its_date() -> None:
    event = world.event(sessions=world.slots(30, 54, 78), takes_daily_attendance=True)
    registration = world.registered(event)
    helper = world.organizer(event.club)
    event = world.begun(event, ago=dt.timedelta(hours=25))
    zone = zone_of(event)
    days = [one.starts.astimezone(zone).date() for one in event.sessions.order_by("starts")]
    number = registration.student_number
    refused = listed(event, helper, "number,day", f"{number},", f"{number},{days[2]}")
    assert wrong(refused) == {2: ["day"], 3: ["day"]}
    owner = listed(event, helper, "number,day", f"{number},{days[0]}", f"{number},{days[1]}")
    applied(owner, helper)
    assert {one.session.starts for one in Attendance.objects.all() if one.session} == {
        one.starts for one in event.sessions.order_by("starts")[:2]
    }


def test_e5_a_list_is_for_those_at_the_door_and_of_what_has_begun() -> None:
    event, helper, (one, _two) = going_on()
    content = io.BytesIO(csv_bytes("number", one.student_number))

    def bring(to: Event, actor: Any) -> Import:
        content.seek(0)
        return services.upload_attendance(
            event_id=to.pk, file=content, name="list.csv", actor=actor
        )

    with pytest.raises(NotAllowed):
        bring(event, world.organizer(world.club()))
    with pytest.raises(NotAtThisTime):
        bring(world.event(event.club), helper)
    for subject, actor in ((None, helper), (event.pk, factories.teacher())):
        with pytest.raises(NoSuchImporter):
            imports.upload(kind=KIND, file=content, name="a.csv", actor=actor, subject=subject)
    assert bring(event, helper).subject == event.pk
    assert Import.objects.count() == 1


def test_e5_who_lost_the_office_meanwhile_writes_nothing() -> None:
    event, helper, (one, _two) = going_on()
    owner = listed(event, helper, "number", one.student_number)
    event.club.members.update(role=None)
    with pytest.raises(GiveUp):
        applied(owner, helper)
    owner.refresh_from_db()
    assert owner.state == State.FAILED
    assert not Attendance.objects.exists()


def test_e7_who_is_listed_after_the_completion_gets_what_the_others_got() -> None:
    event, helper, (one, _two) = going_on()
    services.complete(event_id=event.pk, actor=None)
    assert award(event.pk) == 0
    applied(listed(event, helper, "number", one.student_number), helper)
    assert award(event.pk) == 1


def test_p11_a_batch_takes_a_fixed_number_of_statements() -> None:
    taken = []
    for count in (2, 2, 40):  # (the first one fills what is remembered of models)
        event, helper, rows = going_on(count)
        owner = listed(event, helper, "number,ticket", *_cells(rows))
        with CaptureQueriesContext(connection) as statements:
            applied(owner, helper)
        assert owner.result == {"marked": count}
        taken.append(len(statements))
    assert taken[1] == taken[2]
    assert taken[1] <= 80


def _cells(rows: list[EventRegistration]) -> list[str]:
    """Half by number, half by ticket."""
    return [
        f"{row.student_number}," if place % 2 else f",{tickets.code_of(row)}"
        for place, row in enumerate(rows)
    ]
