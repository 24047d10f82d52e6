"""What this app holds on a person (P9): the student, the member of staff, the guardian."""

from typing import Any

from django.db import transaction

from campus.accounts.models import User
from campus.people.models import (
    Guardianship,
    StaffPage,
    StaffProfile,
    Student,
    StudentInvitation,
)
from campus.people.sources import erased_key
from portal import log_keys, personal

NOBODY = "–"


def export_student(user: User) -> personal.Rows:
    """The student whose account it is."""
    return [
        {
            "institution": one.institution.name,
            "number": one.number,
            "name": one.name,
            "department": one.department.name if one.department else "",
            "program": one.program,
            "mentor": one.mentor.name if one.mentor else "",
            "date_of_birth": one.date_of_birth,
            "guardians_may_see": one.guardians_may_see,
            "semester": one.semester,
            "batch": one.batch,
            "admission_year": one.admission_year,
            "state": str(one.state),
        }
        for one in Student.objects.filter(user=user).select_related(
            "institution", "department", "mentor"
        )
    ]


def export_staff(user: User) -> personal.Rows:
    """The member of staff whose account it is."""
    return [
        {
            "institution": one.institution.name,
            "number": one.number,
            "name": one.name,
            "department": one.department.name if one.department else "",
            "title": one.title,
            "qualifications": one.qualifications,
            "is_listed": one.is_listed,
            "left_on": one.left_on,
            "public_email": one.public_email or "",
            "public_phone": str(one.public_phone or ""),
            "office": one.office or "",
            "pages": [
                {
                    "language": page.locale.language_code,
                    "summary": page.summary,
                    "text": str(page.body),
                }
                for page in StaffPage.objects.filter(staff=one).select_related("locale")
            ],
        }
        for one in StaffProfile.objects.filter(user=user).select_related(
            "institution", "department"
        )
    ]


def export_guardians(user: User) -> personal.Rows:
    """Whom the person cares for; of who cares for them, the kind and not who: that is another's data."""
    children = Guardianship.objects.filter(guardian=user).select_related("student")
    guardians = Guardianship.objects.filter(student__user=user)
    invited = StudentInvitation.objects.filter(student__user=user)
    return [
        *(
            {"kind": "child", "relationship": str(one.relationship), "student": one.student.name}
            for one in children
        ),
        *({"kind": "guardian", "relationship": str(one.relationship)} for one in guardians),
        *(
            {"kind": "invitation", "purpose": str(one.purpose), "sent_to": one.sent_to}
            for one in invited
        ),
    ]


def erase_student(user: User) -> None:
    """The student stays for grades and payments, by number alone; nobody sees them as a guardian."""
    with transaction.atomic():
        for one in Student.objects.select_for_update(of=("self",)).filter(user=user):
            Guardianship.objects.filter(student=one).delete()
            StudentInvitation.objects.filter(student=one).delete()
            one.user, one.name, one.date_of_birth, one.mentor = None, one.number, None, None
            one.guardians_may_see = False
            if one.state != Student.State.GRADUATED:
                one.state = Student.State.LEFT
            one.save()
            log_keys.forget(one)


def erase_staff(user: User) -> None:
    """The member of staff stays for what they taught, by number alone; their public pages go.

    A catalog that names them again finds the nameless profile (``sources``).
    """
    with transaction.atomic():
        for one in StaffProfile.objects.select_for_update(of=("self",)).filter(user=user):
            one.mentees.update(mentor=None)
            for page in StaffPage.objects.filter(staff=one):
                page.delete()
            one.user, one.name = None, one.number or NOBODY
            one.source_key = erased_key(one.source_key) if one.source_key else None
            one.title = one.qualifications = ""
            one.public_email = one.public_phone = one.office = None
            one.is_listed = False
            one.save()
            log_keys.forget(one)


def erase_guardian(user: User) -> None:
    """The person cares for nobody any more; the children stay with their institution, and with the next
    of their guardians as the primary one."""
    with transaction.atomic():
        mine = Guardianship.objects.filter(guardian=user)
        left = list(mine.filter(is_primary=True).values_list("student_id", flat=True))
        mine.delete()
        for student_id in left:
            heir = Guardianship.objects.filter(student_id=student_id).order_by("pk").first()
            if heir is not None:
                Guardianship.objects.filter(pk=heir.pk).update(is_primary=True)


def register() -> None:
    """Register the three."""
    holders: list[tuple[str, Any, Any, list[str]]] = [
        ("student", export_student, erase_student, ["people.Student"]),
        ("staff", export_staff, erase_staff, ["people.StaffProfile", "people.StaffPage"]),
        (
            "guardians",
            export_guardians,
            erase_guardian,
            ["people.Guardianship", "people.StudentInvitation"],
        ),
    ]
    for name, export, erase, covers in holders:
        personal.register(name, export, erase, covers, order=personal.LATE - 10)
