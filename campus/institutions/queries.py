"""Reads of institutions."""

from django.conf import settings
from django.db.models import Exists, OuterRef, Q, QuerySet

from campus.accounts.models import User
from campus.institutions.models import Institution, InstitutionAdministrator
from portal.roles import Role


def default_institution() -> Institution:
    """The portal's first institution; made, with the site's name, where there is none yet.

    Whoever registers without naming an institution belongs to it.
    """
    first = Institution.objects.order_by("id").first()
    if first is not None:
        return first
    made, _created = Institution.objects.get_or_create(
        slug="main",
        defaults={"name": settings.WAGTAIL_SITE_NAME, "timezone": settings.TIME_ZONE},
    )
    return made


def admins_of(institution_id: int) -> QuerySet[User]:
    """The active admins who manage an institution: its own, those of the whole portal, superusers."""
    rows = InstitutionAdministrator.objects.filter(user_id=OuterRef("pk"))
    here = Exists(rows.filter(institution_id=institution_id))
    admins = Q(groups__name=Role.ADMIN) & (here | ~Exists(rows))
    return User.objects.filter(admins | Q(is_superuser=True), is_active=True).distinct()
