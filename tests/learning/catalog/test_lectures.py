"""B4: the hours of sections stand in the halls' calendars, beside events and bookings; clashes are told."""

import datetime as dt
from io import StringIO

import pytest
from django.core.management import call_command
from django.utils import timezone

from bookings import services
from bookings.models import HallBooking
from campus.audit.models import AuditEntry
from campus.notifications.models import Notification
from campus.venues.errors import HallTaken
from campus.venues.models import Closure
from learning.catalog import services as catalog
from learning.catalog.imports import import_catalog
from learning.catalog.lectures import BOOK, book_lectures, give_back_lectures
from learning.catalog.models import Section, Weekday
from learning.catalog.services import WeeklyHour
from portal.jobs import outbox
from portal.models import OutboxMessage, StreamEvent
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def hall():
    """A hall for forty."""
    return factories.hall(capacity=40)


@pytest.fixture
def section():
    """Four weeks from next Monday on."""
    monday = timezone.localdate() + dt.timedelta(days=14)
    monday -= dt.timedelta(days=monday.weekday())
    return factories.section(starts=monday, ends=monday + dt.timedelta(days=27))


def meet(section, hall, hour=10, weekday=Weekday.MONDAY):
    return factories.meeting(
        section=section,
        hall=hall,
        weekday=weekday,
        starts=dt.time(hour),
        ends=dt.time(hour, 50),
    )


def book(*sections):
    return book_lectures(sections=[section.pk for section in sections], actor=None)


def test_b4_each_week_is_booked_at_the_hour_of_the_clock_and_a_second_run_changes_nothing(
    section, hall
):
    meet(section, hall)
    meet(section, hall, weekday=Weekday.WEDNESDAY)
    done = book(section)
    assert (done.booked, done.kept, done.clashes) == (8, 0, [])
    rows = HallBooking.objects.approved().filter(hall=hall).order_by("starts")
    zone = timezone.get_default_timezone()
    assert {row.starts.astimezone(zone).strftime("%H:%M") for row in rows} == {"10:00"}
    assert {row.starts.astimezone(zone).weekday() for row in rows} == {0, 2}
    assert {row.kind for row in rows} == {"lecture"}
    assert rows[0].purpose == f"{section.course.code} {section.course.title}"
    assert StreamEvent.objects.filter(type="hall.calendar_changed").count() == 1
    assert AuditEntry.objects.filter(action="bookings.lectures").count() == 1
    before = list(HallBooking.objects.order_by("pk").values())
    again = book(section)
    assert (again.booked, again.kept, again.given_back) == (0, 8, 0)
    assert list(HallBooking.objects.order_by("pk").values()) == before
    assert StreamEvent.objects.filter(type="hall.calendar_changed").count() == 1


def test_b4_a_lecture_keeps_others_out(section, hall, admin):
    meet(section, hall)
    book(section)
    period = HallBooking.objects.earliest("starts").period
    with pytest.raises(HallTaken) as refused:
        services.ask(wishes=[hall], periods=[period], purpose="Chess", actor=admin)
    assert refused.value.details["obstacles"][0]["kind"] == "lecture"


def test_b4_what_is_in_the_way_is_told_and_stays(section, hall, admin):
    meet(section, hall)
    other = factories.section(starts=section.starts, ends=section.ends)
    meet(other, hall)
    day = dt.datetime.combine(section.starts, dt.time(10), tzinfo=timezone.get_default_timezone())
    [held] = services.ask(
        wishes=[hall],
        periods=[type(factories.hall_booking().period)(day, day + dt.timedelta(hours=1))],
        purpose="Open day",
        actor=admin,
    ).rows
    Closure.objects.create(
        building=hall.building,
        starts=day + dt.timedelta(days=7),
        ends=day + dt.timedelta(days=8),
        reason="Holiday",
    )
    done = book(section, other)
    assert done.booked == 2
    mine = [one for one in done.clashes if one.lecture.source == section]
    assert [(one.code, one.other) for one in mine] == [
        ("hall_taken", held),
        ("closed_period", None),
    ]
    theirs = [one for one in done.clashes if one.lecture.source == other]
    assert [one.code for one in theirs] == ["hall_taken", "closed_period", *["hall_taken"] * 2]
    held.refresh_from_db()
    assert held.state == "approved"
    assert not HallBooking.objects.of(other).exists()


def test_b4_a_section_that_changes_moves_its_lectures(section, hall):
    meeting = meet(section, hall)
    book(section)
    elsewhere = factories.hall(building=hall.building)
    meeting.hall = elsewhere
    meeting.save()
    done = book(section)
    assert (done.booked, done.given_back) == (4, 4)
    assert not HallBooking.objects.approved().filter(hall=hall).exists()
    section.is_cancelled = True
    section.save()
    assert book(section).given_back == 4
    assert not HallBooking.objects.approved().exists()


