"""What certificates hold on a person (P9), and what stays of it (C6).

When an account is erased, its certificates stay as they were issued, with the name on them: whoever was
shown one must be able to have it verified, and what the database says must be what the paper says. What
goes is the name in what guardians were told of it.
"""

from django.db.models import Q

from campus.accounts.models import User
from campus.certificates.models import Certificate
from campus.notifications.models import Notification
from campus.notifications.renaming import forget_name
from campus.people.models import Student
from portal import personal


def export(user: User) -> personal.Rows:
    """Their certificates, with the PDFs."""
    return [
        {
            "number": one.number,
            "title": one.title,
            "name": one.name,
            "hours": str(one.hours or ""),
            "date": one.date,
            "state": str(one.state),
            "reason": one.why_ended,
            "issued_at": one.issued_at,
            "pdf": one.pdf or None,
        }
        for one in Certificate.objects.of_person(user)
    ]


def erase(user: User) -> None:
    """Certificates stay (C6); guardians were told by number, not by name."""
    for student in Student.objects.filter(user=user):
        told = Notification.objects.filter(
            Q(params__child=student.name),
            user__guardianships__student=student,
            type__startswith="certificates.",
        )
        forget_name(told, student.number)


def register() -> None:
    """Register the app."""
    personal.register("certificates", export, erase, ["certificates.Certificate"])
    personal.keep(
        "who wrote a template loses the name with the account", "certificates.TemplateVersion"
    )
