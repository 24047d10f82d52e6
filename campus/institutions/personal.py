"""What this app holds on a person (P9): which institutions they administer."""

from campus.accounts.models import User
from campus.institutions.models import InstitutionAdministrator
from portal import personal


def export(user: User) -> personal.Rows:
    """The institutions."""
    rows = InstitutionAdministrator.objects.filter(user=user).select_related("institution")
    return [{"institution": row.institution.name} for row in rows]


def erase(user: User) -> None:
    """None any more."""
    InstitutionAdministrator.objects.filter(user=user).delete()


def register() -> None:
    """Register it."""
    personal.register("administration", export, erase, ["institutions.InstitutionAdministrator"])
