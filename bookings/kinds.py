"""What below this room halls are asked for: clubs."""

from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from bookings.subjects import SubjectKind, register
from campus.clubs.models import Club, ClubPermission
from campus.institutions.scope import within_scope


def clubs_of(user: Any) -> "QuerySet[Club]":
    """The clubs for which ``user`` may ask: those whose events they manage, and an admin's."""
    led = Club.objects.where_may(user, ClubPermission.MANAGE_EVENTS)
    reach = within_scope(Club.objects.filter(state=Club.State.ACTIVE), user)
    return Club.objects.filter(Q(pk__in=led.values("pk")) | Q(pk__in=reach.values("pk")))


def register_clubs() -> None:
    """Register it."""
    register(SubjectKind("club", Club, _("Club"), offered=clubs_of))
