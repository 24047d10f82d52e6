"""What services of accounts refuse with."""

from django.utils.translation import gettext_lazy as _

from portal.errors import DomainError


class NotWaiting(DomainError):
    """The registration does not wait for a decision (any more)."""

    code = "not_waiting"
    message = _("This registration does not wait for a decision.")
