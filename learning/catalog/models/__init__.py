"""Tables of the catalog; pages stand in a module of their own."""

from campus.venues.models import Weekday
from learning.catalog.models.courses import (
    Category,
    Content,
    Course,
    CourseTag,
    Module,
    Program,
    Resource,
    Season,
    TaggedCourse,
)
from learning.catalog.models.pages import CourseIndexPage, CoursePage
from learning.catalog.models.sections import Meeting, Section

__all__ = [
    "Category",
    "Content",
    "Course",
    "CourseIndexPage",
    "CoursePage",
    "CourseTag",
    "Meeting",
    "Module",
    "Program",
    "Resource",
    "Season",
    "Section",
    "TaggedCourse",
    "Weekday",
]
