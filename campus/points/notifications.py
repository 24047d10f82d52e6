"""The sentences of points, and the decision that a request carries (A2, N3)."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from campus.notifications.registry import NotificationType, register
from campus.points import services


def _approve(*, target: str, actor: Any) -> Any:
    return services.decide(transactions=[target], approve=True, actor=actor)


def _reject(*, target: str, actor: Any) -> Any:
    return services.decide(transactions=[target], approve=False, actor=actor)


register(
    NotificationType(
        name="points.asked",
        label=_("Points to approve"),
        title=_("%(points)s points for %(student)s wait for you"),
        body=_("%(category)s: %(title)s"),
        email=True,
        actions={"approve": (_("Approve"), _approve), "reject": (_("Reject"), _reject)},
    )
)
register(
    NotificationType(
        name="points.asked_many",
        label=_("Points of many to approve"),
        title=_("Points of %(count)s mentees wait for you"),
        body=_("%(title)s. You can approve them at once."),
        email=True,
    )
)
register(
    NotificationType(
        name="points.approved",
        label=_("Points approved"),
        title=_("%(points)s points for %(title)s"),
        body=_("They count in %(category)s."),
        child_title=_("%(points)s points for %(child)s: %(title)s"),
        child_body=_("They count in %(category)s."),
    )
)
register(
    NotificationType(
        name="points.rejected",
        label=_("Points not approved"),
        title=_("The points for %(title)s were not approved"),
        body=_("Reason: %(reason)s"),
        child_title=_("The points of %(child)s for %(title)s were not approved"),
        child_body=_("Reason: %(reason)s"),
    )
)
register(
    NotificationType(
        name="points.corrected",
        label=_("Points corrected"),
        title=_("Your points for %(title)s were corrected by %(points)s"),
        body=_("Reason: %(reason)s"),
        child_title=_("The points of %(child)s for %(title)s were corrected by %(points)s"),
        child_body=_("Reason: %(reason)s"),
    )
)
