"""Orgs, academic sessions, courses and classes on their way in: departments, seasons, courses, sections."""

import datetime as dt
from collections.abc import Callable, Sequence
from typing import Any, cast

from django.db.models import Model, Q
from django.utils.translation import gettext as _

from campus.institutions.models import Department, Institution, free_slugs
from learning.catalog.models import Course, Season, Section
from learning.catalog.services.bulk import Write, free_course_slugs, write_many
from learning.enrollments.importers import section_key
from learning.rosters.oneroster.roster import Roster, roster_of, short
from learning.rosters.oneroster.tables import ABOVE, DEPARTMENT, MODES, VERSION
from portal.imports.errors import BadFile
from portal.imports.registry import Row, Run

KINDS = {
    "gradingPeriod": Season.Kind.OTHER,
    "semester": Season.Kind.SEMESTER,
    "schoolYear": Season.Kind.SCHOOL,
    "term": Season.Kind.SEMESTER,
}
DAY = dt.timedelta(days=1)
FIELDS: dict[str, tuple[str, ...]] = {
    "orgs": (),
    "academicSessions": ("name", "starts", "ends"),
    "courses": ("title",),
    "classes": ("title", "code", "place"),
}


def read_manifest(rows: Sequence[Row], run: Run) -> None:
    """Version and modes; nothing else is done for them."""
    modes = roster_of(run).modes
    for row in rows:
        name, value = row.values["propertyName"], row.values.get("value", "")
        row.outcome, row.label = "same", f"{name}: {value}"
        if name == "oneroster.version":
            modes["version"] = value
            if value != VERSION:
                row.wrong("value", _("Only OneRoster %(version)s is taken.") % {"version": VERSION})
        elif name.startswith("file."):
            modes[name.removeprefix("file.")] = value
            if value not in MODES:
                row.wrong("value", _("Only bulk files are taken, or absent ones."))


def agree_with_manifest(table: str, run: Run) -> None:
    """Raise ``BadFile`` for a manifest without a version, and for a file that it calls absent."""
    modes = roster_of(run).modes
    if "version" not in modes:
        raise BadFile(_("manifest.csv does not say its oneroster.version."))
    if modes.get(table) == "absent":
        raise BadFile(
            _("%(name)s is there, though the manifest calls it absent.") % {"name": f"{table}.csv"}
        )


def plan_orgs(rows: Sequence[Row], run: Run) -> None:
    """The one institution within reach, and its departments: 2 queries."""
    roster = roster_of(run)
    for row in rows:
        row.label, row.outcome = row.values["name"], "same"
        if row.values["type"] != DEPARTMENT:
            _institution(row, roster, run.facts["places"])
    found = [row for row in rows if row.values["type"] == DEPARTMENT]
    if not found:
        return
    place = roster.here()
    named = Q(name__in={row.values["name"] for row in found}) | Q(
        code__in={_department_code(row) for row in found}
    )
    known = Department.objects.filter(named, institution=place)
    by_code = {one.code: one for one in known}
    by_name = {one.name.casefold(): one for one in by_code.values()}
    slugs = free_slugs(
        Department, place, [c for row in found if (c := _department_code(row)) not in by_code]
    )
    for row in found:
        code, name = _department_code(row), row.values["name"]
        there = by_code.get(code) or by_name.get(name.casefold())
        if there is None:
            there = Department(institution=place, code=code, name=name, slug=slugs[code])
            row.outcome, row.after = "create", {"department": code, "name": name}
            row.target = Write(there, {}, row.after)
        if first := roster.twice("department", there.code, row.number):
            row.wrong("identifier", _("Line %(line)d is this one too.") % {"line": first})
            continue
        roster.orgs[row.values["sourcedId"]] = there


def _department_code(row: Row) -> str:
    return short(row.values.get("identifier") or row.values["sourcedId"], 20)


def _institution(row: Row, roster: Roster, places: dict[str, Institution]) -> None:
    values = row.values
    there = places.get(values.get("identifier", "")) or places.get(values["sourcedId"])
    if there is None:
        same = [one for one in places.values() if one.name.casefold() == values["name"].casefold()]
        there = same[0] if len(same) == 1 else None
    if there is None:
        if values["type"] not in ABOVE:
            row.wrong("identifier", _("You manage no such institution."))
            return
    elif roster.place not in {None, there}:
        row.wrong("identifier", _("An archive is of one institution; this is another."))
        return
    else:
        roster.place = there
    roster.orgs[values["sourcedId"]] = there


def plan_sessions(rows: Sequence[Row], run: Run) -> None:
    """Seasons, known by their code, else by their name: 1 query."""
    roster = roster_of(run)
    place = roster.here()
    named = Q(code__in={_season_code(row) for row in rows}) | Q(
        name__in={row.values["title"] for row in rows}
    )
    known = Season.objects.filter(named, institution=place).select_related("institution")
    by_code = {one.code: one for one in known}
    by_name: dict[str, list[Season]] = {}
    for one in by_code.values():
        by_name.setdefault(one.name.casefold(), []).append(one)
    for row in rows:
        values = row.values
        code, title = _season_code(row), values["title"]
        row.label = title
        ends = values["endDate"] - DAY
        if ends < values["startDate"]:
            row.wrong("endDate", _("A season ends on or after the day it starts."))
            continue
        same = by_name.get(title.casefold(), [])
        season = by_code.get(code) or (same[0] if len(same) == 1 else None)
        if season is None:
            season = Season(institution=place, code=code, kind=KINDS[values["type"]])
        if first := roster.twice("season", season.code, row.number):
            row.wrong("sourcedId", _("Line %(line)d is this one too.") % {"line": first})
            continue
        _set(row, season, {"name": title, "starts": values["startDate"], "ends": ends})
        roster.sessions[values["sourcedId"]] = season


