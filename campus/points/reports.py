"""What points add up to, for reports."""

from collections.abc import Sequence
from typing import Any

from django.db.models import Count, Q, Sum
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campus.points import rules
from campus.points.models import PointTransaction, students_decided_by
from portal.reports.registry import Chart, Column, Kind, Period, Report, Row, register


def by_department(user: Any, period: Period) -> Sequence[Row]:
    """Points asked for in the period, by the students' departments; two queries.

    A mentor counts mentees, an admin the students of the institutions.
    """
    students = students_decided_by(user)
    heads = {
        row["department"]: row
        for row in students.order_by()
        .values("department", "department__name", "institution__name")
        .annotate(students=Count("pk"))
    }
    asked = PointTransaction.objects.filter(
        student__in=students.values("pk"),
        created_at__gte=period.begins,
        created_at__lt=period.ends,
    )
    sums: dict[Any, Any] = {
        row["student__department"]: row
        for row in asked.order_by()
        .values("student__department")
        .annotate(
            approved=Sum("points", filter=Q(state=PointTransaction.State.APPROVED), default=0),
            pending=Sum("points", filter=Q(state=PointTransaction.State.PENDING), default=0),
            rejected=Sum("points", filter=Q(state=PointTransaction.State.REJECTED), default=0),
            with_points=Count(
                "student", filter=Q(state=PointTransaction.State.APPROVED), distinct=True
            ),
        )
    }
    nothing = {"approved": 0, "pending": 0, "rejected": 0, "with_points": 0}
    rows = [
        {
            "department": head["department__name"] or _("No department"),
            "institution": head["institution__name"],
            "students": head["students"],
            **{name: sums.get(key, nothing)[name] for name in nothing},
        }
        for key, head in heads.items()
    ]
    return sorted(rows, key=lambda row: (row["institution"], row["department"]))


register(
    Report(
        name="points",
        title=gettext_lazy("Points by department"),
        about=gettext_lazy("Activity points that students asked for or were given."),
        permission=rules.DECIDE,
        columns=(
            Column("department", gettext_lazy("Department"), Kind.TEXT),
            Column("institution", gettext_lazy("Institution"), Kind.TEXT),
            Column("students", gettext_lazy("Students"), adds=True),
            Column("with_points", gettext_lazy("With points"), adds=True),
            Column(
                "share",
                gettext_lazy("Share with points"),
                Kind.PERCENT,
                share_of=("with_points", "students"),
            ),
            Column("approved", gettext_lazy("Points approved"), adds=True),
            Column("pending", gettext_lazy("Points pending"), adds=True),
            Column("rejected", gettext_lazy("Points rejected"), adds=True),
        ),
        read=by_department,
        chart=Chart("department", ("approved", "pending")),
    )
)
