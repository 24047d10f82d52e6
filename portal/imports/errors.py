"""What is wrong with a file, and what imports refuse."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from portal.errors import DomainError, InvalidInput


class BadFile(InvalidInput):
    """The file as a whole cannot be read; the sentence says why."""

    code = "bad_file"
    message = _("This file cannot be read.")

    def __init__(self, message: Any = None, **details: Any) -> None:
        super().__init__(message, param="file", **details)


class BadCell(ValueError):
    """One cell holds what its column cannot; the message is a sentence for people."""

    def __init__(self, message: Any) -> None:
        self.message = message
        super().__init__(str(message))


class WrongState(DomainError):
    """What was asked for is not possible in the state that the import is in."""

    code = "wrong_state"
    message = _("This is not possible in the state that the import is in.")


class NoSuchImporter(InvalidInput):
    """There is no such kind of import, or not for this person."""

    code = "no_such_kind"
    message = _("There is no such kind of import.")

    def __init__(self) -> None:
        super().__init__(param="kind")


class ChangedMeanwhile(Exception):
    """What is stored is no longer what the preview showed; nothing was written."""
