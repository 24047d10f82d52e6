"""Tickets: a code for each registration that nobody can guess, make up or go on using (E5).

A code is the registration's id and its present key, signed with the portal's secret key. So a forged one
is told from one that was real and is revoked: cancelling changes the key.
"""

import base64
import binascii
import hmac
import io
import uuid
from collections.abc import Iterable

import segno
from django.conf import settings
from django.utils.crypto import salted_hmac

from campus.events.errors import TicketForged, TicketOfAnotherEvent, TicketRevoked
from campus.events.models import Event, EventRegistration
from portal.errors import DomainError

_SALT = "campus.events.tickets"
_MAC = 12
_ID = 16
_LONGEST = 120


def code_of(registration: EventRegistration) -> str:
    """The ticket's code: some 54 letters that fit into an address."""
    body = registration.pk.bytes + _raw_key(registration.ticket_key)
    return _encode(body + _mac(body, settings.SECRET_KEY))


def registration_of(code: str, event: Event | None = None) -> EventRegistration:
    """The registration whose ticket ``code`` is (an address that ends with it will do).

    Raises :class:`TicketForged`, :class:`TicketRevoked` and, where an ``event`` is given that it is not
    for, :class:`TicketOfAnotherEvent`.
    """
    body = _read(code)
    found = (
        EventRegistration.objects.select_related("student__user", "user", "event__club")
        .filter(pk=_id_in(body))
        .first()
    )
    return _checked(body, found, event)


def registrations_of(
    codes: Iterable[str], event: Event
) -> dict[str, EventRegistration | DomainError]:
    """For each code what :func:`registration_of` would give or raise; one query."""
    found: dict[str, EventRegistration | DomainError] = {}
    bodies = {}
    for code in codes:
        try:
            bodies[code] = _read(code)
        except TicketForged as refusal:
            found[code] = refusal
    rows = EventRegistration.objects.select_related("student__user", "user").in_bulk(
        {_id_in(body) for body in bodies.values()}
    )
    for code, body in bodies.items():
        try:
            registration = _checked(body, rows.get(_id_in(body)), event)
        except DomainError as refusal:
            found[code] = refusal
        else:
            registration.event = event
            found[code] = registration
    return found


def _id_in(body: bytes) -> uuid.UUID:
    return uuid.UUID(bytes=body[:_ID])


def _checked(
    body: bytes, found: EventRegistration | None, event: Event | None
) -> EventRegistration:
    """The registration of a ticket that was signed, if the ticket still holds."""
    if found is None:
        raise TicketForged(param="code")
    if event is not None and found.event_id != event.pk:
        raise TicketOfAnotherEvent
    current = hmac.compare_digest(body[_ID:], _raw_key(found.ticket_key))
    if not current or found.state != EventRegistration.State.REGISTERED:
        raise TicketRevoked
    return found


def qr_svg(text: str, *, scale: int = 5) -> str:
    """A QR code of ``text`` as SVG to put into a page."""
    out = io.BytesIO()
    segno.make(text, error="m", micro=False).save(
        out,
        kind="svg",
        scale=scale,
        border=2,
        xmldecl=False,
        svgns=True,
        omitsize=True,
        dark="#000",
        light="#fff",
    )
    return out.getvalue().decode()


def _raw_key(key: str) -> bytes:
    return base64.urlsafe_b64decode(key + "=" * (-len(key) % 4))


def _mac(body: bytes, secret: str) -> bytes:
    return salted_hmac(_SALT, body, secret=secret, algorithm="sha256").digest()[:_MAC]


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _read(code: str) -> bytes:
    """What was signed; raises :class:`TicketForged`."""
    text = code.strip().rstrip("/").rsplit("/", 1)[-1]
    if not text or len(text) > _LONGEST or not text.isascii():
        raise TicketForged(param="code")
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise TicketForged(param="code") from None
    body, mac = raw[:-_MAC], raw[-_MAC:]
    if len(body) <= _ID or _encode(raw) != text:
        raise TicketForged(param="code")
    secrets = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    if not any(hmac.compare_digest(mac, _mac(body, secret)) for secret in secrets):
        raise TicketForged(param="code")
    return body
