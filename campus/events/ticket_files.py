"""A ticket on paper: one page of PDF with the QR code (E5). Reads nothing from disk or network."""

import base64
import datetime as dt
from zoneinfo import ZoneInfo

from django.template.loader import render_to_string
from django.utils import translation

from campus.events import tickets
from campus.events.models import EventRegistration


def ticket_pdf(registration: EventRegistration) -> bytes:
    """The ticket in the language of the request; the registration holds a place.

    Needs ``student``, ``user``, and the event's club, institution, hall and sessions.
    """
    event = registration.event
    zone = ZoneInfo(event.club.institution.timezone)
    code = tickets.code_of(registration)
    picture = base64.b64encode(tickets.qr_svg(code).encode()).decode()
    language = translation.get_language() or "en"
    page = render_to_string(
        "events/ticket_paper.html",
        {
            "registration": registration,
            "event": event,
            "code": code,
            "picture": f"data:image/svg+xml;base64,{picture}",
            "sessions": [
                (_clock(one.starts, zone), _clock(one.ends, zone), one.title)
                for one in sorted(event.sessions.all(), key=lambda one: one.starts)
            ],
            "zone": zone.key,
            "language": language,
            "direction": "rtl" if translation.get_language_bidi() else "ltr",
        },
    )
    # Loaded where it is used: it brings Pango with it, which no start of the portal needs.
    import weasyprint  # noqa: PLC0415
    from weasyprint.urls import URLFetcher  # noqa: PLC0415

    document = weasyprint.HTML(
        string=page, url_fetcher=URLFetcher(allowed_protocols=("data",), allow_redirects=False)
    )
    return bytes(document.write_pdf())


def _clock(moment: dt.datetime, zone: ZoneInfo) -> dt.datetime:
    """What the clock on the wall shows there; templates would turn an aware one to another zone."""
    return moment.astimezone(zone).replace(tzinfo=None)
