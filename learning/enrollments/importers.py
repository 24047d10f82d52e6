"""What this app takes from files: who is in which section (L19)."""

import uuid
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Any

from django.db import connection
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campus.institutions.models import Institution
from campus.institutions.scope import manages_portal, within
from campus.people.models import Student
from learning.catalog.models import Section
from learning.enrollments import bulk, rules
from learning.enrollments.models import Enrollment
from learning.enrollments.seating import Seat, Seating
from portal.imports.models import ImportRow
from portal.imports.registry import Column, Importer, Row, Run, Table, register, text

PART = 1_000
ACTIVE = str(Enrollment.State.ACTIVE)


def section_key(section: Section) -> str:
    """How the rows of an import name a section: institution, season, registration number."""
    season = section.season
    return f"{season.institution.slug}/{season.code}/{section.number}"


def student_key(place: Institution, number: str) -> str:
    """How the rows of an import name a student: institution and student number."""
    return f"{place.slug}/{number}"


class SeatsImporter(Importer):
    """What files that give seats have in common: whom they reach, what they lock, how rows are judged."""

    permission = rules.IMPORT

    def oversees(self, user: Any) -> bool:
        """An admin of the whole portal sees what all brought."""
        return manages_portal(user)

    def start(self, run: Run) -> None:
        """The institutions within reach; where the pass writes, all locks, in the one order that there is."""
        places = within(Institution.objects.all(), run.actor, "pk")
        run.facts["places"] = {place.slug: place for place in places}
        run.facts["seating"] = Seating()
        if run.locks and connection.features.has_select_for_update:
            self._lock(run)

    def _lock(self, run: Run) -> None:
        """Sections, then students, as the preview named them (``section``, ``student`` in ``after``); what
        the file itself makes needs no lock."""
        rows = ImportRow.objects.filter(
            owner_id=run.import_id,
            outcome__in=[ImportRow.Outcome.CREATE, ImportRow.Outcome.CHANGE],
        ).order_by()
        places = {slug: place.pk for slug, place in run.facts["places"].items()}
        sections: set[int] = set()
        keys = rows.values_list("after__section", flat=True).distinct().iterator()
        for part in _parts(key for key in keys if key):
            split = [key.split("/", 2) for key in part]
            known = Section.objects.filter(
                season__institution__in=places.values(),
                season__code__in={season for _slug, season, _number in split},
                number__in={number for _slug, _season, number in split},
            ).select_related("season__institution")
            wanted = set(part)
            sections |= {one.pk for one in known if section_key(one) in wanted}
        students: set[uuid.UUID] = set()
        keys = rows.values_list("after__student", flat=True).distinct().iterator()
        for part in _parts(key for key in keys if key):
            pairs = {tuple(key.split("/", 1)) for key in part}
            found = Student.objects.filter(
                institution__in=places.values(), number__in={number for _slug, number in pairs}
            ).values_list("pk", "institution__slug", "number")
            students |= {pk for pk, slug, number in found if (slug, number) in pairs}
        bulk.lock(sections=sections, students=students)

    def judge(self, found: Sequence[tuple[Row, Student, Section]], run: Run) -> None:
        """What each row does to a student and a section: 7 queries at most. ``row.target`` is the seat."""
        seating: Seating = run.facts["seating"]
        seats = seating.read([(student, section) for _row, student, section in found])
        for (row, student, section), seat in zip(found, seats, strict=True):
            row.target = seat
            if seat.held:
                row.outcome = "same"
                continue
            refusal = seating.refuse(seat)
            if refusal is not None:
                which, sentence = refusal
                row.wrong(self.column_of(which), sentence)
                continue
            row.outcome = "create" if seat.enrollment is None else "change"
            row.before = {} if seat.enrollment is None else {"state": str(seat.enrollment.state)}
            row.after = {
                "student": student_key(student.institution, student.number),
                "section": section_key(section),
                "state": ACTIVE,
            }

    def column_of(self, which: str) -> str:
        """The column at which it is told that a student or a section cannot be taken."""
        raise NotImplementedError

    def seat(self, rows: Sequence[Row], run: Run) -> None:
        """Give the seats; who comes back on the row there was counts as changed."""
        seats: list[Seat] = [row.target for row in rows]
        bulk.enroll_many(seats, actor=run.actor)
        back = sum(row.outcome == "change" for row in rows)
        run.count("enrolled", len(rows) - back)
        run.count("enrolled_again", back)


def _parts(keys: Iterable[str]) -> Iterable[list[str]]:
    keys = iter(keys)
    while part := list(islice(keys, PART)):
        yield part


