"""Institutions, their parts and administrators: who writes what, and what the database itself refuses."""

import pytest
from django.db import IntegrityError, connection, transaction
from wagtail.models import ModelLogEntry

from campus.accounts import services as accounts
from campus.accounts.models import User
from campus.institutions import services
from campus.institutions.errors import AlreadyAdministrator, OwnRole, StillInUse
from campus.institutions.models import (
    Department,
    Faculty,
    Institution,
    InstitutionAdministrator,
)
from campus.institutions.scope import forget, managed
from campus.people.models import StaffProfile
from campus.people.services import save_student
from learning.catalog import services as catalog
from learning.enrollments import services as enrollments
from learning.enrollments.models import Enrollment, EnrollmentRequest
from portal.errors import InvalidInput, NotAllowed
from portal.roles import Role
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def a() -> Institution:
    return factories.institution(slug="a", name="A")


@pytest.fixture
def b() -> Institution:
    return factories.institution(slug="b", name="B")


@pytest.fixture
def admin(a: Institution) -> User:
    return factories.administrator(a)


def fresh(user: User) -> User:
    return User.objects.get(pk=user.pk)


def test_the_parts_are_written_and_logged(a: Institution, admin: User) -> None:
    faculty = services.write_faculty(
        actor=admin, changes={"institution": a, "code": "SCI", "name": "Sciences"}
    )
    department = services.write_department(
        actor=admin,
        changes={"institution": a, "faculty": faculty, "code": "PHYS", "name": "Physics"},
    )
    services.write_department(actor=admin, changes={"name": "Physik"}, department=department)
    services.write_department(actor=admin, changes={"name": "Physik"}, department=department)
    assert Department.objects.get().name == "Physik"
    log = ModelLogEntry.objects.for_instance(department).order_by("pk")
    assert [entry.action for entry in log] == ["wagtail.create", "wagtail.edit"]
    assert log[1].data["before"] == {"name": "Physics"}
    assert log[1].user_id == admin.pk


def test_another_institutions_parts_are_not_ones_own(
    a: Institution, b: Institution, admin: User
) -> None:
    theirs = factories.department(institution=b)
    ours = factories.department(institution=a)
    for call in (
        lambda: services.write_institution(actor=admin, changes={"name": "X"}, institution=b),
        lambda: services.write_institution(actor=admin, changes={"name": "X", "slug": "x"}),
        lambda: services.write_department(actor=admin, changes={"name": "X"}, department=theirs),
        lambda: services.write_department(actor=admin, changes={"institution": b}, department=ours),
        lambda: services.delete_part(part=theirs, actor=admin),
        lambda: services.delete_part(part=a, actor=admin),
    ):
        with pytest.raises(NotAllowed):
            call()
    assert not Institution.objects.filter(name="X").exists()
    assert not Department.objects.filter(name="X").exists()


