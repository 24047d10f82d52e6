"""What the services of points refuse with."""

from django.utils.translation import gettext_lazy as _

from portal.errors import DomainError


class TransactionNotFound(DomainError):
    """No such transaction, or not for this person to see."""

    code = "not_found"
    status = 404
    message = _("There is no such transaction.")


class AlreadyDecided(DomainError):
    """A decided transaction never changes (A2); ``details["transactions"]`` names those at fault."""

    code = "wrong_state"
    message = _("This was decided already. A correction can be made instead.")


class OwnPoints(DomainError):
    """Nobody decides their own points, whatever their role (A2)."""

    code = "permission_denied"
    status = 403
    message = _("Nobody decides their own points.")


class CategoryClosed(DomainError):
    """The category is not active, or is of another institution than the student."""

    code = "invalid"
    status = 400
    message = _("This category takes no points.")


class NotCorrectable(DomainError):
    """What is not approved counts nothing, and what was corrected is corrected by its follower."""

    code = "wrong_state"
    message = _("Only what is approved and not corrected yet can be corrected.")


class CategoryInUse(DomainError):
    """Points stand in the category; it can be made inactive."""

    code = "in_use"
    message = _("Points stand in this category. Make it inactive instead.")
