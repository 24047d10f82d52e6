"""P10: a parent's children, who cares for whom, and that another family's child does not exist."""

import datetime as dt

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone
from wagtail.models import ModelLogEntry

from campus.people import errors, services
from campus.people.models import Guardianship, Student, last_birthday_of_age
from portal.errors import InvalidInput, NotAllowed
from portal.roles import Role
from tests import factories

pytestmark = pytest.mark.django_db
BORN = dt.date(2015, 5, 5)


def years_ago(years: int, days: int = 0) -> dt.date:
    today = timezone.localdate()
    day = today.replace(year=today.year - years, day=min(today.day, 28))
    return day + dt.timedelta(days=days)


def child_of(parent, **fields):
    fields = {"name": "Lina", "date_of_birth": BORN, **fields}
    return services.create_child(guardian=parent, actor=parent, relationship="mother", **fields)


def test_p10_a_parent_makes_a_child_with_a_number_and_is_its_primary_guardian():
    parent = factories.parent()
    child = child_of(parent, name="  Lina   Haddad ")
    assert (child.name, child.user, child.date_of_birth) == ("Lina Haddad", None, BORN)
    assert child.number.startswith("S")
    [link] = child.guardianships.all()
    assert (link.guardian, link.relationship, link.is_primary) == (parent, "mother", True)
    log = ModelLogEntry.objects.filter(action__startswith="people.").order_by("pk")
    assert [entry.action for entry in log] == ["people.create_child", "people.add_guardian"]
    assert {entry.user_id for entry in log} == {parent.pk}
    assert "Lina" not in "".join(entry.label + str(entry.data) for entry in log)


@pytest.mark.parametrize("role", [Role.STUDENT, Role.TEACHER, Role.MENTOR, Role.ORGANIZER])
def test_p10_only_parents_have_children(role):
    person = factories.user(role)
    with pytest.raises(NotAllowed):
        child_of(person)
    with pytest.raises(NotAllowed):
        services.create_child(
            guardian=factories.parent(), actor=person, name="Lina", date_of_birth=BORN
        )
    assert not Student.objects.exists()


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"name": "  "}, "name"),
        ({"name": "x" * 201}, "name"),
        ({"date_of_birth": None}, "date_of_birth"),
        ({"date_of_birth": timezone.localdate() + dt.timedelta(days=2)}, "date_of_birth"),
        ({"relationship": "king"}, "relationship"),
        ({"number": "S1"}, "number"),
        ({"state": "graduated"}, "state"),
    ],
)
def test_p10_what_is_wrong_names_its_field_and_makes_nothing(wrong, field):
    parent = factories.parent()
    with pytest.raises(InvalidInput) as refusal:
        services.create_child(
            **{
                "guardian": parent,
                "actor": parent,
                "name": "Lina",
                "date_of_birth": BORN,
                **wrong,
            }
        )
    assert refusal.value.param == field
    assert not Student.objects.exists()
    assert not ModelLogEntry.objects.exists()


def test_p10_an_account_has_a_bounded_number_of_children(monkeypatch):
    monkeypatch.setattr("campus.people.services.children.MOST_CHILDREN", 2)
    parent = factories.parent()
    child_of(parent)
    child_of(parent, name="Omar")
    with pytest.raises(errors.TooManyChildren):
        child_of(parent, name="Third")
    assert Student.objects.count() == 2


def test_p10_a_parent_corrects_a_child_and_another_family_meets_nothing():
    child = factories.student(user=None)
    parent, stranger = factories.parent(child), factories.parent(factories.student(user=None))
    services.edit_child(student=child, changes={"name": "Lina", "semester": 2}, actor=parent)
    child.refresh_from_db()
    assert (child.name, child.semester) == ("Lina", 2)
    [entry] = ModelLogEntry.objects.filter(action="people.change_student")
    assert (entry.user_id, entry.data["after"]["semester"]) == (parent.pk, 2)
    with pytest.raises(errors.StudentNotFound):
        services.edit_child(student=child, changes={"name": "Mine"}, actor=stranger)
    with pytest.raises(InvalidInput):
        services.edit_child(student=child, changes={"state": "left"}, actor=parent)
    child.refresh_from_db()
    assert (child.name, child.state) == ("Lina", "active")


def test_p10_a_child_with_an_account_corrects_its_own_profile():
    child = factories.student()
    parent = factories.parent(child)
    with pytest.raises(errors.HasOwnAccount):
        services.edit_child(student=child, changes={"name": "Other"}, actor=parent)


def test_p10_whom_one_sees():
    own, child, mentee = factories.student(), factories.student(user=None), factories.student()
    factories.student()
    parent = factories.parent(child)
    mentor = factories.mentor()
    Student.objects.filter(pk=mentee.pk).update(mentor=mentor)
    admin = factories.user(Role.ADMIN)
    seen = {
        who: set(Student.objects.visible_to(user).values_list("pk", flat=True))
        for who, user in {
            "student": own.user,
            "parent": parent,
            "mentor": mentor.user,
            "editor": factories.user(Role.EDITOR),
        }.items()
    }
    assert seen == {
        "student": {own.pk},
        "parent": {child.pk},
        "mentor": {mentee.pk},
        "editor": set(),
    }
    assert Student.objects.visible_to(admin).count() == 4


def test_p10_without_the_role_a_guardianship_opens_nothing():
    child = factories.student(user=None)
    former = factories.user(Role.TEACHER)
    factories.guardianship(student=child, guardian=former)
    assert not Student.objects.visible_to(former).exists()
    assert not former.has_perm("people.edit_child", child)


