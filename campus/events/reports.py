"""What became of events, for reports."""

from collections.abc import Sequence
from typing import Any

from django.db.models import Count, F, IntegerField, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from campus.events import rules
from campus.events.models import Attendance, EventRegistration
from campus.events.queries import organized
from portal.reports.registry import Chart, Column, Kind, Period, Report, Row, register

State = EventRegistration.State


def _counted(rows: QuerySet[Any], **which: Q | None) -> dict[str, Coalesce]:
    """Numbers of ``rows`` of an event, each counted by itself so that no join multiplies another."""

    def number(held: Q | None, what: str) -> Coalesce:
        found = rows.filter(event=OuterRef("pk")).order_by().values("event")
        found = found.filter(held) if held is not None else found
        counted = found.annotate(n=Count(what, distinct=True)).values("n")
        return Coalesce(Subquery(counted, output_field=IntegerField()), 0)

    what = "registration" if rows.model is Attendance else "pk"
    return {name: number(held, what) for name, held in which.items()}


def statistics(user: Any, period: Period) -> Sequence[Row]:
    """The events of the period that became public, with how many came; one query.

    An organizer counts the events they write or keep the door of, an admin those of the institutions.
    """
    held: Any = organized(user).within_period(period.begins, period.ends)
    found: Any = (
        held.filter(scheduled_at__isnull=False)
        .annotate(
            **_counted(
                EventRegistration.objects.all(),
                waiting=Q(state=State.WAITING),
                cancelled=Q(state=State.CANCELLED),
            ),
            **_counted(Attendance.objects.present(), attended=None),
            certificates=Coalesce(F("completion__certificates"), 0),
            points_proposed=Coalesce(F("completion__points"), 0),
        )
        .select_related("club")
        .order_by("starts", "id")
    )
    return [
        {
            "event": event.title,
            "club": event.club.name,
            "starts": event.starts,
            "state": str(event.get_state_display()),
            "capacity": event.capacity,
            "registered": event.seats_taken,
            "waiting": event.waiting,
            "cancelled": event.cancelled,
            "attended": event.attended,
            "certificates": event.certificates,
            "points": event.points_proposed,
        }
        for event in found
    ]


register(
    Report(
        name="events",
        title=_("Events"),
        about=_("Who registered for the events of a period, and who came."),
        permission=rules.REPORT,
        columns=(
            Column("event", _("Event"), Kind.TEXT),
            Column("club", _("Club"), Kind.TEXT),
            Column("starts", _("Starts"), Kind.MOMENT),
            Column("state", _("State"), Kind.TEXT),
            Column("capacity", _("Capacity"), adds=True),
            Column("registered", pgettext_lazy("at an event", "Registered"), adds=True),
            Column("fill", _("Filled"), Kind.PERCENT, share_of=("registered", "capacity")),
            Column("waiting", _("Waiting"), adds=True),
            Column("cancelled", _("Cancelled"), adds=True),
            Column("attended", _("Attended"), adds=True),
            Column("came", _("Came"), Kind.PERCENT, share_of=("attended", "registered")),
            Column("certificates", _("Certificates"), adds=True),
            Column("points", _("Points proposed"), adds=True),
        ),
        read=statistics,
        chart=Chart("event", ("registered", "attended")),
    )
)
