"""What the services of institutions refuse with."""

from django.utils.translation import gettext_lazy as _

from portal.errors import DomainError


class StillInUse(DomainError):
    """Something else points to it."""

    code = "still_in_use"
    message = _("This cannot be deleted: something still belongs to it.")


class AlreadyAdministrator(DomainError):
    """The account has this row already."""

    code = "already_administrator"
    message = _("This account is an administrator there already.")


class OwnRole(DomainError):
    """One does not make or end one's own reach: it could leave nobody with the portal."""

    code = "own_role"
    message = _("You cannot change this for your own account.")
