"""Writing what a catalog says: in one transaction, in bulk, and only what the source changed."""

from pathlib import Path
from typing import Any

from django.db import transaction

from campus.institutions.models import Institution
from learning.catalog.imports.bulk import chunks
from learning.catalog.imports.courses import CourseWriter
from learning.catalog.imports.held import Held
from learning.catalog.imports.report import ImportReport
from learning.catalog.imports.rooms import settle_rooms
from learning.catalog.imports.rows import Catalog, link_prerequisites, read_catalog
from learning.catalog.imports.sections import SectionWriter
from learning.catalog.lectures import follow
from learning.catalog.models import Course
from portal.audit import record
from portal.pagecache import touch
from portal.pagecache.marks import EVERYTHING


@transaction.atomic
def import_catalog(
    *, path: Path, institution: Institution, actor: Any, year: int | None = None
) -> ImportReport:
    """Take the catalog at ``path`` into ``institution`` (L1), its terms held in ``year`` if given.

    The same file again changes nothing. The source owns what it says as long as it says something
    new: a field is written when the source's value differs from what it said the last time, so an
    editor's correction stays until the source itself changes that field. Whatever the source does
    not speak of (capacity, price, publication, words of pages) is never touched, and nothing is
    deleted: a section that is gone from the file stays.

    The halls' calendars follow what moved, in the background (B4).

    Bad rows are left out and listed. All or nothing otherwise: one transaction, which holds the
    institution's row so that two imports wait for each other. Raises InvalidInput for a file that is
    no catalog.
    """
    Institution.objects.select_for_update(no_key=True).get(pk=institution.pk)
    report = ImportReport()
    catalog = read_catalog(path, year=year, report=report)
    known = Course.objects.filter(institution=institution).values_list("code", flat=True)
    link_prerequisites(catalog, known=set(known))
    settle_rooms(catalog, report)
    held = Held(institution, actor, report)
    _write(catalog, held)
    follow(held.moved, actor=actor)
    if report.changes:
        touch(EVERYTHING)  # rows in bulk send no signals
    return report


def _write(catalog: Catalog, held: Held) -> None:
    """Write everything, what is pointed to first."""
    held.write(catalog)
    CourseWriter(held).write(list(catalog.courses.values()))
    sections = SectionWriter(held)
    for row in catalog.seasons.values():
        season = sections.season(row)
        before = held.report.changes
        for part in chunks(row.sections.values()):
            sections.write(season, part)
        if held.report.changes != before:
            record(
                action="catalog.import",
                instance=season,
                actor=held.actor,
                created=dict(held.report.created),
                changed=dict(held.report.changed),
            )
