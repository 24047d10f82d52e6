"""All that enrolling must know of a student and a section, by one statement, under their locks.

It is SQL by hand, for both databases: this is what everybody else in a rush waits for, and making it
from querysets took longer than the database takes to answer. What a clash and a prerequisite are stands
in :mod:`learning.enrollments.checks`, which also finds the words for a refusal; a test holds the two
against each other.
"""

from dataclasses import dataclass

from django.db import connection

from campus.people.models import Student
from learning.catalog.models import Section

_STANDING = """
SELECT
    (SELECT state FROM enrollments_enrollment
      WHERE student_id = %(student)s AND section_id = %(section)s),
    EXISTS (SELECT 1 FROM enrollments_enrollmentrequest
             WHERE student_id = %(student)s AND section_id = %(section)s AND state = 'pending'),
    EXISTS (SELECT 1 FROM people_guardianship WHERE student_id = %(student)s),
    (SELECT COUNT(*) FROM enrollments_enrollmentrequest
      WHERE section_id = %(section)s AND state = 'pending' AND waits_for = 'seat'),
    EXISTS (SELECT 1 FROM catalog_course_prerequisites needed
             WHERE needed.from_course_id = %(course)s AND NOT EXISTS (
                   SELECT 1 FROM enrollments_enrollment done
                     JOIN catalog_section ON catalog_section.id = done.section_id
                    WHERE done.student_id = %(student)s AND done.state = 'completed'
                      AND catalog_section.course_id = needed.to_course_id)),
    EXISTS (SELECT 1 FROM catalog_meeting wanted
              JOIN catalog_meeting taken ON taken.weekday = wanted.weekday
                   AND taken.starts < wanted.ends AND taken.ends > wanted.starts
              JOIN enrollments_enrollment held ON held.section_id = taken.section_id
              JOIN catalog_section theirs ON theirs.id = held.section_id
              JOIN catalog_season ON catalog_season.id = theirs.season_id
             WHERE wanted.section_id = %(section)s AND held.section_id <> %(section)s
               AND held.student_id = %(student)s AND held.state = 'active'
               AND COALESCE(theirs.starts, catalog_season.starts) <= %(ends)s
               AND COALESCE(theirs.ends, catalog_season.ends) >= %(starts)s)
"""


@dataclass(frozen=True)
class StandingNow:
    """What holds between one student and one section at this moment.

    ``state`` is that of the enrollment there is, or empty; ``waiting`` how many wait for a seat.
    """

    state: str
    has_request: bool
    has_guardians: bool
    waiting: int
    lacks_prerequisites: bool
    clashes: bool


def standing_in(section: Section, student: Student) -> StandingNow:
    """How ``student`` stands to ``section`` (with course and season): one statement (L4, L6)."""
    as_day = connection.ops.adapt_datefield_value
    facts = {
        "student": Student._meta.pk.get_db_prep_value(student.pk, connection),
        "section": section.pk,
        "course": section.course_id,
        "starts": as_day(section.starts or section.season.starts),
        "ends": as_day(section.ends or section.season.ends),
    }
    with connection.cursor() as cursor:
        cursor.execute(_STANDING, facts)
        state, has_request, guarded, waiting, lacks, clashes = cursor.fetchone()
    return StandingNow(
        state or "", bool(has_request), bool(guarded), waiting, bool(lacks), bool(clashes)
    )
