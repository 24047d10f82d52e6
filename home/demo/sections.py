"""What the catalog does not tell: capacities, a price, an approval; and who is enrolled where."""

import zlib
from collections import defaultdict
from decimal import Decimal

from home.demo.people import Cast
from learning.catalog.models import Course, Season, Section
from learning.enrollments import services

# Registration numbers of the catalog, which are the same in every year that it is held in.
FULL = "30232"  # PHYS 101 A, the lecture: full, with a waiting list
NEARLY_FULL = "30233"  # PHYS 101 D1, its discussion: one seat left
NEEDS_APPROVAL = "30237"  # PHYS 101 L2, its laboratory
PRICED = "29988"  # SPAN 122 1AC
OPEN = "33737"  # ARAB 201 A1
TAUGHT = [FULL, NEARLY_FULL, NEEDS_APPROVAL]

SEATS = {FULL: 24, NEARLY_FULL: 18, NEEDS_APPROVAL: 12, PRICED: 20, OPEN: 16}
FEATURED = ["PHYS 101", "CS 124", "CS 173", "MATH 257", "ARAB 201", "CHEM 102"]


def capacity(number: str) -> int:
    """Seats of a section that the demo does not name: from 12 to 60, the same at every run."""
    return SEATS.get(number, 12 + 6 * (zlib.crc32(number.encode()) % 9))


def set_up_sections(season: Season, cast: Cast) -> None:
    """Give every section its seats and the demo's sections their part; feature some courses."""
    by_capacity: defaultdict[int, list[int]] = defaultdict(list)
    sections = Section.objects.filter(season=season)
    for pk, number in sections.values_list("pk", "number"):
        by_capacity[capacity(number)].append(pk)
    for seats, pks in by_capacity.items():
        Section.objects.filter(pk__in=pks).update(capacity=seats)
    sections.filter(number=NEEDS_APPROVAL).update(needs_approval=True)
    sections.filter(number=PRICED).update(price=Decimal("480.00"), currency="USD")
    for section in sections.filter(number__in=TAUGHT):
        section.instructors.add(cast.teacher)
    Course.objects.filter(institution=season.institution, code__in=FEATURED).update(
        is_featured=True
    )


def enroll_students(season: Season, cast: Cast) -> None:
    """Fill the rosters through the same services that students use, waiting list included.

    Sami has a seat in the full section and Nora is the first who waits: when he drops, she is in. Lina's
    mother enrolled her in a section that has seats left for Omar.
    """
    ids = dict(Section.objects.filter(season=season).values_list("number", "pk"))
    classmates = cast.others[: SEATS[FULL] - 1]
    for student in [cast.student, *classmates, cast.second_student, *cast.others[-3:]]:
        services.enroll(student=student, section_id=ids[FULL], actor=None)
    for student in cast.others[: SEATS[NEARLY_FULL] - 1]:
        services.enroll(student=student, section_id=ids[NEARLY_FULL], actor=None)
    for student in [cast.second_student, *cast.others[-6:-3]]:
        services.enroll(student=student, section_id=ids[NEEDS_APPROVAL], actor=None)
    services.enroll(student=cast.children[0], section_id=ids[OPEN], actor=cast.parent)
    for student in [cast.student, *cast.others[30:40]]:
        services.enroll(student=student, section_id=ids[OPEN], actor=None)
