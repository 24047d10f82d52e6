"""Activity points: what counts, who decides, once for a source, told live (A1–A4)."""

from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.db import IntegrityError, connection, transaction
from django.db.models import ProtectedError
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from campus.notifications.models import Notification
from campus.points import services
from campus.points.errors import (
    AlreadyDecided,
    CategoryClosed,
    NotCorrectable,
    OwnPoints,
    TransactionNotFound,
)
from campus.points.models import PointCategory, PointEvidence, PointGoal, PointTransaction
from campus.points.queries import balance_of, balances_of
from campus.points.services import Proposal, propose
from portal.errors import InvalidInput, NotAllowed
from portal.models import StreamEvent
from portal.realtime.streams import user_stream
from portal.roles import Role
from tests import factories

pytestmark = pytest.mark.django_db


def approved(student: Any, category: PointCategory, points: int) -> PointTransaction:
    row = factories.points(student=student, category=category, points=points)
    [row] = services.decide(transactions=[row.pk], approve=True, actor=student.mentor.user)
    return row


def decide(row: PointTransaction, actor: Any, *, approve: bool = True, **more: Any) -> Any:
    return services.decide(transactions=[row.pk], approve=approve, actor=actor, **more)


def test_a1_a_balance_counts_approved_points_cut_at_each_maximum() -> None:
    student = factories.student(mentor=factories.mentor())
    sport = factories.point_category(minimum=10, maximum=30)
    art = factories.point_category(minimum=5, maximum=None)
    PointGoal.objects.create(institution=student.institution, total=50)
    approved(student, sport, 25)
    approved(student, sport, 25)
    factories.points(student=student, category=art, points=7)
    refused = factories.points(student=student, category=art, points=9)
    decide(refused, student.mentor.user, approve=False)

    balance = balance_of(student)

    first, second = balance.categories
    assert (first.approved, first.counted, first.over, first.missing) == (50, 30, 20, 0)
    assert (second.approved, second.counted, second.pending, second.missing) == (0, 0, 7, 5)
    assert (balance.total, balance.required, balance.missing, balance.pending) == (30, 50, 20, 7)
    assert not balance.is_reached


def test_a1_the_goal_of_the_program_goes_before_that_of_all() -> None:
    student = factories.student(program="B.Sc. Physics")
    PointGoal.objects.create(institution=student.institution, total=50)
    assert balance_of(student).required == 50
    PointGoal.objects.create(institution=student.institution, program="B.Sc. Physics", total=80)
    assert balance_of(student).required == 80
    assert balance_of(factories.student(program="Other")).required == 50


def test_a1_balances_of_many_ask_as_often_as_of_one(django_assert_num_queries: Any) -> None:
    category = factories.point_category()
    students = [factories.student(user=None, mentor=factories.mentor()) for _ in range(6)]
    for student in students:
        approved(student, category, 10)
    with django_assert_num_queries(3):
        assert balances_of(students[:1])[students[0].pk].total == 10
    with django_assert_num_queries(3):
        assert {one.total for one in balances_of(students).values()} == {10}


def test_a2_only_the_own_mentor_or_an_admin_decides() -> None:
    row = factories.points()
    others = [
        factories.mentor().user,
        factories.teacher(),
        factories.administrator(factories.institution(slug="college")),
    ]
    for other in others:
        with pytest.raises((NotAllowed, TransactionNotFound)):
            decide(row, other)
    for seeing in (row.student.user, factories.parent(row.student)):
        with pytest.raises(NotAllowed):
            decide(row, seeing)
    row.refresh_from_db()
    assert row.state == "pending"
    assert row.decided_at is None
    decide(row, factories.user(Role.ADMIN))
    row.refresh_from_db()
    assert row.state == "approved"


def test_a2_nobody_decides_their_own_points() -> None:
    student = factories.student()
    student.user.groups.add(*factories.user(Role.ADMIN).groups.all())
    row = factories.points(student=student)
    with pytest.raises(OwnPoints):
        decide(row, type(student.user).objects.get(pk=student.user.pk))


