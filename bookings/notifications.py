"""The sentences of bookings, and the decision that a request carries (B3, N3)."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from campus.notifications.registry import NotificationType, register


def _approve(*, target: str, actor: Any) -> Any:
    from bookings.services import deciding  # noqa: PLC0415 (the services tell by this module)

    return deciding.approve(booking_id=target, actor=actor)


def _reject(*, target: str, actor: Any) -> Any:
    from bookings.services import deciding  # noqa: PLC0415

    return deciding.reject(booking_id=target, actor=actor)


register(
    NotificationType(
        name="bookings.requested",
        label=_("A hall is asked for that is taken"),
        title=_("%(hall)s is asked for: %(purpose)s"),
        body=_(
            "It is taken on %(when)s. Decide which of the two gets it, or where the other goes."
        ),
        email=True,
        actions={"approve": (_("Approve"), _approve), "reject": (_("Reject"), _reject)},
    )
)
register(
    NotificationType(
        name="bookings.lectures_clash",
        label=_("Lectures that have no hall"),
        title=_("Lectures without a hall: %(count)s"),
        body=_("The first is %(lecture)s on %(when)s. In %(hall)s is then: %(why)s."),
        email=True,
    )
)
register(
    NotificationType(
        name="bookings.approved",
        label=_("Your hall was approved"),
        title=_("%(hall)s is yours on %(when)s"),
        body=_("Your request for %(purpose)s was approved."),
        email=True,
    )
)
register(
    NotificationType(
        name="bookings.approved_elsewhere",
        label=_("Your hall was approved, in another place or time"),
        title=_("%(hall)s is yours on %(when)s"),
        body=_("Your request for %(purpose)s was approved in another hall or at another time."),
        email=True,
    )
)
register(
    NotificationType(
        name="bookings.rejected",
        label=_("Your request for a hall was not approved"),
        title=_("No hall for %(purpose)s"),
        body=_("Your request for %(hall)s on %(when)s was not approved. Reason: %(reason)s"),
        email=True,
    )
)
register(
    NotificationType(
        name="bookings.turned_down",
        label=_("The hall went to another request"),
        title=_("%(hall)s went to another request"),
        body=_("Your request for %(purpose)s on %(when)s cannot be fulfilled any more."),
        email=True,
    )
)
register(
    NotificationType(
        name="bookings.cancelled",
        label=_("Your booking was cancelled by the administration"),
        title=_("Your booking of %(hall)s was cancelled"),
        body=_("%(purpose)s on %(when)s has no hall any more. Reason: %(reason)s"),
        email=True,
    )
)
register(
    NotificationType(
        name="bookings.moved",
        label=_("Your booking was moved by the administration"),
        title=_("%(purpose)s was moved to %(hall)s"),
        body=_("It is on %(when)s now."),
        email=True,
    )
)
