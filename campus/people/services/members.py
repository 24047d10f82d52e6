"""Where an account belongs: made with the account, by the admin of an institution."""

from typing import Any

from django.db import transaction

from campus.accounts.models import User
from campus.institutions.models import Institution
from campus.institutions.services import appoint_administrator
from campus.people.models import StaffProfile
from campus.people.services.profiles import make_student
from portal import audit
from portal.roles import Role

OF_STAFF = frozenset({Role.TEACHER, Role.MENTOR, Role.ORGANIZER})
BINDING = OF_STAFF | {Role.STUDENT, Role.ADMIN}
"""Roles by which an account belongs to an institution. A parent belongs by their children."""


def join_institution(*, user: User, institution: Institution, roles: set[Role], actor: Any) -> None:
    """Bind an account to ``institution`` as ``roles`` ask: student, staff profile, administrator's row.

    What it has already stays. Does not give the roles; raises what ``appoint_administrator`` raises.
    """
    with transaction.atomic():
        if Role.STUDENT in roles:
            make_student(user=user, institution=institution)
        if roles & OF_STAFF and not StaffProfile.objects.filter(user=user).exists():
            staff = StaffProfile.objects.create(
                institution=institution, user=user, name=user.full_name or str(user)
            )
            audit.record(
                action="people.add_staff",
                instance=staff,
                actor=actor,
                after={"institution": institution.pk, "user": user.pk},
                label=f"#{staff.pk}",
            )
        if Role.ADMIN in roles:
            appoint_administrator(institution=institution, user=user, actor=actor)
