"""The order in which the demo data is made: all of it, or none."""

import datetime as dt
from pathlib import Path

from django.db import transaction
from django.utils import timezone

import learning.catalog
from campus.institutions.models import Institution
from home.demo import (
    announcements,
    certificates,
    clubs,
    event_pages,
    pages,
    people,
    points,
    profiles,
    sections,
)
from home.demo.people import PASSWORD
from learning.catalog.imports import import_catalog
from learning.catalog.lectures import BOOK, book_lectures
from learning.catalog.models import Season, Section
from portal.models import OutboxMessage

__all__ = ["PASSWORD", "is_seeded", "seed"]

SLUG = "illinois"
DELIVER = "campus.notifications.tasks.deliver"
CATALOG = Path(learning.catalog.__file__).parent / "data" / "uiuc-course-catalog-2025-summer.csv"


def is_seeded() -> bool:
    """Whether the demo data was made before; what people changed since is theirs to keep."""
    return Institution.objects.filter(slug=SLUG).exists()


def coming_summer(today: dt.date) -> int:
    """The year of the next summer term that can still be enrolled in.

    The bundled catalog is of 2025. Its summer is over, and nobody could enroll in it.
    """
    return today.year if today.month < 5 else today.year + 1


@transaction.atomic
def seed() -> None:
    """Make the demo data, in one transaction: a run that is cut off leaves nothing behind."""
    institution = Institution.objects.create(
        slug=SLUG,
        name="University of Illinois Urbana-Champaign",
        timezone="America/Chicago",
    )
    year = coming_summer(timezone.localdate())
    import_catalog(path=CATALOG, institution=institution, actor=None, year=year)
    season = Season.objects.filter(institution=institution).latest("starts")
    cast = people.make_people(institution)
    sections.set_up_sections(season, cast)
    book_lectures(
        sections=list(Section.objects.filter(season=season).values_list("pk", flat=True)),
        actor=None,
    )
    sections.enroll_students(season, cast)
    points.make_points(institution, cast)
    clubs.make_clubs(institution, cast)
    certificates.make_certificates(institution, cast)
    pages.make_pages()
    event_pages.make_event_pages()
    announcements.make_announcements(institution)
    profiles.make_profiles(institution, cast.teacher)
    keep_quiet()


def keep_quiet() -> None:
    """Nobody gets mail about how the demo was made; what they are told stands in their inbox here."""
    made = [DELIVER, BOOK]  # (its lectures are booked by now)
    OutboxMessage.objects.filter(actor__in=made, done_at=None).update(done_at=timezone.now())
