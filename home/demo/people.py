"""Who can be signed in as, and the students that fill the rosters. All of them are made up."""

import datetime as dt
from dataclasses import dataclass
from itertools import product

from allauth.account.models import EmailAddress
from django.contrib.auth.models import Group

from campus.accounts.models import User
from campus.institutions.models import Department, Institution
from campus.people.models import StaffProfile, Student
from campus.people.services import assign_mentor, create_child
from portal.roles import Role

PASSWORD = "quad-demo-2026"  # noqa: S105 (of a demo that production refuses)

GIVEN_NAMES = ["Amal", "Bilal", "Clara", "Dalia", "Elias", "Fatima", "Grace", "Hassan"]
FAMILY_NAMES = ["Abboud", "Brooks", "Castillo", "Darwish", "Evans", "Farah"]


@dataclass(frozen=True)
class Cast:
    """The people of the demo."""

    admin: User
    teacher: StaffProfile
    student: Student
    second_student: Student
    others: list[Student]
    parent: User
    children: list[Student]


def make_user(email: str, name: str, *roles: Role) -> User:
    """A user of the demo, whose e-mail counts as verified."""
    user = User.objects.create_user(email=email, password=PASSWORD, full_name=name)
    user.groups.set([Group.objects.get_or_create(name=role.value)[0] for role in roles])
    EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
    return user


def make_people(institution: Institution) -> Cast:
    """One account for each role of the journey, and students without an account."""
    admin = make_user("admin@quad.example", "Adam Hakim", Role.ADMIN)
    make_user("editor@quad.example", "Edith Moreau", Role.EDITOR)
    teacher = make_user("teacher@quad.example", "Tala Haddad", Role.TEACHER)
    first = make_user("student@quad.example", "Sami Nasser", Role.STUDENT)
    second = make_user("student2@quad.example", "Nora Lindqvist", Role.STUDENT)
    physics = Department.objects.filter(institution=institution, code="PHYS").first()
    profile = StaffProfile.objects.create(
        institution=institution,
        user=teacher,
        name=teacher.full_name,
        number="DEMO-1",
        department=physics,
        title="Lecturer",
    )
    accounts: list[tuple[str, User | None]] = [(first.full_name, first), (second.full_name, second)]
    accounts += [
        (f"{given} {family}", None) for given, family in product(GIVEN_NAMES, FAMILY_NAMES)
    ]
    students = [
        Student(
            institution=institution,
            user=user,
            name=name,
            number=f"DEMO-{number:03}",
            department=physics,
            admission_year=2024 + number % 3,
            semester=1 + number % 6,
        )
        for number, (name, user) in enumerate(accounts, start=1)
    ]
    Student.objects.bulk_create(students)
    parent, children = make_family(institution)
    make_mentor(institution, [*students[:2], *students[2:6], children[0]])
    return Cast(admin, profile, students[0], students[1], students[2:], parent, children)


def make_family(institution: Institution) -> tuple[User, list[Student]]:
    """A mother and her two children without accounts (P10)."""
    parent = make_user("parent@quad.example", "Maya Haddad", Role.PARENT)
    names = [("Lina Haddad", dt.date(2012, 3, 9)), ("Omar Haddad", dt.date(2015, 8, 1))]
    return parent, [
        create_child(
            guardian=parent,
            actor=parent,
            name=name,
            date_of_birth=born,
            relationship="mother",
            institution=institution,
        )
        for name, born in names
    ]


def make_mentor(institution: Institution, mentees: list[Student]) -> None:
    """A mentor with some mentees, one of them a child."""
    user = make_user("mentor@quad.example", "Miriam Okafor", Role.MENTOR)
    mentor = StaffProfile.objects.create(
        institution=institution,
        user=user,
        name=user.full_name,
        number="DEMO-2",
        title="Student Mentor",
    )
    assign_mentor(students=[student.pk for student in mentees], mentor=mentor, actor=None)
