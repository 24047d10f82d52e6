"""L19: enrollments from files, by the same rules as at the desk; all or nothing, and once."""

import io
import itertools
from typing import Any

import pytest
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.test.utils import CaptureQueriesContext

from campus.accounts.models import User
from campus.institutions.models import Institution
from campus.notifications.models import Notification
from campus.people.models import Student
from learning.catalog.models import Section
from learning.enrollments import bulk, services
from learning.enrollments.models import Enrollment, EnrollmentRequest
from learning.enrollments.seating import Seating
from portal.errors import DomainError
from portal.imports import engine
from portal.imports import services as imports
from portal.imports.models import Import
from portal.jobs import outbox
from portal.models import OutboxMessage, StreamEvent
from portal.roles import Role
from tests import factories
from tests.learning.enrollments import world
from tests.portal.imports.bring import applied, brought, csv_bytes, xlsx_bytes

pytestmark = pytest.mark.django_db
State = Import.State


def wrong(owner: Import) -> list[tuple[int, str, str]]:
    """Line, column and sentence of each error."""
    return [
        (row.number, error["column"], error["message"])
        for row in owner.rows.all()
        for error in row.errors
    ]


def jobs_of_telling() -> list[OutboxMessage]:
    return list(OutboxMessage.objects.filter(actor=bulk.TELL, done_at=None).order_by("pk"))


def test_l19_a_file_enrolls_once_and_the_same_file_again_changes_nothing(admin: User) -> None:
    section = factories.section(capacity=5)
    students = [factories.student() for _ in range(3)]
    lines = [f"{one.number},{section.number}" for one in students]
    owner = brought("enrollments", csv_bytes("number,section", *lines), admin)
    assert (owner.state, owner.rows_create) == (State.READY, 3)
    assert not Enrollment.objects.exists(), "a preview writes nothing"
    assert applied(owner, admin).result == {"enrolled": 3}
    assert Enrollment.objects.active().filter(section=section).count() == 3
    section.refresh_from_db()
    assert section.seats_taken == 3
    again = brought("enrollments", csv_bytes("number,section", *lines), admin)
    assert (again.rows_same, again.rows_create, again.rows_change) == (3, 0, 0)
    assert applied(again, admin).result == {}
    section.refresh_from_db()
    assert section.seats_taken == 3
    assert len(jobs_of_telling()) == 1


def test_l19_people_are_told_once_however_often_the_job_runs(admin: User) -> None:
    section = factories.section()
    child = factories.student(user=None)
    parent = factories.parent(child)
    student = factories.student()
    lines = [f"{one.number},{section.number}" for one in (child, student)]
    applied(brought("enrollments", csv_bytes("number,section", *lines), admin), admin)
    assert not Notification.objects.exists(), "they are told after the commit"
    [job] = jobs_of_telling()
    assert outbox.run(job.pk)
    told = Notification.objects.values_list("user_id", flat=True)
    assert sorted(told) == sorted([parent.pk, student.user_id])
    events = StreamEvent.objects.filter(type="enrollment.changed").count()
    assert events == 2
    assert bulk.tell_enrolled(enrollments=job.kwargs["enrollments"]) == 0
    assert Notification.objects.count() == 2
    assert StreamEvent.objects.filter(type="enrollment.changed").count() == events


def test_l19_every_row_and_column_that_is_wrong_is_told_and_nothing_is_stored(admin: User) -> None:
    good, full = factories.section(), factories.section(capacity=1, seats_taken=1)
    student = factories.student()
    away = factories.student(state=Student.State.ON_LEAVE)
    content = csv_bytes(
        "number,section,course",
        f"{student.number},{good.number},",
        f"{student.number},{full.number},",
        f"nobody,{good.number},",
        f"{student.number},nowhere,",
        f"{away.number},{good.number},",
        f"{student.number},{good.number},",
        f"{student.number},{good.number},XX 1",
    )
    owner = brought("enrollments", content, admin)
    assert owner.state == State.REFUSED
    assert [(line, column) for line, column, _told in wrong(owner)] == [
        (3, "section"),
        (4, "number"),
        (5, "section"),
        (6, "number"),
        (7, "number"),
        (8, "course"),
    ]
    assert "full" in wrong(owner)[0][2]
    with pytest.raises(DomainError):
        applied(owner, admin)
    assert not Enrollment.objects.exists()


