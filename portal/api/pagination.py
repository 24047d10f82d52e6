"""Pages of lists by key (F1): a page costs the same wherever it stands in the list.

A cursor holds the ordering values of the row at the page's edge; the next page is what comes after
them. Nothing is counted or skipped. ``?cursor=last`` is the last page.
"""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db.models import Model, Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework.exceptions import ValidationError as ApiValidationError
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response

from portal.api.envelope import answer

LAST = "last"


@dataclass(frozen=True)
class Cursor:
    """A place in a list: beside the row with ``values``, going on or (``backwards``) back."""

    values: tuple[Any, ...]
    backwards: bool = False

    def encode(self) -> str:
        """The cursor as it stands in an address."""
        raw = orjson.dumps([int(self.backwards), *self.values], default=str)
        return base64.urlsafe_b64encode(raw).decode().rstrip("=")

    @classmethod
    def decode(cls, text: str, size: int) -> "Cursor":
        """Read a cursor of ``size`` values back; raises ValidationError (400) if it is not one."""
        try:
            raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
            backwards, *values = orjson.loads(raw)
        except (binascii.Error, ValueError, TypeError) as exc:
            raise invalid_cursor() from exc
        plain = all(isinstance(value, str | int | float | bool) for value in values)
        if backwards not in {0, 1} or len(values) != size or not plain:
            raise invalid_cursor()
        if any(isinstance(value, str) and "\0" in value for value in values):
            raise invalid_cursor()
        return cls(tuple(values), bool(backwards))


def invalid_cursor() -> ApiValidationError:
    """The refusal of a cursor that this list did not give."""
    return ApiValidationError({"cursor": [_("This cursor is not one of this list.")]}, "invalid")


def page_size_of(request: Request, default: int, maximum: int) -> int:
    """``?page_size=``; anything but a whole number from 1 to ``maximum`` is refused (400)."""
    text = request.query_params.get("page_size")
    if text is None:
        return default
    if not text.isascii() or not text.isdigit() or len(text) > 9 or not 1 <= int(text) <= maximum:
        message = _("Give a whole number from 1 to %(maximum)d.") % {"maximum": maximum}
        raise ApiValidationError({"page_size": [message]}, "invalid")
    return int(text)


def after(ordering: Sequence[str], values: Sequence[Any], *, backwards: bool = False) -> Q:
    """The rows that come after ``values`` in ``ordering`` (``-field`` for descending).

    ``(a, b) > (x, y)`` written out as ``a >= x AND (a > x OR b > y …)``, so that an index on the
    ordering's fields serves mixed directions too. The fields must not be NULL.
    """
    condition = Q()
    for name, value in reversed(list(zip(ordering, values, strict=True))):
        field = name.removeprefix("-")
        step = "lt" if name.startswith("-") != backwards else "gt"
        if condition:
            condition = Q((f"{field}__{step}e", value)) & (
                Q((f"{field}__{step}", value)) | condition
            )
        else:
            condition = Q((f"{field}__{step}", value))
    return condition


def reversed_ordering(ordering: Sequence[str]) -> list[str]:
    """``ordering`` from its other end."""
    return [name[1:] if name.startswith("-") else f"-{name}" for name in ordering]


def _field_value(model: type[Model], path: str, value: Any) -> Any:
    """``value`` of a cursor as the field at ``path`` (``subject__code``) would have it."""
    field: Any = None
    for part in path.split("__"):
        field = model._meta.pk if part == "pk" else model._meta.get_field(part)
        model = getattr(field, "related_model", None) or model
    return field.to_python(value)


def _row_value(row: Any, path: str) -> Any:
    for part in path.split("__"):
        row = row[part] if isinstance(row, dict) else getattr(row, part)
    return row


