"""What the notification services refuse."""

from django.utils.translation import gettext_lazy as _

from portal.errors import DomainError, InvalidInput


class NotificationNotFound(DomainError):
    """There is none with this id among the reader's own."""

    code = "not_found"
    status = 404
    message = _("There is no such notification.")


class NoAction(DomainError):
    """The notification asks for nothing, or what it asked for is done."""

    code = "action_taken"
    message = _("There is nothing left to do here.")


class UnknownType(InvalidInput):
    """No such type or channel is declared."""

    code = "unknown_type"
    message = _("There is no such kind of notification.")


class NothingToSettle(DomainError):
    """Only a mail that failed for good, or of which nothing is known, is sent again or closed by hand."""

    code = "wrong_state"
    message = _("This mail is on its way, sent or closed. There is nothing to settle.")


class MandatoryType(InvalidInput):
    """It is about somebody's safety and always comes."""

    code = "mandatory_type"
    message = _("This is about the safety of an account. It always comes, and at once.")