def test_l4_the_last_seat_of_a_file_is_given_once_and_nobody_is_overtaken(admin: User) -> None:
    section = factories.section(capacity=2)
    students = [factories.student() for _ in range(3)]
    content = csv_bytes("number,section", *(f"{s.number},{section.number}" for s in students))
    owner = brought("enrollments", content, admin)
    assert [row.outcome for row in owner.rows.all()] == ["create", "create", "wrong"]
    # Who waits goes first, who waits alone may be seated by the file.
    queue = factories.section(capacity=1)
    first, second = factories.student(), factories.student()
    services.enroll(student=first, section_id=queue.pk, actor=first.user)
    waiting = services.enroll(student=second, section_id=queue.pk, actor=second.user)
    Section.objects.filter(pk=queue.pk).update(capacity=2)  # (no signal: nobody was seated)
    content = csv_bytes("number,section", f"{students[0].number},{queue.number}")
    assert "order" in wrong(brought("enrollments", content, admin))[0][2]
    owner = brought(
        "enrollments", csv_bytes("number,section", f"{second.number},{queue.number}"), admin
    )
    assert applied(owner, admin).result == {"enrolled": 1}
    waiting.refresh_from_db()
    assert waiting.state == EnrollmentRequest.State.APPROVED
    assert Enrollment.objects.active().filter(section=queue).count() == 2


def test_l5_a_priced_section_is_not_entered_by_a_file_and_approval_is_given_by_it(
    admin: User,
) -> None:
    priced, asked = factories.section(price=10), factories.section(needs_approval=True)
    student = factories.student()
    services.enroll(student=student, section_id=asked.pk, actor=student.user)
    bell = Notification.objects.filter(type="enrollments.requested", action="approve")
    assert bell.filter(action_taken_at=None).exists()
    content = csv_bytes("number,section", f"{student.number},{priced.number}")
    assert wrong(brought("enrollments", content, admin))[0][1] == "section"
    content = csv_bytes("number,section", f"{student.number},{asked.number}")
    applied(brought("enrollments", content, admin), admin)
    assert Enrollment.objects.active().get().section == asked
    assert EnrollmentRequest.objects.get().state == EnrollmentRequest.State.APPROVED
    assert not bell.filter(action_taken_at=None).exists()


def test_l4_who_dropped_comes_back_on_the_same_row(admin: User) -> None:
    section, student = factories.section(), factories.student()
    kept = services.enroll(student=student, section_id=section.pk, actor=student.user)
    services.drop(enrollment_id=kept.pk, actor=student.user)
    content = csv_bytes("number,section", f"{student.number},{section.number}")
    owner = brought("enrollments", content, admin)
    row = owner.rows.get()
    assert (row.outcome, row.before["state"], row.after["state"]) == ("change", "dropped", "active")
    assert applied(owner, admin).result == {"enrolled_again": 1}
    assert Enrollment.objects.get().pk == kept.pk


def test_l6_hours_that_overlap_inside_one_file_are_told(admin: User) -> None:
    one, two = world.section((2, "09:00", "10:00")), world.section((2, "09:30", "11:00"))
    three = world.section((2, "10:00", "11:00"))
    student = world.student()
    lines = [f"{student.number},{section.number}" for section in (one, two, three)]
    owner = brought("enrollments", csv_bytes("number,section", *lines), admin)
    [(line, column, told)] = wrong(owner)
    assert (line, column) == (3, "number")
    assert str(one) in told


def test_l6_a_file_is_judged_as_one_student_is_at_the_desk(admin: User) -> None:
    """All that can stand in the way, one by one and in pairs: refused here means refused there."""
    needed = world.course()
    course = world.course()
    course.prerequisites.add(needed)
    kinds: dict[str, dict[str, Any]] = {
        "free": {},
        "full": {"capacity": 0},
        "priced": {"price": 5},
        "cancelled": {"is_cancelled": True},
        "closed": {"enrollment_closes": "2020-01-01"},
        "needs": {"course": course},
        "clash": {},
    }
    seen = []
    for name, state in itertools.product(kinds, ("active", "on_leave", "done")):
        section = world.section((2, "09:00", "10:00"), **kinds[name])
        student = world.student(user=None)
        if name == "clash":
            held = world.section((2, "09:30", "10:30"))
            services.enroll(student=student, section_id=held.pk, actor=admin)
        if state == "done":
            done = world.section(course=needed)
            Enrollment.objects.create(
                student=student, section=done, state="completed", since="2026-01-01T00:00Z"
            )
        else:
            Student.objects.filter(pk=student.pk).update(state=state)
            student.refresh_from_db()
        seating = Seating()
        section = Section.objects.select_related("course", "season").get(pk=section.pk)
        [seat] = seating.read([(student, section)])
        refused = seating.refuse(seat)
        try:
            result = services.enroll(student=student, section_id=section.pk, actor=admin)
            there = not isinstance(result, Enrollment)
        except DomainError as refusal:
            there = True
            if refused is not None and state != "on_leave":
                assert (str(refusal).rpartition(" (")[0] or str(refusal)) in refused[1]
        assert (refused is not None) == there, (name, state, refused)
        seen.append(there)
    assert any(seen)
    assert not all(seen)