def test_a2_a_decided_transaction_never_changes() -> None:
    row = factories.points()
    mentor = row.student.mentor.user
    decide(row, mentor)
    for approve in (True, False):
        with pytest.raises(AlreadyDecided) as refusal:
            decide(row, mentor, approve=approve)
        assert refusal.value.details["transactions"] == [str(row.pk)]
    for change in ({"points": 99}, {"state": "rejected"}, {"reason": "Other"}):
        with pytest.raises(IntegrityError, match="ecided"), transaction.atomic():
            PointTransaction.objects.filter(pk=row.pk).update(**change)
    if connection.vendor == "postgresql":
        with pytest.raises(IntegrityError, match="ecided"), transaction.atomic():
            PointTransaction.objects.filter(pk=row.pk).delete()
    row.refresh_from_db()
    assert (row.state, row.points, row.reason) == ("approved", 10, "")


def test_a2_a_correction_is_a_new_row_that_names_the_old() -> None:
    row = factories.points(points=10)
    mentor = row.student.mentor.user
    with pytest.raises(NotCorrectable):
        services.correct(transaction_id=row.pk, points=-3, reason="Typo", actor=mentor)
    decide(row, mentor)
    with pytest.raises(InvalidInput) as no_reason:
        services.correct(transaction_id=row.pk, points=-3, reason=" ", actor=mentor)
    assert no_reason.value.param == "reason"
    for points in (0, -11, 5000):
        with pytest.raises(InvalidInput) as wrong:
            services.correct(transaction_id=row.pk, points=points, reason="Typo", actor=mentor)
        assert wrong.value.param == "points"
    made = services.correct(transaction_id=row.pk, points=-3, reason="Typo", actor=mentor)
    assert (made.corrects_id, made.state, made.points) == (row.pk, "approved", -3)
    assert balance_of(row.student).total == 7
    with pytest.raises(NotCorrectable):
        services.correct(transaction_id=row.pk, points=-1, reason="Again", actor=mentor)
    services.correct(transaction_id=made.pk, points=-7, reason="All", actor=mentor)
    assert balance_of(row.student).total == 0
    row.refresh_from_db()
    assert row.points == 10


def test_a2_a_long_chain_of_corrections_is_added_up_by_one_query() -> None:
    row = factories.points(points=10)
    mentor = row.student.mentor.user
    beside = approved(row.student, row.category, 40)
    services.correct(transaction_id=beside.pk, points=5, reason="Another", actor=mentor)
    decide(row, mentor)
    took, last = [], row
    for _step in range(6):
        with CaptureQueriesContext(connection) as queries:
            last = services.correct(transaction_id=last.pk, points=-1, reason="Typo", actor=mentor)
        took.append(len(queries))
    assert len(set(took[1:])) == 1  # (the first has nothing to look back to)
    with pytest.raises(InvalidInput):  # the other transaction's 45 are not this one's
        services.correct(transaction_id=last.pk, points=-5, reason="Too much", actor=mentor)
    services.correct(transaction_id=last.pk, points=-4, reason="All of it", actor=mentor)


def test_a3_a_source_gives_points_once() -> None:
    student = factories.student(mentor=factories.mentor())
    category = factories.point_category()
    proposals = [Proposal(student, category, 10, "Fair")]
    [first] = propose(proposals=proposals, source="event:1", actor=None)
    assert propose(proposals=proposals, source="event:1", actor=None) == []
    assert propose(proposals=proposals, source="event:2", actor=None)
    assert PointTransaction.objects.filter(source="event:1").get() == first
    asked = Notification.objects.filter(type="points.asked", user=student.mentor.user)
    assert asked.count() == 2
    with pytest.raises(IntegrityError), transaction.atomic():
        factories.points(student=student, category=category, source="event:1")


