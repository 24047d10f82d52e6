"""P11: students and mentors from files, each admin within their reach."""

from typing import Any

import pytest
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.test.utils import CaptureQueriesContext

from campus.accounts.models import User
from campus.institutions.models import Institution
from campus.people.models import Student
from portal.errors import DomainError
from portal.imports import engine, services
from portal.imports.models import Import
from portal.models import OutboxMessage
from portal.roles import Role
from tests import factories
from tests.portal.imports.bring import applied, brought, csv_bytes

pytestmark = pytest.mark.django_db
HEAD = "number,name,email,department,semester,state"
State = Import.State


@pytest.fixture
def other(institution: Institution) -> Institution:
    return Institution.objects.create(name="Other College", slug="other")


def test_p11_students_are_added_changed_and_left(admin: User, institution: Institution) -> None:
    factories.department(institution=institution, code="ECE")
    known = factories.student(number="S1", name="Known", user=None, semester=1)
    same = factories.student(number="S2", name="Same", user=None, semester=2, batch="kept")
    content = csv_bytes(
        HEAD, "S1,Renamed,,ECE,3,on_leave", "S2,Same,,,2,", "S3,New,n@x.example,ece,1,"
    )
    owner = brought("students", content, admin)
    assert owner.state == State.REFUSED  # codes are written as they stand
    content = content.replace(b"ece", b"ECE")
    owner = brought("students", content, admin)
    assert (owner.rows_create, owner.rows_change, owner.rows_same) == (1, 1, 1)
    applied(owner, admin)
    assert owner.result == {"created": 1, "changed": 1, "invited": 1}
    known.refresh_from_db()
    assert (known.name, known.semester, known.state) == ("Renamed", 3, "on_leave")
    assert known.department is not None
    same.refresh_from_db()
    assert (same.batch, same.department) == ("kept", None)
    new = Student.objects.get(number="S3")
    assert new.user is not None
    assert (new.user.email, new.user.roles) == ("n@x.example", {Role.STUDENT})
    assert OutboxMessage.objects.filter(actor__endswith="send_invitation").count() == 1
    again = brought("students", content, admin)
    assert (again.rows_same, again.rows_create, again.rows_change) == (3, 0, 0)
    applied(again, admin)
    assert again.result == {}


def test_p11_an_account_is_bound_once_and_never_taken_from_another(admin: User) -> None:
    free = factories.user(Role.STUDENT, email="free@x.example")
    held = factories.student(number="S9").user
    content = csv_bytes(
        "number,name,email", "S1,A,free@x.example", f"S2,B,{held.email}", "S9,C,else@x.example"
    )
    owner = brought("students", content, admin)
    assert [(r.number, r.errors[0]["column"]) for r in owner.rows.filter(outcome="wrong")] == [
        (3, "email"),
        (4, "email"),
    ]
    good = brought("students", csv_bytes("number,name,email", "S1,A,free@x.example"), admin)
    applied(good, admin)
    assert Student.objects.get(number="S1").user == free
    assert not OutboxMessage.objects.filter(actor__endswith="send_invitation").exists()


def test_p11_an_admin_of_an_institution_reaches_its_students_alone(
    institution: Institution, other: Institution
) -> None:
    limited = factories.administrator(institution)
    theirs = factories.student(institution=other, number="S1", name="Theirs", user=None)
    content = csv_bytes("number,name,institution", "S1,Taken,other")
    owner = brought("students", content, limited)
    assert owner.rows.get().errors[0]["column"] == "institution"
    # Without a column it is their own institution: another student of the same number.
    applied(brought("students", csv_bytes("number,name", "S1,Ours"), limited), limited)
    assert Student.objects.get(institution=institution, number="S1").name == "Ours"
    theirs.refresh_from_db()
    assert theirs.name == "Theirs"
    # Binding anybody's account would give them a hold on it.
    factories.user(Role.ADMIN, email="boss@x.example")
    owner = brought("students", csv_bytes("number,name,email", "S5,X,boss@x.example"), limited)
    assert owner.rows.get().errors[0]["column"] == "email"
    # Others' imports are not theirs to see, and theirs are the portal's admins'.
    portal = factories.user(Role.ADMIN)
    foreign = brought("students", csv_bytes("number,name,institution", "S7,Y,other"), portal)
    assert foreign not in Import.objects.visible_to(limited)
    assert owner in Import.objects.visible_to(portal)
    with pytest.raises(DomainError):
        brought("students", content, factories.user(Role.TEACHER))


