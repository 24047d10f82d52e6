"""Whole numbers in addresses: an id, or a filter that names one."""

from django.http import Http404
from django.utils.translation import gettext as _
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

LONGEST = 18
"""Digits: below what a column of 64 bits holds."""


def whole(text: str) -> int | None:
    """The number that ``text`` is, in plain digits; None for all else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= LONGEST else None


def id_in(text: str) -> int:
    """The id in an address; what is none leads nowhere (404)."""
    found = whole(text)
    if found is None:
        raise Http404
    return found


def asked_number(request: Request, name: str) -> int | None:
    """``?name=`` as a number, None where it is not asked; raises ValidationError (400) for all else."""
    text = request.query_params.get(name, "")
    if not text:
        return None
    found = whole(text)
    if found is None:
        raise ValidationError({name: [_("Enter a whole number.")]}, "invalid")
    return found