def test_l19_an_admin_of_an_institution_enrolls_its_students_alone(
    institution: Institution,
) -> None:
    limited = factories.administrator(institution)
    other = factories.institution(slug="elsewhere", name="Elsewhere")
    theirs = factories.section(course=factories.course(institution=other))
    foreign = factories.student(institution=other)
    ours, section = factories.student(), factories.section()
    for number, code, place in (
        (ours.number, theirs.number, ""),
        (foreign.number, section.number, ""),
        (foreign.number, theirs.number, "elsewhere"),
    ):
        content = csv_bytes("number,section,institution", f"{number},{code},{place}")
        owner = brought("enrollments", content, limited)
        assert owner.state == State.REFUSED
        with pytest.raises(DomainError):
            applied(owner, limited)
    content = csv_bytes("number,section", f"{ours.number},{section.number}")
    assert applied(brought("enrollments", content, limited), limited).result == {"enrolled": 1}
    assert Enrollment.objects.get().student == ours
    with pytest.raises(DomainError):
        brought("enrollments", content, factories.user(Role.TEACHER))


def test_l19_a_season_is_asked_for_where_the_number_alone_says_too_little(admin: User) -> None:
    course = factories.course()
    one, two = (
        factories.section(course=course, season=factories.season(), number="777") for _ in "ab"
    )
    student = factories.student()
    owner = brought("enrollments", csv_bytes("number,section", f"{student.number},777"), admin)
    assert wrong(owner)[0][1] == "season"
    content = xlsx_bytes([["number", "section", "season"], [student.number, 777, two.season.code]])
    applied(brought("enrollments", content, admin, name="e.xlsx"), admin)
    assert Enrollment.objects.get().section == two
    assert one.season.code in wrong(owner)[0][2]


def test_l4_seats_that_went_meanwhile_leave_nothing_and_the_file_is_checked_anew(
    admin: User,
) -> None:
    section = factories.section(capacity=2)
    students = [factories.student() for _ in range(3)]
    content = csv_bytes("number,section", *(f"{s.number},{section.number}" for s in students[:2]))
    owner = brought("enrollments", content, admin)
    assert owner.state == State.READY
    services.enroll(student=students[2], section_id=section.pk, actor=admin)
    applied(owner, admin)
    assert owner.state == State.CHECKING
    assert Enrollment.objects.count() == 1
    engine.check(owner.pk)
    owner.refresh_from_db()
    assert (owner.state, owner.rows_wrong) == (State.REFUSED, 1)


@pytest.mark.postgres
def test_l19_queries_do_not_grow_with_rows(admin: User) -> None:
    """For each thousand more, a literal number to check and one to write; ten jobs more in one statement."""
    counts = {}
    sections = [factories.section() for _ in range(3)]
    factories.meeting(section=sections[0])
    ContentType.objects.get_for_models(Enrollment, Student)
    place = factories.institution()
    for rows in (1_000, 2_000):
        Student.objects.bulk_create(
            Student(institution=place, number=f"{rows}-{n}", name=f"N {n}") for n in range(rows)
        )
        lines = (f"{rows}-{n},{sections[n % 3].number}" for n in range(rows))
        owner = brought_only(csv_bytes("number,section", *lines), admin)
        with CaptureQueriesContext(connection) as checking:
            engine.check(owner.pk)
        owner.refresh_from_db()
        imports.apply(owner=owner, actor=admin)
        with CaptureQueriesContext(connection) as writing:
            engine.apply(owner.pk)
        owner.refresh_from_db()
        assert owner.result == {"enrolled": rows}
        counts[rows] = (len(checking), len(writing))
    assert counts[2_000][0] - counts[1_000][0] == 6, counts
    assert counts[2_000][1] - counts[1_000][1] == 11, counts


def brought_only(content: bytes, actor: User) -> Import:
    """An import that waits to be checked."""
    return imports.upload(kind="enrollments", file=io.BytesIO(content), name="e.csv", actor=actor)
