"""Rosters on their way out: one table as CSV or XLSX, which comes back as it went (L19)."""

from collections.abc import Iterator, Sequence

from django.http.response import HttpResponseBase

from learning.catalog.models import Season
from learning.rosters.oneroster.export import archive_response
from learning.rosters.queries import seats_of
from portal.tables import csv_stream, xlsx_response

FORMS = ("oneroster", "csv", "xlsx")
HEADER = ("number", "name", "institution", "season", "section", "course", "since")
CHUNK = 2_000


def roster_response(season: Season, form: str) -> HttpResponseBase:
    """The roster of a season to download, in one of ``FORMS``; read and written in pieces."""
    if form == "oneroster":
        return archive_response(season)
    name = f"roster-{season.institution.slug}-{season.code}"
    answer = csv_stream if form == "csv" else xlsx_response
    return answer(name, HEADER, _rows(season))


def _rows(season: Season) -> Iterator[Sequence[str]]:
    place = season.institution.slug
    for one in seats_of(season).iterator(chunk_size=CHUNK):
        yield (
            one.student.number,
            one.student.name,
            place,
            season.code,
            one.section.number,
            one.section.course.code,
            one.since.date().isoformat(),
        )
