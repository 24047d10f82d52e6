"""The public directory of departments: what is asked for, and one page of what fits."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Model, Q, QuerySet

from campus.institutions import extensions
from campus.institutions.models import Department, Faculty, Institution
from portal.pagecache import remember

PAGE_SIZE = 48
LONGEST = 100
MOST_WORDS = 8


def every_word(text: str, *names: str) -> Q:
    """What holds where each word of ``text`` stands in any of the fields ``names``."""
    condition = Q()
    for word in text.split()[:MOST_WORDS]:
        one = Q()
        for name in names:
            one |= Q((f"{name}__icontains", word))
        condition &= one
    return condition


def bounded_page(rows: QuerySet[Any], number: str, model: type[Model]) -> Page[Any]:
    """A page of ``rows`` with the figures of other apps; a number that is none is that of the first."""
    page = Paginator(rows, PAGE_SIZE).get_page(number if number.isdecimal() else "1")
    page.object_list = extensions.with_figures(model, list(page.object_list))
    return page


@dataclass(frozen=True)
class DirectoryFilters:
    """What was asked for; an empty string asks for nothing."""

    q: str = ""
    institution: str = ""
    faculty: str = ""
    department: str = ""
    active: str = ""

    @classmethod
    def read(cls, query: Mapping[str, str]) -> "DirectoryFilters":
        """The filters in a query string; what cannot be meant is left out, as in an old link."""
        found = {}
        for field in fields(cls):
            value = (query.get(field.name) or "").replace("\0", "").strip()[:LONGEST]
            if value and (field.name != "active" or value == "1"):
                found[field.name] = value
        return cls(**found)

    def __iter__(self) -> Iterator[tuple[str, str]]:
        """The filters that are set, as name and value."""
        return ((f.name, getattr(self, f.name)) for f in fields(self) if getattr(self, f.name))

    def __bool__(self) -> bool:
        """Whether any is set."""
        return any(True for _filter in self)


PARAMS = ("page", *(field.name for field in fields(DirectoryFilters)))


def list_departments(filters: DirectoryFilters, *, number: str = "1") -> Page[Department]:
    """A page of departments by name: two queries, and one for each figure that is registered."""
    found: Any = Department.objects.select_related("institution", "faculty")
    if filters.q:
        found = found.filter(every_word(filters.q, "code", "name"))
    if filters.institution:
        found = found.filter(institution__slug=filters.institution)
    if filters.faculty:
        found = found.filter(faculty__slug=filters.faculty)
    if filters.active:
        found = found.filter(extensions.condition_of(Department, "active"))
    return bounded_page(found.order_by("name", "pk"), number, Department)


def choices() -> dict[str, Any]:
    """What the forms of the directory offer. Three queries, once for all until one of them changes."""
    return remember("institutions.directory", _choices, "institutions")


def _choices() -> dict[str, Any]:
    return {
        "institutions": list(Institution.objects.all()),
        "faculties": list(Faculty.objects.select_related("institution")),
        "departments": list(Department.objects.order_by("name", "pk")),
    }
