"""What the services of clubs refuse with."""

from django.utils.translation import gettext_lazy as _

from portal.errors import DomainError


class ClubNotFound(DomainError):
    """There is no such club that the acting person may see."""

    code = "not_found"
    status = 404
    message = _("There is no such club.")


class MemberNotFound(DomainError):
    """There is no such member of the club."""

    code = "not_found"
    status = 404
    message = _("There is no such member.")


class ClubNotActive(DomainError):
    """A club that is paused or dissolved takes nobody and holds nothing."""

    code = "club_not_active"
    message = _("This club is not active.")


class JoiningClosed(DomainError):
    """The club takes members by invitation."""

    code = "joining_closed"
    message = _("This club takes members by invitation only.")


class WrongMemberState(DomainError):
    """The state that is asked for cannot follow the present one."""

    code = "wrong_state"
    message = _("This was decided already.")


class WrongClubState(DomainError):
    """The state that is asked for cannot follow the present one."""

    code = "wrong_state"
    message = _("The club cannot go from its present state to this one.")


class RoleOfAnotherClub(DomainError):
    """The role belongs to another club."""

    code = "role_of_another_club"
    status = 400
    message = _("This role is not one of the club.")


class StaffOfAnotherInstitution(DomainError):
    """A coordinator is of the club's institution, and has an account."""

    code = "not_of_institution"
    status = 400
    message = _("The coordinator must be a member of the institution's staff with an account.")