class KeysetPagination(BasePagination):
    """Pages by key for views with a queryset; the order is the view's ``ordering``.

    ``ordering`` must end with a unique field (``id``) and hold no field that may be NULL.
    ``page_size`` and ``max_page_size`` may be set on the view. ``meta`` carries ``page_size``,
    ``next_cursor`` and ``previous_cursor`` (null at the ends).
    """

    page_size = 50
    max_page_size = 100
    ordering: Sequence[str] = ("id",)

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:
        """Read one page and one row more, to know whether there is a next one."""
        self.size = page_size_of(
            request,
            getattr(view, "page_size", self.page_size),
            getattr(view, "max_page_size", self.max_page_size),
        )
        self.fields = self.get_ordering(request, queryset, view)
        text = request.query_params.get("cursor") or ""
        cursor = Cursor.decode(text, len(self.fields)) if text and text != LAST else None
        backwards = text == LAST or (cursor is not None and cursor.backwards)
        order = reversed_ordering(self.fields) if backwards else list(self.fields)
        if cursor is not None:
            queryset = queryset.filter(self._after(queryset.model, cursor))
        rows = list(queryset.order_by(*order)[: self.size + 1])
        more, rows = len(rows) > self.size, rows[: self.size]
        if backwards:
            rows.reverse()
            self.has_previous, self.has_next = more, cursor is not None
        else:
            self.has_previous, self.has_next = cursor is not None, more
        self.rows = rows
        return rows

    def get_ordering(self, request: Request, queryset: QuerySet[Any], view: Any) -> tuple[str, ...]:
        """The order of this list; a view's ``get_ordering(request)`` may choose among several."""
        chosen = getattr(view, "get_ordering", None)
        if chosen is not None:
            return tuple(chosen(request))
        return tuple(getattr(view, "ordering", None) or self.ordering)

    def _after(self, model: type[Model], cursor: Cursor) -> Q:
        try:
            values = [
                _field_value(model, name.removeprefix("-"), value)
                for name, value in zip(self.fields, cursor.values, strict=True)
            ]
        except (ValidationError, ValueError, TypeError, OverflowError) as exc:
            raise invalid_cursor() from exc
        except FieldDoesNotExist:
            values = list(cursor.values)  # an annotation: compared as it came
        return after(self.fields, values, backwards=cursor.backwards)

    def _cursor(self, row: Any, *, backwards: bool) -> str:
        values = tuple(_row_value(row, name.removeprefix("-")) for name in self.fields)
        return Cursor(values, backwards).encode()

    def get_meta(self) -> dict[str, Any]:
        """What ``meta`` tells of the page."""
        rows = self.rows
        return {
            "page_size": self.size,
            "next_cursor": self._cursor(rows[-1], backwards=False)
            if rows and self.has_next
            else None,
            "previous_cursor": self._cursor(rows[0], backwards=True)
            if rows and self.has_previous
            else None,
        }

    def get_paginated_response(self, data: Any) -> Response:
        """The page in the envelope."""
        return answer(data, meta=self.get_meta())

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        """The list itself; ``portal/api/schema.py`` puts the envelope and ``meta`` around it."""
        return schema

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        """``cursor`` and ``page_size`` for the OpenAPI document."""
        maximum = getattr(view, "max_page_size", self.max_page_size)
        default = getattr(view, "page_size", self.page_size)
        return [
            {
                "name": "cursor",
                "in": "query",
                "required": False,
                "description": str(CURSOR_HELP),
                "schema": {"type": "string"},
            },
            {
                "name": "page_size",
                "in": "query",
                "required": False,
                "description": str(PAGE_SIZE_HELP),
                "schema": {
                    "type": "integer",
                    "minimum": 1,
                    "maximum": maximum,
                    "default": default,
                },
            },
        ]


CURSOR_HELP = gettext_lazy(
    "Where the page begins: `next_cursor` or `previous_cursor` of a page's `meta`, "
    "or `last` for the last page."
)
PAGE_SIZE_HELP = gettext_lazy("How many entries a page holds.")
