"""Whose people are: students and staff their institution's, accounts those of all they belong to."""

from typing import Any

from django.db.models import Exists, OuterRef, Q

from campus.accounts.models import User
from campus.institutions.models import InstitutionAdministrator
from campus.institutions.scope import register_bond, register_path
from campus.people.models import StaffProfile, Student
from portal.roles import Role


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
        beyond = thing.is_superuser or Role.EDITOR in thing.roles
        if beyond or (Role.ADMIN in thing.roles and not administered):
            return set()
        found: set[Any] = set(administered)
        for model in (Student, StaffProfile):
            profiles = model._default_manager.filter(user=thing)
            found |= set(profiles.values_list("institution_id", flat=True))
        return found


register_path(Student, "institution")
register_path(StaffProfile, "institution")
register_bond(User, OfAccounts())
