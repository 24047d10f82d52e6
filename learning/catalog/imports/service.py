"""Writing what a catalog says: in one transaction, in bulk, and only what the source changed."""

import csv
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

from django.db import models, transaction
from django.utils import timezone
from django.utils.text import slugify
from wagtail.search.backends import get_search_backends
from wagtail.search.models import IndexEntry

from campus.institutions.models import Department, Institution, free_slugs
from campus.people.models import StaffProfile
from campus.people.sources import Erased
from campus.venues.models import Building, Hall
from learning.catalog.imports.report import ImportReport, Issue
from learning.catalog.imports.rooms import Halls, Use, settle_rooms
from learning.catalog.imports.rows import (
    Catalog,
    CourseRow,
    MeetingRow,
    SeasonRow,
    SectionRow,
    link_prerequisites,
    read_catalog,
)
from learning.catalog.imports.terms import Span, term_span
from learning.catalog.imports.text import CATEGORIES
from learning.catalog.models import (
    Category,
    Course,
    CourseTag,
    Meeting,
    Season,
    Section,
    TaggedCourse,
)
from portal.audit import record, record_many
from portal.pagecache import touch
from portal.pagecache.marks import EVERYTHING

CHUNK = 1000
DEPARTMENTS = Path(__file__).resolve().parent.parent / "data" / "departments.csv"
COURSE_FIELDS = (
    "title", "description", "notes", "prerequisite_text", "level", "credit_min", "credit_max",
    "department", "category",
)  # fmt: skip
SECTION_FIELDS = (
    "code", "title", "kind", "delivery", "credit_hours", "place", "starts", "ends", "is_cancelled",
    "course",
)  # fmt: skip

M = TypeVar("M", bound=models.Model)
T = TypeVar("T")


def chunks(items: Iterable[T], size: int = CHUNK) -> Iterator[list[T]]:
    """Lists of at most ``size``."""
    iterator = iter(items)
    while part := list(islice(iterator, size)):
        yield part


def ensure(
    existing: models.QuerySet[M], field: str, wanted: Mapping[str, Callable[[], M]]
) -> tuple[dict[str, M], list[M]]:
    """The rows of ``existing`` by ``field``, those that are missing made; and the made ones.

    Two queries for a thousand of ``wanted``, one where nothing is missing.
    """
    found: dict[str, M] = {}
    made: list[M] = []
    for part in chunks(wanted):
        for row in existing.filter(**{f"{field}__in": part}):
            found[getattr(row, field)] = row
        new = [wanted[key]() for key in part if key not in found]
        if new:
            made += existing.model._default_manager.bulk_create(new)
            found.update((getattr(row, field), row) for row in new)
    return found, made


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
    _Writer(institution, actor, report).write(catalog)
    if report.changes:
        touch(EVERYTHING)  # rows in bulk send no signals
    return report


