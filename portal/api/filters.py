"""The filters of lists: what is not understood is refused, never ignored."""

from typing import Any

from django.utils.translation import gettext as _
from django_filters.filters import BooleanFilter
from django_filters.rest_framework import DjangoFilterBackend
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

TRUTHS = frozenset({"", "true", "false", "True", "False", "1", "0"})


class FilterBackend(DjangoFilterBackend):
    """django-filter's, but a yes-or-no filter takes yes or no.

    As shipped, ``?verified=yes`` is read as if nothing had been asked, and everything comes back.
    """

    def filter_queryset(self, request: Request, queryset: Any, view: Any) -> Any:
        """The rows that fit; raises ``ValidationError`` (400) that names the filter at fault."""
        filterset = self.get_filterset(request, queryset, view)
        if filterset is not None:
            wrong = {
                name: [_("Give true or false.")]
                for name, one in filterset.filters.items()
                if isinstance(one, BooleanFilter)
                and request.query_params.get(name, "") not in TRUTHS
            }
            if wrong:
                raise ValidationError(wrong, "invalid")
        return super().filter_queryset(request, queryset, view)
