"""What this app refuses."""

from django.utils.translation import gettext_lazy as _

from portal.errors import DomainError


class NotConfirmed(DomainError):
    """Password or second factor do not prove the person."""

    code = "not_confirmed"
    status = 400
    message = _("This is not right.")


class LastAdmin(DomainError):
    """Without this account nobody could administer the portal."""

    code = "last_admin"
    message = _("This is the last admin. Make another one first.")


class AlreadyAsked(DomainError):
    """The erasure waits already, or runs."""

    code = "already_asked"
    message = _("The erasure of this account is under way already.")


class NothingAsked(DomainError):
    """There is no erasure to take back, or not any more."""

    code = "nothing_asked"
    message = _("There is no erasure that could be taken back.")


class TooManyExports(DomainError):
    """Enough downloads for one day."""

    code = "too_many_exports"
    message = _("You asked for several downloads today. Try again tomorrow.")


class PersonNotFound(DomainError):
    """There is no such account, or it is out of the actor's reach."""

    code = "not_found"
    status = 404
    message = _("There is no such account.")