def test_a3_a_batch_asks_each_mentor_once_in_few_statements(
    django_assert_max_num_queries: Any,
) -> None:
    mentors = [factories.mentor() for _ in range(2)]
    students = [factories.student(user=None, mentor=mentors[n % 2]) for n in range(40)]
    category = factories.point_category()
    with django_assert_max_num_queries(25):
        made = propose(
            proposals=[Proposal(student, category, 5, "Fair") for student in students],
            source="event:7",
            actor=None,
        )
    assert len(made) == 40
    told = Notification.objects.filter(type="points.asked_many")
    assert {(one.user_id, one.params["count"]) for one in told} == {
        (mentor.user_id, 20) for mentor in mentors
    }


def test_a4_bulk_is_all_or_nothing_and_tells_each_student_live() -> None:
    mentor = factories.mentor()
    rows = [factories.points(student=factories.student(mentor=mentor)) for _ in range(3)]
    decide(rows[0], mentor.user)
    ids = [row.pk for row in rows]
    with pytest.raises(AlreadyDecided):
        services.decide(transactions=ids, approve=True, actor=mentor.user)
    assert PointTransaction.objects.pending().count() == 2

    services.decide(transactions=ids[1:], approve=True, actor=mentor.user)

    for row in rows[1:]:
        events = StreamEvent.objects.filter(
            stream__name=user_stream(row.student.user_id), type="points.changed"
        )
        assert [event.payload["total"] for event in events] == [10]
        assert (
            Notification.objects.filter(user=row.student.user, type="points.approved").count() == 1
        )


def test_a4_parents_are_told_of_their_children_and_no_others() -> None:
    row = factories.points(student=factories.student(user=None, mentor=factories.mentor()))
    parent, stranger = factories.parent(row.student), factories.parent(factories.student())
    decide(row, row.student.mentor.user)
    assert Notification.objects.get(user=parent).params["child"] == row.student.name
    assert not Notification.objects.filter(user=stranger).exists()


def test_n3_the_decision_is_taken_from_the_inbox() -> None:
    student = factories.student(mentor=factories.mentor())
    row = services.ask(
        student=student,
        category=factories.point_category(),
        points=5,
        title="Choir",
        note="Every week",
        actor=student.user,
    )
    note = Notification.objects.get(user=student.mentor.user, type="points.asked")
    assert note.has_open_action
    from campus.notifications.services import take_action  # noqa: PLC0415

    take_action(user=student.mentor.user, notification_id=note.pk, action="approve")
    row.refresh_from_db()
    note.refresh_from_db()
    assert row.state == "approved"
    assert not note.has_open_action


BAD = [
    ({"points": 0}, "points"),
    ({"points": 1001}, "points"),
    ({"title": "  "}, "title"),
    ({"note": " "}, "note"),
    ({"file": ContentFile(b"<html>", name="a.pdf")}, "file"),
    ({"file": ContentFile(b"%PDF-" + b"x" * 5_242_880, name="a.pdf")}, "file"),
]


@pytest.mark.parametrize(("change", "field"), BAD)
def test_asking_with_bad_input_names_the_field_and_stores_nothing(
    change: dict[str, Any], field: str
) -> None:
    student = factories.student()
    asked: dict[str, Any] = {"points": 5, "title": "Choir", "note": "Every week", **change}
    with pytest.raises(InvalidInput) as refusal:
        services.ask(
            student=student, category=factories.point_category(), actor=student.user, **asked
        )
    assert refusal.value.param == field
    assert not PointTransaction.objects.exists()
    assert not PointEvidence.objects.exists()


def test_asking_is_for_oneself_in_an_open_category_of_ones_institution() -> None:
    student, other = factories.student(), factories.student()
    facts: dict[str, Any] = {"points": 5, "title": "Choir", "note": "x"}
    category = factories.point_category()
    with pytest.raises(NotAllowed):
        services.ask(student=other, category=category, actor=student.user, **facts)
    elsewhere = factories.point_category(institution=factories.institution(slug="college"))
    for closed in (elsewhere, factories.point_category(is_active=False)):
        with pytest.raises(CategoryClosed):
            services.ask(student=student, category=closed, actor=student.user, **facts)
    assert not PointTransaction.objects.exists()