NUMBER = Column(
    "number",
    gettext_lazy("Student number"),
    example="S2026-00042",
    required=True,
    parse=text(40),
    aliases=("usn", "student number", "student"),
)
SECTION = Column(
    "section",
    gettext_lazy("Registration number of the section"),
    example="31152",
    required=True,
    parse=text(20),
    aliases=("registration number", "crn"),
)
SEASON = Column(
    "season",
    gettext_lazy("Season"),
    gettext_lazy("Its code. Needed only where several active seasons have such a section."),
    "fall-2026",
    parse=text(20),
)
INSTITUTION = Column(
    "institution",
    gettext_lazy("Institution"),
    gettext_lazy("The short name in its address. Needed only where you manage several."),
    "main",
    parse=text(50),
)
COURSE = Column(
    "course",
    gettext_lazy("Course"),
    gettext_lazy("Its code. Where it is given, it must be that of the section."),
    "AAS 201",
    parse=text(40),
)
READ_ONLY = gettext_lazy("For reading only; nothing is stored from it.")


class EnrollmentsImporter(SeatsImporter):
    """One student and one section in each row. What a file does not name stays as it is."""

    kind = "enrollments"
    label = gettext_lazy("Enrollments")
    help = gettext_lazy(
        "Students and the sections they take. The same rules hold as at the desk: seats, prerequisites, "
        "hours and the window for enrollment; approval is given by bringing the file. Nobody is taken out."
    )
    icon = "clipboard-list"
    tables = (
        Table(
            (
                NUMBER,
                SECTION,
                SEASON,
                INSTITUTION,
                COURSE,
                Column("name", gettext_lazy("Name"), READ_ONLY, "Omar Haddad"),
                Column("since", gettext_lazy("Since"), READ_ONLY, "2026-09-01"),
            )
        ),
    )

    def column_of(self, which: str) -> str:
        """The number's, or the section's."""
        return "number" if which == "student" else "section"

    def check(self, table: str, rows: Sequence[Row], run: Run) -> None:
        """Find each row's institution within reach."""
        places: dict[str, Institution] = run.facts["places"]
        only = next(iter(places.values())) if len(places) == 1 else None
        for row in rows:
            named = row.values.get("institution")
            place = only if named is None else places.get(named)
            if place is not None:
                row.values["place"] = place
            elif named is None:
                row.wrong("institution", _("Say which institution."))
            else:
                row.wrong("institution", _("You manage no such institution."))

    def plan(self, table: str, rows: Sequence[Row], run: Run) -> None:
        """Who gets a seat: 9 queries at most."""
        students, sections = _students(rows), _sections(rows)
        twice: dict[tuple[Any, int], int] = run.facts.setdefault("twice", {})
        found = []
        for row in rows:
            values = row.values
            row.label = f"{values['number']} · {values['section']}"
            student = students.get((values["place"].pk, values["number"]))
            section = self._section(row, sections)
            if student is None:
                row.wrong("number", _("There is no such student."))
            if student is None or section is None:
                continue
            first = twice.setdefault((student.pk, section.pk), row.number)
            if first != row.number:
                row.wrong("number", _("This stands in line %(line)d too.") % {"line": first})
                continue
            found.append((row, student, section))
        self.judge(found, run)

    def _section(self, row: Row, sections: dict[tuple[int, str], list[Section]]) -> Section | None:
        """The one section that a row names; else what is wrong is said."""
        values = row.values
        known = sections.get((values["place"].pk, values["section"]), [])
        if "season" in values:
            known = [one for one in known if one.season.code == values["season"]]
        else:
            known = [one for one in known if one.season.is_active]
        if not known:
            row.wrong("section", _("There is no such section."))
        elif len(known) > 1:
            codes = ", ".join(sorted(one.season.code for one in known))
            row.wrong("season", _("Say which season: %(codes)s.") % {"codes": codes})
        elif values.get("course", known[0].course.code) != known[0].course.code:
            told = _("The section is one of %(code)s.") % {"code": known[0].course.code}
            row.wrong("course", told)
        else:
            return known[0]
        return None

    def apply(self, table: str, rows: Sequence[Row], run: Run) -> None:
        """Enroll."""
        self.seat(rows, run)


def _students(rows: Sequence[Row]) -> dict[tuple[int, str], Student]:
    found = Student.objects.filter(
        institution__in={row.values["place"].pk for row in rows},
        number__in={row.values["number"] for row in rows},
    ).select_related("institution")
    return {(one.institution_id, one.number): one for one in found}


def _sections(rows: Sequence[Row]) -> dict[tuple[int, str], list[Section]]:
    """By institution and number; of all seasons, since a file may name one that is over."""
    wanted = Q(season__is_active=True)
    seasons = {row.values["season"] for row in rows if "season" in row.values}
    if seasons:
        wanted |= Q(season__code__in=seasons)
    rows_found = Section.objects.filter(
        wanted,
        season__institution__in={row.values["place"].pk for row in rows},
        number__in={row.values["section"] for row in rows},
    ).select_related("course", "season__institution")
    found: dict[tuple[int, str], list[Section]] = {}
    for section in rows_found.order_by("season__code"):
        found.setdefault((section.season.institution_id, section.number), []).append(section)
    return found


register(EnrollmentsImporter())
