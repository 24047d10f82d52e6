"""What asking for a report is refused with."""

from django.utils.translation import gettext_lazy as _

from portal.errors import DomainError


class NoSuchReport(DomainError):
    """There is none of that name, or none for the reader."""

    code = "not_found"
    status = 404
    message = _("There is no such report.")


class TooManyLines(DomainError):
    """More lines than one report holds; a shorter period has fewer."""

    code = "too_many_lines"
    status = 400
    message = _("These are too many lines. Choose a shorter period.")