def test_p10_an_admin_of_an_institution_sees_its_students_alone(institution):
    other = factories.institution(slug="other", name="Other")
    here, there = factories.student(user=None), factories.student(user=None, institution=other)
    admin = factories.administrator(institution)
    assert list(Student.objects.visible_to(admin)) == [here]
    guardian = factories.user()
    with pytest.raises(errors.StudentNotFound):
        services.add_guardian(student=there, guardian=guardian, actor=admin)
    services.add_guardian(student=here, guardian=guardian, actor=admin)
    assert not there.guardianships.exists()


# --- of age ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("account", "born", "choice", "opened"),
    [
        (False, years_ago(30), False, True),  # nobody else cares for who has no account
        (True, years_ago(12), False, True),
        (True, years_ago(18, days=2), False, True),
        (True, years_ago(18, days=-2), False, False),
        (True, years_ago(18, days=-2), True, True),
        (True, None, False, True),
    ],
)
def test_p10_guardians_see_a_student_until_of_age_then_by_the_students_choice(
    account, born, choice, opened
):
    child = factories.student(
        date_of_birth=born, guardians_may_see=choice, **({} if account else {"user": None})
    )
    parent = factories.parent(child)
    assert Student.objects.visible_to(parent).exists() is opened
    assert parent.has_perm("people.edit_child", child) is opened
    assert child.is_open_to_guardians is opened


def test_p10_the_birthday_of_the_account_counts_where_none_was_recorded():
    child = factories.student()
    parent = factories.parent(child)
    child.user.date_of_birth = years_ago(20)
    child.user.save()
    assert not Student.objects.cared_for_by(parent).exists()
    Student.objects.filter(pk=child.pk).update(date_of_birth=years_ago(10))
    assert Student.objects.cared_for_by(parent).exists()  # no child grows up by typing so


def test_p10_of_age_is_counted_by_birthdays(settings):
    settings.GUARDIAN_AGE_LIMIT = 18
    assert last_birthday_of_age(dt.date(2026, 11, 21)) == dt.date(2008, 11, 21)
    assert last_birthday_of_age(dt.date(2028, 2, 29)) == dt.date(2010, 2, 28)


def test_p10_the_choice_is_the_students():
    child = factories.student(date_of_birth=years_ago(20))
    parent = factories.parent(child)
    with pytest.raises(NotAllowed):
        services.set_guardians_may_see(student=child, value=True, actor=parent)
    services.set_guardians_may_see(student=child, value=True, actor=child.user)
    assert Student.objects.cared_for_by(parent).exists()
    services.set_guardians_may_see(student=child, value=False, actor=child.user)
    assert not Student.objects.cared_for_by(parent).exists()
    assert ModelLogEntry.objects.filter(user=child.user).count() == 2


# --- guardians ---------------------------------------------------------------------------------


def test_one_primary_guardian_is_the_databases_rule():
    child = factories.student(user=None)
    factories.parent(child)
    with pytest.raises(IntegrityError), transaction.atomic():
        factories.guardianship(student=child, is_primary=True)
    with pytest.raises(IntegrityError), transaction.atomic():
        factories.guardianship(student=child, guardian=child.guardianships.get().guardian)


def test_an_admin_adds_guardians_and_the_primary_one_passes_on():
    child, admin = factories.student(user=None), factories.user(Role.ADMIN)
    first, second = factories.user(), factories.user(Role.TEACHER)
    a = services.add_guardian(student=child, guardian=first, actor=admin)
    b = services.add_guardian(student=child, guardian=second, relationship="father", actor=admin)
    assert (a.is_primary, b.is_primary) == (True, False)
    assert factories.User.objects.get(pk=second.pk).roles == {Role.TEACHER, Role.PARENT}
    services.change_guardianship(guardianship_id=b.pk, is_primary=True, actor=admin)
    assert list(child.guardianships.filter(is_primary=True)) == [b]
    services.remove_guardian(guardianship_id=b.pk, actor=admin)
    assert list(child.guardianships.filter(is_primary=True)) == [a]
    actions = set(ModelLogEntry.objects.values_list("action", flat=True))
    assert actions >= {"people.add_guardian", "people.change_guardian", "people.remove_guardian"}


def test_a_guardian_is_added_once_and_is_never_the_student():
    child, admin = factories.student(), factories.user(Role.ADMIN)
    parent = factories.parent(child)
    with pytest.raises(errors.AlreadyGuardian):
        services.add_guardian(student=child, guardian=parent, actor=admin)
    with pytest.raises(errors.OwnGuardian):
        services.add_guardian(student=child, guardian=child.user, actor=admin)
    assert child.guardianships.count() == 1


def test_a_guardian_leaves_but_not_a_child_alone():
    child = factories.student(user=None)
    one, two = factories.parent(child), factories.parent(child)
    stranger = factories.parent()
    mine = Guardianship.objects.get(guardian=one)
    for nobody in (two, stranger):  # not another guardian's to end
        with pytest.raises(errors.GuardianshipNotFound):
            services.remove_guardian(guardianship_id=mine.pk, actor=nobody)
    services.remove_guardian(guardianship_id=mine.pk, actor=one)
    last = Guardianship.objects.get(guardian=two)
    assert last.is_primary
    with pytest.raises(errors.LastGuardian):
        services.remove_guardian(guardianship_id=last.pk, actor=two)
    assert child.guardianships.count() == 1