def test_p11_several_institutions_need_a_name(admin: User, other: Institution) -> None:
    owner = brought("students", csv_bytes("number,name", "S1,A"), admin)
    assert owner.rows.get().errors[0]["column"] == "institution"
    good = csv_bytes("number,name,institution", f"S1,A,{other.slug}", "S1,B,nowhere", "S2,C,other")
    owner = brought("students", good, admin)
    assert [row.outcome for row in owner.rows.all()] == ["create", "wrong", "create"]


def test_p11_mentors_are_assigned(
    admin: User, institution: Institution, other: Institution
) -> None:
    mentor = factories.staff(user=factories.user(Role.MENTOR, email="m@x.example"), number="E1")
    teacher = factories.staff(user=factories.user(Role.TEACHER), number="E2")
    elsewhere = factories.staff(user=factories.user(Role.MENTOR), number="E3", institution=other)
    students = [factories.student(number=f"S{n}") for n in range(4)]
    students[2].mentor = mentor
    students[2].save()
    head = "number,mentor,institution"
    slug = institution.slug
    wrong = csv_bytes(
        head,
        f"S0,{teacher.number},{slug}",
        f"S1,{elsewhere.number},{slug}",
        f"S99,E1,{slug}",
    )
    owner = brought("mentees", wrong, admin)
    assert [row.errors[0]["column"] for row in owner.rows.all()] == ["mentor", "mentor", "number"]
    content = csv_bytes(
        head, f"S0,E1,{slug}", f"S1,M@x.example,{slug}", f"S2,-,{slug}", f"S3,-,{slug}"
    )
    owner = brought("mentees", content, admin)
    assert (owner.rows_change, owner.rows_same) == (3, 1)
    applied(owner, admin)
    assert list(Student.objects.order_by("number").values_list("mentor", flat=True)) == [
        mentor.pk,
        mentor.pk,
        None,
        None,
    ]
    again = brought("mentees", content, admin)
    assert (again.rows_change, again.rows_same) == (0, 4)


@pytest.mark.postgres
def test_p11_queries_of_students_do_not_grow_with_rows(admin: User) -> None:
    """For each thousand more, a literal number to check and one to write.

    Progress has no part in it: it is told over a connection of its own. What Django remembers of content
    types is asked for beforehand, else the first of the two counts them and the difference is too small.
    """
    counts = {}
    factories.institution()
    ContentType.objects.get_for_models(User, Student)
    for rows in (1_000, 2_000):
        lines = (f"N{rows}-{n},Name {n},p{rows}-{n}@x.example" for n in range(rows))
        content = csv_bytes("number,name,email", *lines)
        owner = services.upload(kind="students", file=_file(content), name="s.csv", actor=admin)
        with CaptureQueriesContext(connection) as checking:
            engine.check(owner.pk)
        owner.refresh_from_db()
        services.apply(owner=owner, actor=admin)
        with CaptureQueriesContext(connection) as writing:
            engine.apply(owner.pk)
        counts[rows] = (len(checking), len(writing))
    assert counts[2_000][0] - counts[1_000][0] == 3, counts
    assert counts[2_000][1] - counts[1_000][1] == 14, counts


def _file(content: bytes) -> Any:
    import io  # noqa: PLC0415

    return io.BytesIO(content)