class _Writer:
    """One import under way: the rows that others point to, by what the file calls them."""

    def __init__(self, institution: Institution, actor: Any, report: ImportReport) -> None:
        self.institution = institution
        self.actor = actor
        self.report = report
        self.departments: dict[str, Department] = {}
        self.categories: dict[str, Category] = {}
        self.tags: dict[str, CourseTag] = {}
        self.staff: dict[str, StaffProfile] = {}
        self.hidden: dict[str, StaffProfile] = {}
        self.halls: dict[tuple[str, str], Hall] = {}
        self.courses: dict[str, Course] = {}

    def write(self, catalog: Catalog) -> None:
        """Write everything, what is pointed to first."""
        self.hidden = self._hide_erased(catalog)
        self._write_departments(catalog)
        self._write_labels(catalog)
        self._write_staff(catalog)
        self.staff |= self.hidden
        self._write_halls(catalog)
        self._write_courses(list(catalog.courses.values()))
        for row in catalog.seasons.values():
            season = self._season(row)
            before = self.report.changes
            for part in chunks(row.sections.values()):
                self._write_sections(season, part)
            if self.report.changes != before:
                record(
                    action="catalog.import",
                    instance=season,
                    actor=self.actor,
                    created=dict(self.report.created),
                    changed=dict(self.report.changed),
                )

    # --- what courses and sections point to ---------------------------------------------------

    def _write_departments(self, catalog: Catalog) -> None:
        with DEPARTMENTS.open(encoding="utf-8", newline="") as file:
            names = {row["code"]: row["name"] for row in csv.DictReader(file)}
        codes = dict.fromkeys(course.department for course in catalog.courses.values())
        known = Department.objects.filter(institution=self.institution)
        missing = set(codes) - set(known.values_list("code", flat=True))
        slugs = free_slugs(Department, self.institution, sorted(missing))
        self.departments, made = ensure(
            Department.objects.filter(institution=self.institution),
            "code",
            {
                code: lambda code=code: Department(  # type: ignore[misc]
                    institution=self.institution,
                    code=code,
                    name=names.get(code, code),
                    slug=slugs[code],
                )
                for code in codes
            },
        )
        self._made("departments", made)

    def _write_labels(self, catalog: Catalog) -> None:
        names = {name for _start, name in CATEGORIES}
        used = {course.category for course in catalog.courses.values()} & names
        self.categories, made = ensure(
            Category.objects.all(),
            "slug",
            {
                slugify(name): lambda name=name: Category(name=name, slug=slugify(name))  # type: ignore[misc]
                for name in sorted(used)
            },
        )
        self._made("categories", made)
        tags = {tag for course in catalog.courses.values() for tag in course.tags}
        self.tags, made_tags = ensure(
            CourseTag.objects.all(),
            "slug",
            {
                slugify(tag): lambda tag=tag: CourseTag(name=tag, slug=slugify(tag))  # type: ignore[misc]
                for tag in sorted(tags)
            },
        )
        self._made("tags", made_tags)

    def _hide_erased(self, catalog: Catalog) -> dict[str, StaffProfile]:
        """Put a mark in the place of the name of who was erased; the profiles that the marks stand for."""
        erased = Erased(self.institution)
        found: dict[str, StaffProfile] = {}
        for section in catalog.sections:
            for place, name in enumerate(section.instructors):
                profile = erased.find(staff_key(section.department, name))
                if profile is not None:
                    mark = section.instructors[place] = str(profile.source_key)
                    found[staff_key(section.department, mark)] = profile
        return found

    def _write_staff(self, catalog: Catalog) -> None:
        wanted: dict[str, Callable[[], StaffProfile]] = {}
        for section in catalog.sections:
            for name in section.instructors:
                key = staff_key(section.department, name)
                if key in self.hidden:
                    continue
                wanted[key] = lambda key=key, name=name, code=section.department: StaffProfile(  # type: ignore[misc]
                    institution=self.institution,
                    source_key=key,
                    name=name,
                    department=self.departments[code],
                )
        self.staff, made = ensure(
            StaffProfile.objects.filter(institution=self.institution), "source_key", wanted
        )
        self._made("instructors", made)

    def _write_halls(self, catalog: Catalog) -> None:
        meetings = [m for section in catalog.sections for m in section.meetings.values()]
        names = dict.fromkeys(m.building for m in meetings if m.building)
        names.update(
            dict.fromkeys(s.values["place"] for s in catalog.sections if s.values["place"])
        )
        buildings, made = ensure(
            Building.objects.filter(institution=self.institution),
            "name",
            {
                name: lambda name=name: Building(institution=self.institution, name=name)  # type: ignore[misc]
                for name in names
            },
        )
        self._made("buildings", made)
        wanted = dict.fromkeys(m.hall for m in meetings if m.hall)
        for part in chunks(buildings.values()):
            for hall in Hall.objects.filter(building__in=part).select_related("building"):
                self.halls[hall.building.name, hall.code] = hall
        new = [
            Hall(building=buildings[building], code=code)
            for building, code in wanted
            if (building, code) not in self.halls
        ]
        for batch in chunks(new):
            Hall.objects.bulk_create(batch)
        self.halls.update(((hall.building.name, hall.code), hall) for hall in new)
        self._made("halls", new)

    def _made(self, name: str, rows: Sequence[models.Model]) -> None:
        if rows:
            self.report.created[name] += len(rows)

    # --- courses -------------------------------------------------------------------------------

    def _write_courses(self, rows: list[CourseRow]) -> None:
        touched: dict[str, tuple[CourseRow, dict[str, Any]]] = {}
        for part in chunks(rows):
            touched |= self._write_course_rows(part)
        # Prerequisites point to courses that may stand later in the file: they come last.
        needed = {code for row, old in touched.values() for code in row.prerequisites}
        missing = [code for code in needed if code not in self.courses]
        for codes in chunks(missing):
            for course in Course.objects.filter(institution=self.institution, code__in=codes):
                self.courses[course.code] = course
        for changed in chunks(touched.values()):
            self._link_courses(changed)

    def _write_course_rows(
        self, rows: list[CourseRow]
    ) -> dict[str, tuple[CourseRow, dict[str, Any]]]:
        existing = {
            course.code: course
            for course in Course.objects.filter(
                institution=self.institution, code__in=[row.code for row in rows]
            )
        }
        slugs = _free_slugs([row.code for row in rows if row.code not in existing])
        new: list[Course] = []
        changed: list[Course] = []
        entries: list[tuple[models.Model, dict[str, Any]]] = []
        touched: dict[str, tuple[CourseRow, dict[str, Any]]] = {}
        for row in rows:
            snapshot = row.snapshot()
            course = existing.get(row.code)
            if course and course.imported == snapshot:
                self.courses[row.code] = course
                continue
            old = (course.imported if course else None) or {}
            values = {
                **row.values,
                "department": self.departments[row.department],
                "category": self.categories.get(slugify(row.category)),
            }
            if course is None:
                course = Course(institution=self.institution, code=row.code, slug=slugs[row.code])
                new.append(course)
            else:
                changed.append(course)
            said = _differences(old, snapshot)
            for name in COURSE_FIELDS:
                if name in said:
                    setattr(course, name, values[name])
            course.imported = snapshot
            course.updated_at = timezone.now()
            self.courses[row.code] = course
            touched[row.code] = (row, old)
            entries.append((course, _told(old, snapshot)))
        if new:
            Course.objects.bulk_create(new)
        if changed:
            Course.objects.bulk_update(changed, [*COURSE_FIELDS, "imported", "updated_at"])
        self._count("courses", new, changed)
        record_many(action="catalog.import", entries=entries, actor=self.actor)
        _index([*new, *changed], known=changed)
        return touched

    def _link_courses(self, touched: list[tuple[CourseRow, dict[str, Any]]]) -> None:
        """Add the tags and prerequisites that the source says anew; take none away but its own."""
        ids = [self.courses[row.code].pk for row, _old in touched]
        tags: list[TaggedCourse] = []
        needs: list[models.Model] = []
        through: Any = Course.prerequisites.through
        had_tags = set(
            TaggedCourse.objects.filter(content_object__in=ids).values_list(
                "content_object_id", "tag_id"
            )
        )
        had_needs = set(
            through.objects.filter(from_course__in=ids).values_list(
                "from_course_id", "to_course_id"
            )
        )
        for row, old in touched:
            course = self.courses[row.code]
            for tag in set(row.tags) - set(old.get("tags", ())):
                if (course.pk, self.tags[slugify(tag)].pk) not in had_tags:
                    tags.append(TaggedCourse(content_object=course, tag=self.tags[slugify(tag)]))
            for code in set(row.prerequisites) - set(old.get("prerequisites", ())):
                needed = self.courses[code]
                if (course.pk, needed.pk) not in had_needs:
                    needs.append(through(from_course_id=course.pk, to_course_id=needed.pk))
        TaggedCourse.objects.bulk_create(
            sorted(tags, key=lambda t: (t.content_object_id, t.tag_id))
        )
        through.objects.bulk_create(needs)
        self._unlink_courses(touched, through)

    def _unlink_courses(
        self, touched: list[tuple[CourseRow, dict[str, Any]]], through: Any
    ) -> None:
        """Take away what the source no longer says."""
        no_tags = models.Q()
        no_needs = models.Q()
        for row, old in touched:
            course = self.courses[row.code]
            gone_tags = set(old.get("tags", ())) - set(row.tags)
            if gone_tags:
                no_tags |= models.Q(
                    content_object=course, tag__slug__in=[slugify(tag) for tag in gone_tags]
                )
            gone_needs = set(old.get("prerequisites", ())) - set(row.prerequisites)
            if gone_needs:
                no_needs |= models.Q(from_course=course, to_course__code__in=gone_needs)
        if no_tags:
            TaggedCourse.objects.filter(no_tags).delete()
        if no_needs:
            through.objects.filter(no_needs).delete()

    # --- seasons, sections, meetings -----------------------------------------------------------

    def _season(self, row: SeasonRow) -> Season:
        span = term_span(row.term, row.year)
        season, created = Season.objects.get_or_create(
            institution=self.institution,
            code=row.code,
            defaults={
                "name": f"{row.term.name} {row.year}",
                "kind": row.term.kind,
                "starts": span.starts,
                "ends": span.ends,
            },
        )
        if created:
            self.report.created["seasons"] += 1
        return season

    def _write_sections(self, season: Season, rows: list[SectionRow]) -> None:
        existing = {
            section.number: section
            for section in Section.objects.filter(
                season=season, number__in=[row.number for row in rows]
            ).select_related("course")
        }
        new: list[Section] = []
        changed: list[Section] = []
        touched: list[tuple[SectionRow, Section, set[str]]] = []
        told: list[dict[str, Any]] = []
        for row in rows:
            snapshot = row.snapshot()
            section = existing.get(row.number)
            if section and section.imported == snapshot:
                continue
            old = (section.imported if section else None) or {}
            if section is None:
                section = Section(season=season, number=row.number)
                new.append(section)
            else:
                changed.append(section)
            values = {**row.values, "course": self.courses[row.course]}
            said = _differences(old, snapshot)
            for name in SECTION_FIELDS:
                if name in said:
                    setattr(section, name, values[name])
            section.imported = snapshot
            touched.append((row, section, said))
            told.append(_told(old, snapshot))
        if not touched:
            return
        Section.objects.bulk_create(new)
        if changed:
            Section.objects.bulk_update(changed, [*SECTION_FIELDS, "imported"])
        self._count("sections", new, changed)
        record_many(
            action="catalog.import",
            entries=[(section, data) for (_, section, _), data in zip(touched, told, strict=True)],
            actor=self.actor,
        )
        self._write_instructors([(r, s) for r, s, said in touched if "instructors" in said])
        self._write_meetings(season, [(r, s) for r, s, said in touched if "meetings" in said])

    def _write_instructors(self, touched: list[tuple[SectionRow, Section]]) -> None:
        through: Any = Section.instructors.through
        through.objects.filter(section__in=[section for _row, section in touched]).delete()
        through.objects.bulk_create(
            through(
                section_id=section.pk,
                staffprofile_id=self.staff[staff_key(row.department, name)].pk,
            )
            for row, section in touched
            for name in row.instructors
        )

    def _write_meetings(self, season: Season, touched: list[tuple[SectionRow, Section]]) -> None:
        """Put the meetings of ``touched`` in place of what they had."""
        ids = [section.pk for _row, section in touched]
        Meeting.objects.filter(section__in=ids).delete()
        taken = self._halls_in_use(season, ids)
        meetings: list[Meeting] = []
        for row, section in touched:
            for meeting in row.meetings.values():
                hall = None
                if meeting.hall and meeting.line not in row.without_hall:
                    hall = self.halls[meeting.hall]
                    met = taken.put(meeting.hall, Use(row.number, meeting, row.span))
                    if met:
                        hall = None
                        self._tell_taken(meeting, met[0])
                meetings.append(
                    Meeting(
                        section=section,
                        weekday=meeting.weekday,
                        starts=meeting.starts,
                        ends=meeting.ends,
                        hall=hall,
                        place="" if hall else _place(meeting),
                    )
                )
        Meeting.objects.bulk_create(meetings)

    def _tell_taken(self, meeting: MeetingRow, other: Use) -> None:
        issue = Issue(
            meeting.line,
            f"the room is taken by section {other.section} of the portal; taken in without the hall",
        )
        if issue not in self.report.clashes:
            self.report.clashes.append(issue)

    def _halls_in_use(self, season: Season, except_for: list[int]) -> Halls:
        """What the portal itself holds in these halls over the season's days."""
        halls = Halls()
        held = (
            Meeting.objects.filter(
                hall__building__institution=self.institution,
                section__is_cancelled=False,
                section__season__ends__gte=season.starts,
                section__season__starts__lte=season.ends,
            )
            .exclude(section__in=except_for)
            .select_related("section__season", "hall__building")
            .order_by("id")
        )
        for meeting in held:
            section, hall = meeting.section, meeting.hall
            if hall is None:
                continue
            key = (hall.building.name, hall.code)
            span = Span(
                section.starts or section.season.starts, section.ends or section.season.ends
            )
            row = MeetingRow(meeting.weekday, meeting.starts, meeting.ends, *key, line=0)
            halls.put(key, Use(section.number, row, span))
        return halls

    def _count(
        self, name: str, new: Sequence[models.Model], changed: Sequence[models.Model]
    ) -> None:
        self._made(name, new)
        if changed:
            self.report.changed[name] += len(changed)


