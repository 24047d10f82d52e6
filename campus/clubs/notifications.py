"""The sentences of clubs, and the action that a request to join carries (N3)."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from campus.clubs import services
from campus.notifications.registry import NotificationType, register


def _take(*, target: str, actor: Any) -> Any:
    return services.accept(member_id=target, actor=actor)


def _refuse(*, target: str, actor: Any) -> Any:
    return services.refuse(member_id=target, actor=actor)


register(
    NotificationType(
        name="clubs.asked",
        label=_("Somebody asks to join a club"),
        title=_("%(person)s asks to join %(club)s"),
        body=_("You decide who is a member of the club."),
        actions={"accept": (_("Accept"), _take), "refuse": (_("Refuse"), _refuse)},
    )
)
register(
    NotificationType(
        name="clubs.accepted",
        label=_("Member of a club"),
        title=_("You are a member of %(club)s"),
        body=_("Its events are on its page."),
    )
)
register(
    NotificationType(
        name="clubs.refused",
        label=_("Not taken into a club"),
        title=_("%(club)s did not take your request"),
        body=_("Ask its organizers if you want to know why."),
    )
)
register(
    NotificationType(
        name="clubs.removed",
        label=_("Taken out of a club"),
        title=_("You are no longer a member of %(club)s"),
    )
)
register(
    NotificationType(
        name="clubs.role_given",
        label=_("An office in a club"),
        title=_("You are %(role)s of %(club)s"),
        body=_("What you may do there stands under your clubs' events."),
        email=True,
    )
)