def test_what_points_stand_on_is_not_deleted() -> None:
    row = factories.points()
    for thing in (row.category, row.student):
        with pytest.raises(ProtectedError):
            thing.delete()


def test_p9_the_forgotten_keep_points_by_number_and_lose_what_they_showed() -> None:
    student = factories.student(mentor=factories.mentor())
    row = services.ask(
        student=student,
        category=factories.point_category(),
        points=5,
        title="Choir",
        file=ContentFile(b"%PDF-1.4 x", name="me.pdf"),
        actor=student.user,
    )
    from campus.points import personal  # noqa: PLC0415

    assert personal.export(student.user)[0]["file"]
    personal.erase(student.user)
    personal.erase(student.user)
    row.refresh_from_db()
    assert row.state == "rejected"
    assert not PointEvidence.objects.exists()
    note = Notification.objects.get(user=student.mentor.user, type="points.asked")
    assert note.params["student"] == student.number


def test_the_api_asks_decides_and_tells_the_balance(api_as: Any) -> None:
    student = factories.student(mentor=factories.mentor())
    category = factories.point_category()
    client, mentor = api_as(student.user), api_as(student.mentor.user)
    sent = {"category": str(category.pk), "points": 5, "title": "Choir", "note": "Weekly"}
    made = client.post("/api/v1/point-transactions/", sent, format="json")
    assert made.status_code == 201, made.json()
    row = made.json()["data"]
    assert row["state"] == "pending"
    denied = client.post(f"/api/v1/point-transactions/{row['id']}/approve/")
    assert denied.status_code == 403
    done = mentor.post(
        "/api/v1/point-transactions/bulk-decide/",
        {"transactions": [row["id"]], "decision": "approve"},
        format="json",
    )
    assert done.status_code == 200, done.json()
    again = mentor.post(f"/api/v1/point-transactions/{row['id']}/reject/", {}, format="json")
    assert (again.status_code, again.json()["errors"][0]["code"]) == (409, "wrong_state")
    balance = client.get(f"/api/v1/students/{student.pk}/points/").json()["data"]
    assert (balance["total"], balance["categories"][0]["counted"]) == (5, 5)


def test_the_pages_ask_and_decide_without_javascript(sign_in: Any) -> None:
    student = factories.student(mentor=factories.mentor())
    category = factories.point_category(name="Arts <b>")
    page = sign_in(student.user)
    mine = reverse("points:mine")
    wrong = page.post(mine, {"category": str(category.pk), "points": "x", "title": ""})
    assert wrong.status_code == 422
    page.post(
        mine, {"category": str(category.pk), "points": "5", "title": "Choir", "note": "Weekly"}
    )
    row = PointTransaction.objects.get()
    mentor = sign_in(student.mentor.user)
    shown = mentor.get(reverse("points:deciding"))
    assert student.name in shown.content.decode()
    assert "Arts <b>" not in shown.content.decode()
    mentor.post(reverse("points:decide"), {"transaction": [str(row.pk)], "decision": "approve"})
    assert "Choir" in page.get(mine).content.decode()
    row.refresh_from_db()
    assert row.state == "approved"


@pytest.mark.parametrize("count", [1, 30])
def test_the_list_to_decide_asks_as_often_for_one_as_for_many(
    count: int, sign_in: Any, django_assert_num_queries: Any
) -> None:
    mentor = factories.mentor()
    category = factories.point_category()
    for _ in range(count):
        factories.points(student=factories.student(user=None, mentor=mentor), category=category)
    client = sign_in(mentor.user)
    client.get(reverse("points:deciding"))
    with django_assert_num_queries(DECIDING_QUERIES):
        client.get(reverse("points:deciding"))


DECIDING_QUERIES = 9
