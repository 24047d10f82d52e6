"""Jobs of enrollments: free seats find who waits, whatever freed them."""

from django.db.models import Exists, OuterRef

from learning.catalog.models import Section
from learning.enrollments import bulk, services
from learning.enrollments.models import EnrollmentRequest
from portal.jobs import scheduled


def fill_seats(section_id: int) -> int:
    """Give the free seats of one section to who waits; running again gives nothing twice."""
    return services.fill_seats(section_id=section_id)


def tell_enrolled(enrollments: list[str]) -> int:
    """Tell students and their guardians of the seats that an import gave; each is told once."""
    return bulk.tell_enrolled(enrollments=enrollments)


def sections_to_fill() -> list[int]:
    """Sections with a free seat and someone who waits: an import, an editor or a changed week can
    make one without any enrollment being dropped."""
    waiting = EnrollmentRequest.objects.filter(section=OuterRef("pk")).waiting_for_seat()
    return list(
        Section.objects.with_free_seats()
        .filter(Exists(waiting), is_cancelled=False)
        .order_by("pk")
        .values_list("pk", flat=True)
    )


@scheduled("*/5 * * * *")
def fill_free_seats() -> dict[str, int]:
    """The sweep (every five minutes): how many sections were looked at, how many seats given."""
    sections = sections_to_fill()
    given = sum(services.fill_seats(section_id=section_id) for section_id in sections)
    return {"sections": len(sections), "seats": given}
