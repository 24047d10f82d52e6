"""The filters of the course list: read once from an address, for the page and the API alike."""

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, NamedTuple

from django.db.models import Exists, Model, OuterRef, Q, QuerySet
from django.http import QueryDict
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from campus.institutions.models import Department
from learning.catalog.models.courses import (
    Category,
    CourseQuerySet,
    CourseTag,
    Season,
    TaggedCourse,
)
from learning.catalog.models.sections import Section
from learning.catalog.text_search import with_words
from portal.errors import InvalidInput
from portal.pagecache import remember

LONGEST = 100


class Choice(NamedTuple):
    """What a filter takes, for the API's description."""

    name: str
    help: Any
    values: tuple[str, ...] = ()


FILTERS = (
    Choice("season", _("Code of a season in which the course is held, such as 2027-su.")),
    Choice("level", _("Level, in hundreds: 100, 200 …")),
    Choice("category", _("Slug of the category.")),
    Choice("department", _("Code of the department, such as ECE.")),
    Choice("tag", _("Slug of a tag.")),
    Choice("price", _("Free sections or paid ones."), ("free", "paid")),
    Choice("instructor", _("Id of an instructor, or part of the name.")),
    Choice("delivery", _("How it is taught."), tuple(Section.Delivery.values)),
    Choice("open", _("1: only courses with a section that takes enrollments now."), ("1",)),
    Choice("q", _("Words of the code, the title or the description.")),
)


@dataclass(frozen=True)
class CourseFilters:
    """What was asked for; an empty string asks for nothing. See ``FILTERS`` for the meanings."""

    season: str = ""
    level: str = ""
    category: str = ""
    department: str = ""
    tag: str = ""
    price: str = ""
    instructor: str = ""
    delivery: str = ""
    open: str = ""
    q: str = ""

    @classmethod
    def read(cls, query: QueryDict | Mapping[str, str], *, strict: bool = False) -> "CourseFilters":
        """The filters in a query string.

        A value that a filter does not know is left out, so that an old link still shows a list;
        ``strict`` raises InvalidInput for it instead.
        """
        found: dict[str, str] = {}
        for choice in FILTERS:
            value = (query.get(choice.name) or "").strip()
            wrong = (
                len(value) > LONGEST
                or "\0" in value
                or (choice.values and value not in choice.values)
            )
            if not value and not (strict and choice.values and query.get(choice.name)):
                continue
            if wrong or not value:
                if strict:
                    raise InvalidInput(_one_of(choice), param=choice.name)
                continue
            found[choice.name] = value
        return cls(**found)

    def __iter__(self) -> Iterator[tuple[str, str]]:
        """The filters that are set, as name and value."""
        return ((f.name, getattr(self, f.name)) for f in fields(self) if getattr(self, f.name))

    def __bool__(self) -> bool:
        """Whether any filter is set."""
        return any(True for _filter in self)

    def ids(self) -> tuple[tuple[int, ...], ...]:
        """The ids behind the codes and slugs that are asked for, as they are known now."""
        asked = (
            *((self.category, _categories), (self.department, _departments)),
            *((self.tag, _tags), (self.season, _seasons)),
        )
        return tuple(tuple(known().get(name, ())) if name else () for name, known in asked)

    def apply(self, courses: CourseQuerySet, *, today: dt.date | None = None) -> CourseQuerySet:
        """Those of ``courses`` that fit; all that is asked of a section must hold of one section."""
        if self.level:
            courses = courses.filter(level=self.level)
        if self.category:
            courses = courses.filter(_among("category", _categories().get(self.category, ())))
        if self.department:
            courses = courses.filter(_among("department", _departments().get(self.department, ())))
        if self.tag:
            tagged = TaggedCourse.objects.filter(content_object=OuterRef("pk"))
            tagged = tagged.filter(_among("tag", _tags().get(self.tag, ())))
            courses = courses.filter(Exists(tagged))
        sections = self._sections(today or timezone.localdate())
        if sections is not None:
            courses = courses.filter(Exists(sections.filter(course=OuterRef("pk"))))
        if self.q:
            courses = with_words(courses, self.q)
        return courses

    def _sections(self, today: dt.date) -> QuerySet[Section] | None:
        """The sections that fit, or None where nothing is asked of them."""
        asked: list[Callable[[Any], Any]] = []
        if self.season:
            ids = _seasons().get(self.season, [])
            asked.append(lambda found: found.filter(_among("season", ids)))
        if self.price:
            lookup = {"price": 0} if self.price == "free" else {"price__gt": 0}
            asked.append(lambda found: found.filter(**lookup))
        if self.delivery:
            asked.append(lambda found: found.filter(delivery=self.delivery))
        if self.instructor:
            who: dict[str, Any] = (
                {"instructors": int(self.instructor)}
                if self.instructor.isdecimal() and len(self.instructor) < 10
                else {"instructors__name__icontains": self.instructor}
            )
            asked.append(lambda found: found.filter(**who))
        if self.open:
            asked.append(lambda found: found.open_on(today).with_free_seats())
        if not asked:
            return None
        sections: Any = Section.objects.filter(season__is_active=True, is_cancelled=False)
        for ask in asked:
            sections = ask(sections)
        return sections.order_by()


def _departments() -> dict[str, list[int]]:
    """The ids of the departments by code: one for each institution that has the code."""
    return remember("catalog.departments", lambda: _ids_by(Department, "code"))


def _categories() -> dict[str, list[int]]:
    """The id of each category by its slug."""
    return remember("catalog.categories", lambda: _ids_by(Category, "slug"))


def _seasons() -> dict[str, list[int]]:
    """The ids of the seasons by code: one for each institution that has the code."""
    return remember("catalog.seasons", lambda: _ids_by(Season, "code"))


def _tags() -> dict[str, list[int]]:
    """The id of each tag by its slug."""
    return remember("catalog.tags", lambda: _ids_by(CourseTag, "slug"))


def _ids_by(model: type[Model], name: str) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for key, pk in model._default_manager.order_by().values_list(name, "pk"):
        found.setdefault(key, []).append(pk)
    return found


def _among(field: str, ids: Sequence[int]) -> Q:
    """What holds where ``field`` is one of ``ids``.

    One id is compared by itself: the database then walks the index of that field in the order of
    the list and stops at the end of the page, where a join or IN makes it collect and sort all.
    """
    return Q((f"{field}_id", ids[0])) if len(ids) == 1 else Q((f"{field}_id__in", ids))


def _one_of(choice: Choice) -> str | Promise:
    if not choice.values:
        return _("This value is too long.")
    return _("One of: %(values)s.") % {"values": ", ".join(choice.values)}