def test_a_faculty_is_of_the_departments_institution(a: Institution, b: Institution) -> None:
    faculty = Faculty.objects.create(institution=b, code="F", name="F")
    with pytest.raises(InvalidInput):
        services.write_department(
            actor=None, changes={"institution": a, "faculty": faculty, "code": "D", "name": "D"}
        )
    own = factories.department(institution=a)
    in_b = factories.department(institution=b, faculty=faculty)
    # The database itself: past the services, and from either side.
    for write in (
        lambda: factories.department(institution=a, faculty=faculty),
        lambda: Department.objects.filter(pk=own.pk).update(faculty=faculty),
        lambda: Department.objects.filter(pk=in_b.pk).update(institution=a),
        lambda: Faculty.objects.filter(pk=faculty.pk).update(institution=a),
        lambda: StaffProfile.objects.create(institution=b, department=own, name="X"),
        lambda: factories.student(institution=b, department=own),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            write()
            if connection.vendor == "postgresql":
                connection.check_constraints()
    Department.objects.filter(pk=in_b.pk).update(faculty=None)
    assert in_b.institution == b


def test_what_still_holds_something_is_not_deleted(a: Institution) -> None:
    department = factories.department(institution=a)
    factories.course(institution=a, department=department)
    with pytest.raises(StillInUse):
        services.delete_part(part=department, actor=None)
    assert not ModelLogEntry.objects.filter(action="wagtail.delete").exists()
    empty = factories.department(institution=a)
    services.delete_part(part=empty, actor=None)
    assert not Department.objects.filter(pk=empty.pk).exists()


# --- administrators -----------------------------------------------------------------------------


def test_appointing_gives_the_role_and_dismissing_takes_it_with_the_last_row(
    a: Institution, b: Institution
) -> None:
    chief, user = factories.user(Role.ADMIN), factories.user()
    first = services.appoint_administrator(institution=a, user=user, actor=chief)
    second = services.appoint_administrator(institution=b, user=user, actor=chief)
    assert managed(fresh(user)) == {a.pk, b.pk}
    with pytest.raises(AlreadyAdministrator):
        services.appoint_administrator(institution=a, user=user, actor=chief)
    services.dismiss_administrator(row=first, actor=chief)
    assert managed(fresh(user)) == {b.pk}
    services.dismiss_administrator(row=second, actor=chief)
    # Never the whole portal: that is what an admin without rows would manage.
    assert managed(fresh(user)) == frozenset()
    assert set(ModelLogEntry.objects.values_list("action", flat=True)) >= {
        "institutions.appoint",
        "institutions.dismiss",
    }


def test_nobody_changes_their_own_reach(a: Institution, admin: User) -> None:
    chief = factories.user(Role.ADMIN)
    with pytest.raises(OwnRole):
        services.appoint_administrator(institution=a, user=chief, actor=chief)
    with pytest.raises(OwnRole):
        services.dismiss_administrator(row=admin.administered_institutions.get(), actor=admin)
    assert managed(fresh(chief)) is None


def test_an_admin_of_a_appoints_their_own_people_to_a_alone(
    a: Institution, b: Institution, admin: User
) -> None:
    ours = factories.staff(institution=a, user=factories.user(Role.TEACHER)).user
    theirs = factories.staff(institution=b, user=factories.user(Role.TEACHER)).user
    parent = factories.user(Role.PARENT)
    for place, user in ((b, ours), (a, theirs), (a, parent), (a, factories.user(Role.ADMIN))):
        with pytest.raises(NotAllowed):
            services.appoint_administrator(institution=place, user=user, actor=admin)
    services.appoint_administrator(institution=a, user=ours, actor=admin)
    assert managed(fresh(ours)) == {a.pk}
    assert InstitutionAdministrator.objects.count() == 2


# --- accounts -----------------------------------------------------------------------------------


def test_an_admin_of_a_gives_no_rights_beyond_it(a: Institution, admin: User) -> None:
    user = factories.staff(institution=a, user=factories.user(Role.TEACHER)).user
    for roles in ({Role.ADMIN}, {Role.EDITOR}):
        with pytest.raises(NotAllowed):
            accounts.set_roles(user=user, roles=roles, actor=admin)
    assert fresh(user).roles == {Role.TEACHER}
    accounts.set_roles(user=user, roles={Role.TEACHER, Role.MENTOR}, actor=admin)
    assert fresh(user).roles == {Role.TEACHER, Role.MENTOR}


@pytest.mark.parametrize("who", ["portal admin", "editor", "of both", "elsewhere", "nowhere"])
def test_accounts_that_reach_further_are_out_of_reach(
    who: str, a: Institution, b: Institution, admin: User
) -> None:
    user = factories.user(
        *{"portal admin": [Role.ADMIN], "editor": [Role.EDITOR]}.get(who, [Role.TEACHER])
    )
    if who in {"portal admin", "editor", "of both"}:
        factories.staff(institution=a, user=user)
    if who in {"of both", "elsewhere"}:
        factories.student(institution=b, user=user)
    password = user.password
    for call in (
        lambda: accounts.set_password(user=fresh(user), password="x" * 20, actor=admin),
        lambda: accounts.set_active(user=user, active=False, actor=admin),
        lambda: accounts.set_roles(user=user, roles=set(), actor=admin),
        lambda: accounts.unlock(user=user, actor=admin),
    ):
        with pytest.raises(NotAllowed):
            call()
    assert fresh(user).password == password
    assert fresh(user).is_active
    accounts.set_active(user=user, active=False, actor=factories.user(Role.ADMIN))
    assert not fresh(user).is_active


def test_a_foreign_account_is_not_taken_over_by_binding_it_to_a_student(
    a: Institution, admin: User
) -> None:
    parent = factories.user(Role.PARENT)
    student = factories.student(institution=a, user=None)
    with pytest.raises(NotAllowed):
        save_student(student=student, fields={"user": parent}, actor=admin)
    student.refresh_from_db()
    assert student.user is None


# --- what stands above --------------------------------------------------------------------------


def test_an_admin_of_a_neither_enrolls_nor_decides_in_b(
    a: Institution, b: Institution, admin: User
) -> None:
    ours = factories.student(institution=a)
    theirs = factories.student(institution=b)
    section_of_b = factories.section(course=factories.course(institution=b), needs_approval=True)
    section_of_a = factories.section(course=factories.course(institution=a))
    for student, section in ((ours, section_of_b), (theirs, section_of_a), (theirs, section_of_b)):
        with pytest.raises(NotAllowed):
            enrollments.enroll(student=student, section_id=section.pk, actor=admin)
    assert not Enrollment.objects.exists()
    asked = enrollments.enroll(student=theirs, section_id=section_of_b.pk, actor=theirs.user)
    for call in (
        lambda: enrollments.approve(request_id=asked.pk, actor=admin),
        lambda: enrollments.reject(request_id=asked.pk, actor=admin),
        lambda: enrollments.withdraw(request_id=asked.pk, actor=admin),
        lambda: enrollments.set_capacity(section_id=section_of_b.pk, capacity=1, actor=admin),
    ):
        with pytest.raises(Exception) as refusal:
            call()
        assert refusal.value.status in {403, 404}
    assert EnrollmentRequest.objects.get().state == "pending"
    enrollments.enroll(student=ours, section_id=section_of_a.pk, actor=admin)
    assert Enrollment.objects.get().student == ours


def test_an_admin_of_a_writes_no_course_of_b(a: Institution, b: Institution, admin: User) -> None:
    theirs = factories.course(institution=b)
    ours = factories.course(institution=a)
    season_of_b = factories.season(institution=b)
    with pytest.raises(NotAllowed):
        catalog.update_course(course=theirs, actor=admin, changes={"title": "Taken"})
    with pytest.raises(NotAllowed):
        catalog.update_course(
            course=ours,
            actor=admin,
            changes={"institution": b, "department": theirs.department},
        )
    with pytest.raises(NotAllowed):
        catalog.create_course(
            actor=admin, institution=b, department=theirs.department, code="X 1", title="X"
        )
    with pytest.raises(InvalidInput):
        catalog.create_course(
            actor=admin, institution=a, department=theirs.department, code="X 1", title="X"
        )
    with pytest.raises(NotAllowed):
        catalog.write_module(actor=admin, changes={"course": theirs, "title": "X"})
    with pytest.raises(InvalidInput):
        catalog.copy_course(course=ours, season=season_of_b, source=season_of_b, actor=admin)
    theirs.refresh_from_db()
    assert theirs.title != "Taken"


def test_deciders_are_asked_where_they_decide(a: Institution, b: Institution, admin: User) -> None:
    from campus.notifications.models import Notification  # noqa: PLC0415

    other, chief = factories.administrator(b), factories.user(Role.ADMIN)
    section = factories.section(course=factories.course(institution=a), needs_approval=True)
    student = factories.student(institution=a)
    enrollments.enroll(student=student, section_id=section.pk, actor=student.user)
    asked = set(
        Notification.objects.filter(type="enrollments.requested").values_list("user", flat=True)
    )
    assert {admin.pk, chief.pk} <= asked
    assert other.pk not in asked


def test_what_is_kept_of_the_reach_is_dropped_on_demand(a: Institution, admin: User) -> None:
    assert managed(admin) == {a.pk}
    InstitutionAdministrator.objects.all().delete()
    assert managed(admin) == {a.pk}
    forget(admin)
    assert managed(admin) is None
