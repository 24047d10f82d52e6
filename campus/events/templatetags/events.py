"""How templates tell the times of events: by the clock of the place, wherever the reader is."""

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

from django import template
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.safestring import SafeString, mark_safe

from campus.events import tickets
from campus.events.filters import applied
from campus.events.models import Event

register = template.Library()


@register.filter
def there(moment: dt.datetime | None, event: Event) -> dt.datetime | None:
    """What the clock shows at the event's institution at that moment.

    The answer has no timezone of its own, so that no filter turns it into the reader's.
    """
    if moment is None:
        return None
    zone = ZoneInfo(event.club.institution.timezone)
    return moment.astimezone(zone).replace(tzinfo=None)


@register.filter
def zone_if_other(event: Event) -> str:
    """The name of the event's timezone where the reader's clock shows another hour; else nothing."""
    zone = ZoneInfo(event.club.institution.timezone)
    here = timezone.localtime(event.starts)
    return "" if event.starts.astimezone(zone).utcoffset() == here.utcoffset() else str(zone)


@register.filter
def lasts_days(event: Event) -> bool:
    """Whether the event ends on a later day than it starts."""
    starts, ends = there(event.starts, event), there(event.ends, event)
    return starts is not None and ends is not None and starts.date() != ends.date()


@register.simple_tag
def ticket_qr(registration: Any) -> SafeString:
    """The ticket's QR code as SVG (E5); it holds the signed code alone."""
    return mark_safe(tickets.qr_svg(tickets.code_of(registration)))  # noqa: S308 (segno's own)


@register.simple_tag
def qr(text: str) -> SafeString:
    """A QR code of ``text`` as SVG."""
    return mark_safe(tickets.qr_svg(text))  # noqa: S308 (segno's own)


@register.simple_tag(takes_context=True)
def applied_event_filters(context: Any, filters: Any) -> list[dict[str, Any]]:
    """The filters that hold, each with a label and the address without it."""
    values = dict(filters)
    address = context["request"].path
    found = []
    for name, label in applied(filters):
        rest = urlencode({key: kept for key, kept in values.items() if key != name})
        found.append({"label": label, "without": f"{address}?{rest}" if rest else address})
    return found