def test_b4_what_has_begun_is_never_touched(section, hall):
    meet(section, hall)
    book(section)
    first = HallBooking.objects.earliest("starts")
    begun = timezone.now() - dt.timedelta(minutes=10)
    HallBooking.objects.filter(pk=first.pk).update(
        starts=begun, ends=begun + dt.timedelta(minutes=50)
    )
    assert give_back_lectures(section=section, actor=None).given_back == 3
    first.refresh_from_db()
    assert first.state == "approved"


@pytest.mark.parametrize("sections", [2, 20])
def test_b4_many_sections_take_as_many_queries_as_few(
    sections, hall, section, django_assert_max_num_queries
):
    made = [section]
    meet(section, hall, hour=0)
    for number in range(1, sections):
        one = factories.section(starts=section.starts, ends=section.ends)
        meet(one, hall, hour=number)
        made.append(one)
    with django_assert_max_num_queries(25):
        assert book(*made).booked == 4 * sections


def test_b4_the_command_books_and_names_the_clashes(section, hall):
    meet(section, hall)
    other = factories.section(starts=section.starts, ends=section.ends, season=section.season)
    meet(other, hall)
    told = StringIO()
    call_command("book_lectures", season=section.season.code, stdout=told)
    assert "Booked 4, kept 0, gave back 0; 4 clashes." in told.getvalue()
    assert other.course.code in told.getvalue()


def jobs() -> list[OutboxMessage]:
    """The jobs that wait to bring calendars to sections, each as it is then done."""
    found = list(OutboxMessage.objects.filter(actor=BOOK, done_at=None).order_by("pk"))
    for one in found:
        outbox.run(one.pk)
    return found


def hours(hall, hour=10):
    return [WeeklyHour(Weekday.MONDAY, dt.time(hour), dt.time(hour, 50), hall=hall)]


def test_b4_an_edit_of_hours_or_days_is_followed_and_of_nothing_else(section, hall, admin):
    catalog.update_section(section=section, actor=admin, changes={"meetings": hours(hall)})
    [job] = jobs()
    assert (job.kwargs["sections"], HallBooking.objects.approved().count()) == ([section.pk], 4)
    same = {"meetings": hours(hall), "title": "Another", "starts": section.starts}
    catalog.update_section(section=section, actor=admin, changes=same)
    assert jobs() == []
    first_two = {"ends": section.starts + dt.timedelta(days=13)}
    catalog.update_section(section=section, actor=admin, changes=first_two)
    assert len(jobs()) == 1
    assert HallBooking.objects.approved().count() == 2
    season = section.season
    catalog.write_season(actor=admin, season=season, changes={"name": "Summer"})
    assert jobs() == []
    later = {"ends": season.ends + dt.timedelta(days=1)}
    catalog.write_season(actor=admin, season=season, changes=later)
    assert [job.kwargs["sections"] for job in jobs()] == [[section.pk]]
    catalog.delete_section(section=section, actor=admin)
    assert not HallBooking.objects.approved().exists()


def test_b4_what_an_edit_has_no_hall_for_is_told_to_who_made_it(section, hall, admin):
    meet(section, hall)
    book(section)
    other = factories.section(starts=section.starts, ends=section.ends)
    catalog.update_section(section=other, actor=admin, changes={"meetings": hours(hall)})
    jobs()
    told = Notification.objects.get(type="bookings.lectures_clash")
    assert (told.user, told.params["count"]) == (admin, 4)
    assert section.course.code in told.params["why"]
    assert told.path.startswith(f"/halls/{hall.pk}/?")
    assert not HallBooking.objects.of(other).exists()


def test_b4_an_import_is_followed_for_what_it_moved(catalog_file, institution):
    row = {
        "Start Time": "10:00 AM",
        "End Time": "10:50 AM",
        "Days of Week": "M",
        "Building": "Old Hall",
        "Room": "1",
    }
    year = timezone.localdate().year + 1
    for changes, moved in (
        ([row, {**row, "CRN": "2", "Room": "2"}], {"1", "2"}),
        ([row, {**row, "CRN": "2", "Room": "2"}], set()),
        ([row, {**row, "CRN": "2", "Room": "3"}], {"2"}),
        ([{**row, "Name": "Renamed"}, {**row, "CRN": "2", "Room": "3"}], set()),
    ):
        import_catalog(path=catalog_file(*changes), institution=institution, actor=None, year=year)
        ids = [pk for job in jobs() for pk in job.kwargs["sections"]]
        assert set(Section.objects.filter(pk__in=ids).values_list("number", flat=True)) == moved
    rooms = HallBooking.objects.approved().values_list("hall__code", flat=True)
    assert set(rooms) == {"1", "3"}
