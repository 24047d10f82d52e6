"""Reads of institutions."""

from django.conf import settings

from campus.institutions.models import Institution


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