def _season_code(row: Row) -> str:
    return short(row.values["sourcedId"], 20, slug=True)


def plan_courses(rows: Sequence[Row], run: Run) -> None:
    """Courses by their code: 2 queries."""
    roster = roster_of(run)
    place = roster.here()
    known = {
        one.code: one
        for one in Course.objects.filter(
            institution=place, code__in={_course_code(row) for row in rows}
        )
    }
    slugs = free_course_slugs(
        dict.fromkeys(c for row in rows if (c := _course_code(row)) not in known)
    )
    for row in rows:
        values, code = row.values, _course_code(row)
        row.label = f"{code} {values['title']}"
        org = roster.orgs.get(values["orgSourcedId"])
        course = known.get(code)
        roster.courses[values["sourcedId"]] = None
        if org is None:
            row.wrong("orgSourcedId", _("orgs.csv names no such org of the institution."))
        elif first := roster.twice("course", code, row.number):
            row.wrong("courseCode", _("Line %(line)d is this one too.") % {"line": first})
        elif course is None and not isinstance(org, Department):
            row.wrong("orgSourcedId", _("A new course needs an org that is a department."))
        else:
            if course is None:
                course = Course(institution=place, code=code, slug=slugs[code])
                course.department = cast(Department, org)
                row.after = {"course": code}
            _set(row, course, {"title": values["title"]})
            roster.courses[values["sourcedId"]] = course


def _course_code(row: Row) -> str:
    return row.values.get("courseCode") or short(row.values["sourcedId"], 40)


def plan_classes(rows: Sequence[Row], run: Run) -> None:
    """Sections by the number that is theirs, or by the code that the class has in its season: 1 query."""
    roster = roster_of(run)
    place = roster.here()
    numbers = {_number(row) for row in rows} | {row.values.get("classCode", "") for row in rows}
    known = {
        (one.season.code, one.number): one
        for one in Section.objects.filter(
            season__institution=place, number__in=numbers - {""}
        ).select_related("course", "season__institution")
    }
    for row in rows:
        values = row.values
        row.label = values["title"]
        roster.classes[values["sourcedId"]] = None
        course = roster.courses.get(values["courseSourcedId"])
        term = next((t for t in values["termSourcedIds"] if t in roster.sessions), None)
        if values["courseSourcedId"] not in roster.courses:
            row.wrong("courseSourcedId", _("courses.csv names no such course."))
        if term is None:
            row.wrong("termSourcedIds", _("academicSessions.csv names no such session."))
        if roster.orgs.get(values["schoolSourcedId"]) is None:
            row.wrong("schoolSourcedId", _("orgs.csv names no such org of the institution."))
        row.outcome = "same"
        if row.errors or course is None or term is None:
            continue
        section = _section(row, course, roster.sessions[term], known)
        if section.course_id != course.pk:
            told = _("Here this is a section of %(code)s.") % {"code": section.course.code}
            row.wrong("courseSourcedId", told)
        elif first := roster.twice("section", section_key(section), row.number):
            row.wrong("classCode", _("Line %(line)d is this one too.") % {"line": first})
        else:
            _set_class(row, section, course)
            roster.classes[values["sourcedId"]] = section


def _section(
    row: Row, course: Course, season: Season, known: dict[tuple[str, str], Section]
) -> Section:
    """The section by its own number, else by the code that the class of this course has, else a new one."""
    found = known.get((season.code, _number(row)))
    if found is None:
        found = known.get((season.code, row.values.get("classCode", "")))
        if found is not None and found.course_id != course.pk:
            found = None
    return found or Section(course=course, season=season, number=_number(row))


def _set_class(row: Row, section: Section, course: Course) -> None:
    values = row.values
    code = values.get("classCode", "")
    fields = {"title": "" if values["title"] == course.title else values["title"]}
    if code and code != section.number:
        fields["code"] = code[:20]
    if "location" in values:
        fields["place"] = values["location"]
    _set(row, section, fields)
    if row.after:
        row.after = {"section": section_key(section), **row.after}
        row.target.after = row.after


def _number(row: Row) -> str:
    return short(row.values["sourcedId"], 20)


def _set(row: Row, thing: Model, fields: dict[str, Any]) -> None:
    """Give a thing its values, and say what that makes, changes or leaves."""
    is_new = thing._state.adding
    for name, value in fields.items():
        stored = getattr(thing, name)
        if is_new or stored != value:
            if not is_new:
                row.before[name] = _told(stored)
            row.after[name] = _told(value)
            setattr(thing, name, value)
    row.outcome = "create" if is_new else "change" if row.before else "same"
    row.target = Write(thing, row.before, row.after)


def _told(value: Any) -> Any:
    return value.isoformat() if isinstance(value, dt.date) else value


def apply(table: str, rows: Sequence[Row], run: Run) -> None:
    """Store what was planned."""
    write_many([row.target for row in rows], actor=run.actor, fields=FIELDS[table])
    created = sum(row.outcome == "create" for row in rows)
    run.count("created", created)
    run.count("changed", len(rows) - created)


PLANS: dict[str, Callable[[Sequence[Row], Run], None]] = {
    "manifest": read_manifest,
    "orgs": plan_orgs,
    "academicSessions": plan_sessions,
    "courses": plan_courses,
    "classes": plan_classes,
}
