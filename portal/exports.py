"""Every list of the Wagtail admin as CSV and XLSX: what the table shows, filtered and within reach as it is.

``ExportedViews`` is mixed into the bases of our viewsets, so that no list has to think of it. The columns
are the list's own; rows are read in pieces and written as they come, foreign keys are joined, and nothing
that begins like a formula is one in a spreadsheet.
"""

import csv
import datetime as dt
import tempfile
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db.models import ForeignKey, Model, QuerySet
from django.http import FileResponse
from django.utils import timezone
from django.utils.functional import Promise
from wagtail.admin.ui.tables import BaseColumn, Column
from wagtail.admin.views.generic import IndexView

from portal.tables import XLSX, harmless

CHUNK = 1_000


class _Line:
    """What a CSV writer writes to: hands the line back."""

    def write(self, line: str) -> bytes:
        return line.encode()


class ExportedIndex:
    """Mixed into a list: its columns to download, by Wagtail's own buttons.

    ``list_export`` may name fields instead of the columns, ``list_related`` what besides the columns'
    own foreign keys their texts need (``section__course``), ``list_unsaid`` columns that only hold buttons.
    """

    list_related: tuple[str, ...] = ()
    list_unsaid: tuple[str, ...] = ()
    list_export: list[str]
    is_export: bool
    custom_field_preprocess: dict[str, dict[str, Any]]
    columns: list[BaseColumn]
    model: type[Model]
    request: Any

    def setup(self, request: Any, *args: Any, **kwargs: Any) -> None:
        """Export what the list shows, where nothing else is said."""
        super().setup(request, *args, **kwargs)  # type: ignore[misc]
        self.own_columns = not self.list_export
        if self.own_columns:
            self.list_export = [column.name for column in self._said()]

    def _said(self) -> list[Column]:
        return [c for c in self.columns if isinstance(c, Column) and c.name not in self.list_unsaid]

    def get(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        """The page; or the table, past the page's context, which would count all rows in memory."""
        if self.is_export:
            return self.as_spreadsheet(self.get_exported(), request.GET["export"])  # type: ignore[attr-defined]
        return super().get(request, *args, **kwargs)  # type: ignore[misc]

    def get_exported(self) -> Any:
        """The rows: filtered, searched and ordered as the page shows them."""
        return self.get_queryset()  # type: ignore[attr-defined]

    def get_base_queryset(self) -> Any:
        """With what the columns point to, so that no row asks for it."""
        found = super().get_base_queryset()  # type: ignore[misc]
        if not isinstance(found, QuerySet) or found.query.select_related is True:
            return found
        related = {*self.list_related}
        for column in self.columns:
            accessor = getattr(column, "accessor", None)
            if isinstance(accessor, str):
                related |= _foreign(found.model, accessor)
        return found.select_related(*sorted(related)) if related else found

    def to_row_dict(self, item: Any) -> "OrderedDict[str, Any]":
        """One row: what the columns say."""
        if not self.own_columns:
            row: OrderedDict[str, Any] = super().to_row_dict(item)  # type: ignore[misc]
            return row
        return OrderedDict((column.name, column.get_value(item)) for column in self._said())

    def get_heading(self, queryset: Any, field: str) -> str:
        """The column's own heading."""
        for column in self.columns if self.own_columns else ():
            if column.name == field:
                return str(column.label)
        return str(super().get_heading(queryset, field))  # type: ignore[misc]

    def preprocess_field_value(self, field: str, value: Any, export_format: str) -> Any:
        """A cell: harmless texts; dates and numbers as they are in workbooks."""
        own = self.custom_field_preprocess.get(field, {}).get(export_format)
        if own is not None:
            value = own(value)
        if isinstance(value, bool) or value is None or export_format == "csv":
            return harmless(_plain(value))
        if isinstance(value, dt.datetime):
            return timezone.make_naive(value) if timezone.is_aware(value) else value
        if isinstance(value, dt.date | dt.time | int | float):
            return value
        return harmless(_plain(value))

    def get_filename(self) -> str:
        """What it is, and of which day."""
        return f"{self.model._meta.model_name}-{timezone.localdate().isoformat()}"

    def stream_csv(self, queryset: Any) -> Iterator[bytes]:
        """Line by line, with a mark so that spreadsheets read every script."""
        writer = csv.writer(_Line())
        yield "\ufeff".encode()
        yield writer.writerow([self.get_heading(queryset, name) for name in self.list_export])
        for item in _in_pieces(queryset):
            row = self.to_row_dict(item)
            cells = (self.preprocess_field_value(name, row[name], "csv") for name in row)
            yield writer.writerow(list(cells))

    def write_xlsx_response(self, queryset: Any) -> FileResponse:
        """A workbook, written to a file instead of memory."""
        output = tempfile.TemporaryFile()  # noqa: SIM115 (the response closes it)
        self.write_xlsx(_Pieces(queryset), output)  # type: ignore[attr-defined]
        output.seek(0)
        name = f"{self.get_filename()}.xlsx"
        return FileResponse(output, as_attachment=True, content_type=XLSX, filename=name)


class _Pieces:
    """A queryset that is read in pieces by whoever loops over it."""

    def __init__(self, queryset: Any) -> None:
        self.queryset, self.model = queryset, getattr(queryset, "model", None)

    def __iter__(self) -> Iterator[Any]:
        return iter(_in_pieces(self.queryset))


def _in_pieces(queryset: Any) -> Iterable[Any]:
    if isinstance(queryset, QuerySet):
        return queryset.iterator(chunk_size=CHUNK)
    found: Iterable[Any] = queryset
    return found


def _foreign(model: type[Model], accessor: str) -> set[str]:
    """The look-up of the foreign keys that an accessor (``section.course``) goes through."""
    path: list[str] = []
    current: Any = model
    for name in accessor.replace("__", ".").split("."):
        try:
            field = current._meta.get_field(name)
        except FieldDoesNotExist:
            break
        if not isinstance(field, ForeignKey):
            break
        path.append(name)
        current = field.related_model
    return {"__".join(path)} if path else set()


def _plain(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dt.datetime):
        return (
            timezone.localtime(value).isoformat() if timezone.is_aware(value) else value.isoformat()
        )
    if isinstance(value, list | tuple | set) and not isinstance(value, Promise):
        return ", ".join(str(one) for one in value)
    return str(value)


class ExportedViews:
    """Mixed into a viewset: its list can be downloaded."""

    list_related: tuple[str, ...] = ()

    def construct_view(self, view_class: type, **kwargs: Any) -> Any:
        """The view; a list with its export."""
        if issubclass(view_class, IndexView) and not issubclass(view_class, ExportedIndex):
            members = {
                "list_related": self.list_related,
                "__module__": view_class.__module__,
                "__doc__": view_class.__doc__,
            }
            view_class = type(view_class.__name__, (ExportedIndex, view_class), members)
        return super().construct_view(view_class, **kwargs)  # type: ignore[misc]
