"""A cell of a report, written by the kind of its column."""

from collections.abc import Sequence
from typing import Any

from django import template
from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.html import format_html
from django.utils.safestring import SafeString

from portal.reports.registry import Column, Kind

register = template.Library()


@register.simple_tag
def report_cell(columns: Sequence[Column], index: int, cell: Any) -> SafeString:
    """The cell with its tags; the first of a line heads it, a percentage has a bar."""
    kind = columns[index].kind
    if index == 0:
        return format_html('<th scope="row"><bdi>{}</bdi></th>', _text(cell, kind))
    if kind in {Kind.TEXT, Kind.MOMENT}:
        return format_html("<td><bdi>{}</bdi></td>", _text(cell, kind))
    if kind == Kind.PERCENT and cell is not None:
        return format_html(
            '<td class="q-report-number"><meter min="0" max="100" value="{}" aria-hidden="true">'
            '</meter> <span dir="ltr">{}</span></td>',
            str(min(cell, 100)),
            _text(cell, kind),
        )
    return format_html(
        '<td class="q-report-number"><span dir="ltr">{}</span></td>', _text(cell, kind)
    )


def _text(cell: Any, kind: Kind) -> str:
    if cell is None:
        return "–"
    if kind == Kind.MOMENT:
        # (Arabic has no short form of both: the default's month would come first.)
        moment = timezone.localtime(cell)
        return f"{date_format(moment, 'SHORT_DATE_FORMAT')} {date_format(moment, 'TIME_FORMAT')}"
    if kind == Kind.PERCENT:
        return f"{number_format(cell, 1)} %"
    if kind == Kind.HOURS:
        return number_format(cell, 1, force_grouping=True)
    if kind == Kind.NUMBER:
        return number_format(cell, force_grouping=True)
    return str(cell)