def staff_key(department: str, name: str) -> str:
    """What tells an instructor apart whom the source names without a number."""
    return f"{department}:{name}"[:200]


def _place(meeting: MeetingRow) -> str:
    """The room in words, kept where no hall is set."""
    return " ".join(part for part in (meeting.building, meeting.room) if part and part != "ARR")


def _free_slugs(codes: list[str]) -> dict[str, str]:
    """A slug for each new course: 'aas-201', with a number where another institution has it."""
    wanted = {code: slugify(code) for code in codes}
    taken = set(
        Course.objects.filter(slug__in=wanted.values()).values_list("slug", flat=True)
        if wanted
        else ()
    )
    free: dict[str, str] = {}
    for code, slug in wanted.items():
        choice, number = slug, 2
        while choice in taken:
            choice, number = f"{slug}-{number}", number + 1
        taken.add(choice)
        free[code] = choice
    return free


def _differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> set[str]:
    """The names whose value the source changed since the last time."""
    return {name for name, value in new.items() if name not in old or old[name] != value}


def _told(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    """What the log keeps: that it was made, or what was and is of the changed fields."""
    if not old:
        return {"created": True}
    names = _differences(old, new)
    return {
        "before": {name: _loggable(name, old.get(name)) for name in sorted(names)},
        "after": {name: _loggable(name, new[name]) for name in sorted(names)},
    }


def _loggable(name: str, value: Any) -> Any:
    """What the log keeps of a value for ever: of those who teach how many, for names must be forgettable."""
    return len(value or ()) if name == "instructors" else value


def _index(courses: list[Course], *, known: list[Course]) -> None:
    """Put the courses into the search index in bulk; those ``known`` to it are put in anew.

    The rows of the known ones are taken out first: one at a time is how SQLite's index would be
    updated otherwise.
    """
    if not courses:
        return
    if known:
        IndexEntry.objects.filter(
            content_type__app_label="catalog",
            content_type__model="course",
            object_id__in=[str(course.pk) for course in known],
        ).delete()
    for backend in get_search_backends(with_auto_update=True):
        backend.add_bulk(Course, courses)
