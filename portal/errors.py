"""Domain errors: what a service raises when a rule refuses, told the same way by API and pages."""

from typing import Any

from django.utils.translation import gettext_lazy as _


class DomainError(Exception):
    """A rule said no.

    ``code`` is stable and for programs, ``message`` is a translated sentence for people, ``status``
    is the HTTP status that the API answers with, ``param`` names the field at fault if one is, and
    ``details`` holds facts (JSON) that a client may show, such as the courses that clash.
    """

    code: str = "conflict"
    status: int = 409
    message: Any = _("This is not possible now.")

    def __init__(self, message: Any = None, *, param: str | None = None, **details: Any) -> None:
        if message is not None:
            self.message = message
        self.param = param
        self.details = details
        super().__init__(self.code)

    def __str__(self) -> str:
        return str(self.message)


class InvalidInput(DomainError):
    """A field holds what it must not; ``param`` names it."""

    code = "invalid"
    status = 400
    message = _("This value is not valid.")


class NotAllowed(DomainError):
    """The acting person may see the thing but not do this to it."""

    code = "permission_denied"
    status = 403
    message = _("You may not do this.")
