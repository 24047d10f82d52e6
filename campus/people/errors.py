"""What the services of people refuse, each with a code for programs and a sentence for people."""

from django.utils.translation import gettext_lazy as _

from portal.errors import DomainError


class StudentNotFound(DomainError):
    """There is no such student that the acting person may see."""

    code = "not_found"
    status = 404
    message = _("There is no such student.")


class GuardianshipNotFound(DomainError):
    """There is no such guardianship that the acting person may see."""

    code = "not_found"
    status = 404
    message = _("There is no such guardian.")


class TooManyChildren(DomainError):
    """One account cares for no more than ``MOST_CHILDREN``."""

    code = "too_many_children"
    message = _("You have as many children here as one account can have.")


class HasOwnAccount(DomainError):
    """The student has an account, and corrects their profile by themselves (P9)."""

    code = "has_own_account"
    message = _("This student has an account of their own and changes these facts there.")


class AlreadyGuardian(DomainError):
    """The person cares for the student already."""

    code = "already_guardian"
    message = _("This person is a guardian of the student already.")


class OwnGuardian(DomainError):
    """Nobody is their own guardian, and no guardian takes over the account of their child."""

    code = "own_guardian"
    message = _("Nobody can be their own guardian.")


class LastGuardian(DomainError):
    """A student without an account would be left with nobody."""

    code = "last_guardian"
    message = _("A student without an account needs a guardian. Ask the administration.")


class NotAMentor(DomainError):
    """Mentees are given to staff with the role mentor, of the student's own institution."""

    code = "not_a_mentor"
    message = _("This person is not a mentor of the student's institution.")


class InvitationInvalid(DomainError):
    """No open invitation has this code: it is wrong, used, withdrawn or too old."""

    code = "invitation_invalid"
    status = 400
    message = _("This code is not valid, or not any more. Ask for a new one.")


class TooManyTries(DomainError):
    """Codes were tried too often from one account."""

    code = "too_many_tries"
    status = 429
    message = _("Too many tries. Wait an hour.")


class AlreadyStudent(DomainError):
    """The account belongs to a student with a history of their own."""

    code = "already_student"
    message = _("This account belongs to another student who has courses already.")


class StudentHasHistory(DomainError):
    """What the student did here is kept; a state says that they left."""

    code = "student_has_history"
    message = _("This student has a history here and stays; change the state instead.")
