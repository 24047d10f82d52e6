"""Who uses the portal, for reports."""

from collections.abc import Sequence
from typing import Any

from django.db.models import Count, Q
from django.utils.translation import gettext_lazy as _

from campus.accounts.models import User
from campus.institutions.scope import within_scope
from campus.people import rules
from portal.reports.registry import Chart, Column, Kind, Period, Report, Row, register
from portal.roles import Role


def activity(user: Any, period: Period) -> Sequence[Row]:
    """The accounts of each role that the admin reaches; one query.

    Seen is who used the portal in the period and not since; who holds two roles counts in both, so
    nothing adds up.
    """
    during = {"__gte": period.begins, "__lt": period.ends}
    seen = Q(**{f"last_seen{how}": when for how, when in during.items()})
    joined = Q(**{f"date_joined{how}": when for how, when in during.items()})
    counts: dict[Any, Any] = {
        row["groups__name"]: row
        for row in User.objects.filter(pk__in=within_scope(User.objects.all(), user).values("pk"))
        .order_by()
        .values("groups__name")
        .annotate(
            accounts=Count("pk"),
            active=Count("pk", filter=Q(is_active=True)),
            seen=Count("pk", filter=seen),
            joined=Count("pk", filter=joined),
        )
    }
    names = ("accounts", "active", "seen", "joined")
    return [
        {
            "role": str(role.label),
            **{name: counts.get(role.value, {}).get(name, 0) for name in names},
        }
        for role in Role
    ]


register(
    Report(
        name="activity",
        title=_("User activity"),
        about=_(
            "How many accounts each role has, which are new and which were used last in the period."
        ),
        permission=rules.REPORT,
        columns=(
            Column("role", _("Role"), Kind.TEXT),
            Column("accounts", _("Accounts")),
            Column("active", _("Active")),
            Column("joined", _("New")),
            Column("seen", _("Last seen")),
            Column("share", _("Share seen"), Kind.PERCENT, share_of=("seen", "active")),
        ),
        read=activity,
        chart=Chart("role", ("active", "seen")),
    )
)
