"""What points hold on a person (P9)."""

from django.db.models import Q

from campus.accounts.models import User
from campus.notifications.models import Notification
from campus.notifications.renaming import forget_name
from campus.people.models import Student
from campus.points import services
from campus.points.models import PointTransaction
from portal import personal


def export(user: User) -> personal.Rows:
    """Their points, with what they showed for them."""
    found = PointTransaction.objects.filter(student__user=user).select_related(
        "category", "evidence"
    )
    rows: personal.Rows = []
    for one in found:
        evidence = getattr(one, "evidence", None)
        rows.append(
            {
                "category": one.category.name,
                "points": one.points,
                "for": one.title,
                "state": str(one.state),
                "asked_at": one.created_at,
                "decided_at": one.decided_at,
                "reason": one.reason,
                "note": evidence.note if evidence else "",
                "file": evidence.file if evidence and evidence.file else None,
            }
        )
    return rows


def erase(user: User) -> None:
    """Points stay with the student's number, as grades do; what was shown for them goes, what waits is
    refused, and what mentors and guardians were told by name is told by number."""
    for student in Student.objects.filter(user=user):
        services.give_up(student=student, actor=None)
        named = Q(params__student=student.name) | Q(params__child=student.name)
        asked = PointTransaction.objects.filter(student=student).values_list("pk", flat=True)
        theirs = Q(action_target__in=[str(pk) for pk in asked])
        theirs |= Q(user__guardianships__student=student)
        told = Notification.objects.filter(named, theirs, type__startswith="points.")
        forget_name(told, student.number)


def register() -> None:
    """Register the app."""
    personal.register("points", export, erase, ["points.PointTransaction"])
