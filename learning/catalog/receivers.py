"""What the catalog listens to: edits in the Wagtail admin, which change what public pages show."""

from campus.institutions.models import Department, Institution
from campus.people.models import StaffProfile
from campus.venues.models import Building, Hall
from learning.catalog.models import (
    Category,
    Content,
    Course,
    CourseTag,
    Meeting,
    Module,
    Program,
    Resource,
    Season,
    Section,
    TaggedCourse,
)
from portal import pagecache
from portal.pagecache.marks import EVERYTHING

# What public pages of the catalog show besides the words of editors. Seats are not among them: the
# services of enrollments touch the course's own tag.
SHOWN = (
    *(Building, Category, Content, CourseTag, Department, Hall, Institution, Meeting, Module),
    *(Program, Resource, Season, StaffProfile, TaggedCourse),
)


def connect() -> None:
    """End every kept page when one of these is edited.

    Such edits are rare and what they change is shown in many places: a course in lists, on the
    pages of those it is required by, in search; a section moved to another course on two pages.
    """
    for model in SHOWN:
        pagecache.register(model, _everything)
    pagecache.register(Course, _everything, many=("prerequisites", "programs"))
    pagecache.register(Section, _everything, many=("instructors",))


def _everything(_: object) -> tuple[str]:
    return (EVERYTHING,)
