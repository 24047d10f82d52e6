"""What courses and sections of a catalog point to: departments, labels, people, halls."""

import csv
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from django.db import models
from django.utils.text import slugify

from campus.institutions.models import Department, Institution, free_slugs
from campus.people.models import StaffProfile
from campus.people.sources import Erased
from campus.venues.models import Building, Hall
from learning.catalog.imports.bulk import chunks, ensure
from learning.catalog.imports.report import ImportReport
from learning.catalog.imports.rows import Catalog
from learning.catalog.imports.text import CATEGORIES
from learning.catalog.models import Category, Course, CourseTag

DEPARTMENTS = Path(__file__).resolve().parent.parent / "data" / "departments.csv"


class Held:
    """One import under way: who does it, and the rows that others point to, by what the file calls them."""

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
        self.moved: list[int] = []  # ids of sections whose lectures are at other times or halls

    def write(self, catalog: Catalog) -> None:
        """Find or make all of it; who was erased stays hidden behind a mark."""
        self.hidden = self._hide_erased(catalog)
        self._write_departments(catalog)
        self._write_labels(catalog)
        self._write_staff(catalog)
        self.staff |= self.hidden
        self._write_halls(catalog)

    def made(self, name: str, rows: Sequence[models.Model]) -> None:
        """Note what is new."""
        if rows:
            self.report.created[name] += len(rows)

    def count(
        self, name: str, new: Sequence[models.Model], changed: Sequence[models.Model]
    ) -> None:
        """Note what is new and what is another."""
        self.made(name, new)
        if changed:
            self.report.changed[name] += len(changed)

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
        self.made("departments", made)

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
        self.made("categories", made)
        tags = {tag for course in catalog.courses.values() for tag in course.tags}
        self.tags, made_tags = ensure(
            CourseTag.objects.all(),
            "slug",
            {
                slugify(tag): lambda tag=tag: CourseTag(name=tag, slug=slugify(tag))  # type: ignore[misc]
                for tag in sorted(tags)
            },
        )
        self.made("tags", made_tags)

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
        self.made("instructors", made)

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
        self.made("buildings", made)
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
        self.made("halls", new)


def staff_key(department: str, name: str) -> str:
    """What tells an instructor apart whom the source names without a number."""
    return f"{department}:{name}"[:200]
