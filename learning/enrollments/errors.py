"""What the enrollment services refuse, each with a code for programs and a sentence for people."""

from django.utils.translation import gettext_lazy as _

from portal.errors import DomainError


class SectionNotFound(DomainError):
    """There is no such section for the public, or none at all."""

    code = "not_found"
    status = 404
    message = _("There is no such section.")


class EnrollmentNotFound(DomainError):
    """There is no such enrollment that the acting person may see."""

    code = "not_found"
    status = 404
    message = _("There is no such enrollment.")


class RequestNotFound(DomainError):
    """There is no such request that the acting person may see."""

    code = "not_found"
    status = 404
    message = _("There is no such request.")


class StudentNotActive(DomainError):
    """A student who is on leave, has left or graduated takes no section."""

    code = "student_not_active"
    message = _("Only an active student can enroll.")


class NotAStudent(DomainError):
    """The account that asks belongs to no student."""

    code = "not_a_student"
    status = 403
    message = _("Only students can enroll.")


class ChooseWhom(DomainError):
    """A parent has to say which child is meant (P10)."""

    code = "choose_student"
    status = 400
    message = _("Choose who is to be enrolled.")


class SectionCancelled(DomainError):
    """The section does not take place."""

    code = "section_cancelled"
    message = _("This section was cancelled.")


class EnrollmentNotOpenYet(DomainError):
    """The window for enrollment opens later (L18)."""

    code = "enrollment_not_open"
    message = _("Enrollment for this section has not opened yet.")


class EnrollmentClosed(DomainError):
    """The window for enrollment is over, or the section is (L18)."""

    code = "enrollment_closed"
    message = _("Enrollment for this section is closed.")


class DropClosed(DomainError):
    """The last day for dropping has passed (L18)."""

    code = "drop_closed"
    message = _("The last day to drop this section has passed.")


class PaymentRequired(DomainError):
    """A priced section is entered by paying, and only then (L5)."""

    code = "payment_required"
    status = 402
    message = _("This section has a price. A place in it is given when it is paid.")


class AlreadyEnrolled(DomainError):
    """One enrollment for a student and a section, ever (L4)."""

    code = "already_enrolled"
    message = _("Already enrolled in this section.")


class AlreadyRequested(DomainError):
    """A request of this student for this section is open."""

    code = "already_requested"
    message = _("A request for this section is open already.")


class PrerequisitesMissing(DomainError):
    """Courses that must be completed first; ``details["courses"]`` names them (L6)."""

    code = "prerequisites_missing"


class TimetableClash(DomainError):
    """The weekly hours overlap with an active section; ``details["sections"]`` names them (L6)."""

    code = "timetable_clash"


class NoSeat(DomainError):
    """The section is full; the request stays in the queue."""

    code = "capacity_reached"
    message = _("The section is full. The request keeps its place on the waiting list.")


class TransitionRefused(DomainError):
    """The state that is asked for cannot follow the present one."""

    code = "wrong_state"
    message = _("This was decided already.")
