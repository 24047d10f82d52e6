"""How full sections are, for reports."""

from collections.abc import Sequence
from typing import Any

from django.db.models import Count, F, Q, QuerySet, Sum
from django.utils.translation import gettext_lazy as _

from campus.institutions.scope import managed, within
from learning.catalog.models import Section
from learning.enrollments import rules
from learning.enrollments.models import EnrollmentRequest
from portal.reports.registry import Chart, Column, Kind, Period, Report, Row, register


def by_department(user: Any, period: Period) -> Sequence[Row]:
    """The sections whose season touches the period, by department; two queries.

    A teacher counts the sections that they teach, an admin those of the institutions.
    """
    held = _sections_of(user).filter(
        is_cancelled=False, season__starts__lte=period.until, season__ends__gte=period.since
    )
    place = ("course__department", "course__department__name", "course__institution__name")
    heads = (
        held.order_by()
        .values(*place)
        .annotate(
            sections=Count("pk"),
            seats=Sum("capacity", default=0),
            # Of sections with a capacity: what of the seats is taken.
            taken=Sum("seats_taken", filter=Q(capacity__isnull=False), default=0),
            enrolled=Sum("seats_taken", default=0),
            full=Count("pk", filter=Q(seats_taken__gte=F("capacity"))),
        )
        .order_by("course__institution__name", "course__department__name")
    )
    waiting = dict(
        EnrollmentRequest.objects.waiting_for_seat()
        .filter(section__in=held.values("pk"))
        .order_by()
        .values_list("section__course__department")
        .annotate(n=Count("pk"))
    )
    return [
        {
            "department": head["course__department__name"],
            "institution": head["course__institution__name"],
            "waiting": waiting.get(head["course__department"], 0),
            **{name: head[name] for name in ("sections", "seats", "taken", "enrolled", "full")},
        }
        for head in heads
    ]


def _sections_of(user: Any) -> QuerySet[Section]:
    if managed(user) != frozenset():
        return within(Section.objects.all(), user, "course__institution")
    taught = Section.instructors.through.objects.filter(staffprofile__user_id=user.pk)
    return Section.objects.filter(pk__in=taught.values("section_id"))


register(
    Report(
        name="enrollments",
        title=_("Enrollments by department"),
        about=_("How many of the seats of sections are taken, and who waits."),
        permission=rules.ROSTER,
        columns=(
            Column("department", _("Department"), Kind.TEXT),
            Column("institution", _("Institution"), Kind.TEXT),
            Column("sections", _("Sections"), adds=True),
            Column("full", _("Full sections"), adds=True),
            Column("seats", _("Seats"), adds=True),
            Column("taken", _("Seats taken"), adds=True),
            Column("fill", _("Filled"), Kind.PERCENT, share_of=("taken", "seats")),
            Column("enrolled", _("Enrolled"), adds=True),
            Column("waiting", _("Waiting"), adds=True),
        ),
        read=by_department,
        chart=Chart("department", ("enrolled", "waiting")),
    )
)
