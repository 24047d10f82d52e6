"""Whose people are: students and staff their institution's, accounts those of all they belong to."""

from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from campus.accounts.models import User
from campus.institutions.models import InstitutionAdministrator
from campus.institutions.scope import (
    administers,
    choices_within,
    is_limited,
    managed,
    register_bond,
    register_path,
)
from campus.people.models import StaffProfile, Student
from portal.roles import Role

# What a role of these lets one do ends with the institution; an editor's does not, nor another group's.
WITHIN = frozenset(Role) - {Role.EDITOR}


class OfAccounts:
    """An account belongs where its student, its staff profile or an administrator's row says.

    An admin of an institution sees whoever belongs to it in any of these ways, and may change an
    account only if it belongs to nothing else: who reaches further (another institution, the whole
    portal, every page as an editor) would else be taken over by a new password.
    """

    def inside(self, ids: frozenset[int]) -> Q:
        """Accounts that belong to one of ``ids``."""
        found = Q()
        for model in (Student, StaffProfile, InstitutionAdministrator):
            rows = model._default_manager.filter(user_id=OuterRef("pk"), institution__in=ids)
            found |= Q(Exists(rows))
        return found

    def institutions_of(self, thing: User) -> set[int]:
        """All that the account belongs to; none if it reaches beyond institutions."""
        rows = InstitutionAdministrator.objects.filter(user=thing)
        administered = set(rows.values_list("institution_id", flat=True))
        groups = set(
            thing.groups.values_list("name", flat=True)
        )  # asked anew: it decides on takeovers
        beyond = thing.is_superuser or bool(groups - {role.value for role in WITHIN})
        if beyond or (Role.ADMIN.value in groups and not administered):
            return set()
        found: set[Any] = set(administered)
        for model in (Student, StaffProfile):
            profiles = model._default_manager.filter(user=thing)
            found |= set(profiles.values_list("institution_id", flat=True))
        return found


class InstitutionReach:
    """What limits an admin of institutions among accounts (see ``accounts.reach``)."""

    def accounts(self, queryset: "QuerySet[User]", actor: Any) -> "QuerySet[User]":
        """Those that belong to the institutions."""
        return choices_within(queryset, actor)

    def covers(self, actor: Any, user: User) -> bool:
        """Those that belong to nothing else; and oneself."""
        return not is_limited(actor) or actor.pk == user.pk or bool(administers(actor, user))

    def is_limited(self, actor: Any) -> bool:
        """An admin with rows."""
        return is_limited(actor)

    def may_be_admin(self, actor: Any, user: User) -> bool:
        """One who is an administrator there already, and nowhere else."""
        rows = InstitutionAdministrator.objects.filter(user=user)
        administered = set(rows.values_list("institution_id", flat=True))
        return bool(administered) and administered <= (managed(actor) or frozenset())


register_path(Student, "institution")
register_path(StaffProfile, "institution")
register_bond(User, OfAccounts())
