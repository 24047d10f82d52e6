"""The code at the door by which people check themselves in (E10).

A screen at the door shows a code that is another every ``STEP``; it is signed, names the event and the
moment, and is taken while it is shown and one step longer. Whoever scans it without being signed in
changes it for a pass, which survives the sign-in, and is good for the same event and device alone.
"""

import base64
import binascii
import datetime as dt
import hmac
import uuid
from dataclasses import dataclass

from django.conf import settings
from django.core import signing
from django.utils import timezone
from django.utils.crypto import salted_hmac

from campus.events.errors import CodeExpired, CodeForged

STEP = dt.timedelta(seconds=15)
PASS_HOLDS = dt.timedelta(minutes=10)
"""How long a sign-in may take."""
_SALT, _PASS_SALT, _DEVICE_SALT = (
    f"campus.events.door.{word}" for word in ("code", "pass", "device")
)
_ID, _COUNTER, _MAC = 16, 5, 12
_LONGEST = 200


@dataclass(frozen=True)
class DoorCode:
    """What the screen shows, and until when."""

    code: str
    changes_at: dt.datetime


def code_for(event_id: uuid.UUID, now: dt.datetime | None = None) -> DoorCode:
    """The code that is shown at the door of the event now."""
    step = _step(now or timezone.now())
    changes = dt.datetime.fromtimestamp((step + 1) * STEP.total_seconds(), dt.UTC)
    return DoorCode(_signed(event_id, step), changes)


def event_of(code: str, now: dt.datetime | None = None) -> uuid.UUID:
    """The event at whose door ``code`` is shown (an address that ends with it will do).

    Raises :class:`CodeForged` and :class:`CodeExpired`.
    """
    raw = _decoded(code)
    body, mac = raw[:-_MAC], raw[-_MAC:]
    secrets = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    if not any(hmac.compare_digest(mac, _mac(body, secret)) for secret in secrets):
        raise CodeForged(param="code")
    step = int.from_bytes(body[_ID:], "big")
    if not 0 <= _step(now or timezone.now()) - step <= 1:
        raise CodeExpired(param="code")
    return uuid.UUID(bytes=body[:_ID])


def pass_for(code: str, device: str) -> str:
    """What a code that holds now is changed for, before the sign-in; raises as :func:`event_of`."""
    event_id = event_of(code)
    return signing.dumps([event_id.hex, device_digest(event_id, device)], salt=_PASS_SALT)


def admitted_to(token: str, device: str) -> uuid.UUID:
    """The event that a code, or a pass of this device, lets one check in to.

    Raises :class:`CodeForged` for what is neither, or another device's; :class:`CodeExpired`.
    """
    text = _last_of(token)
    if ":" not in text:
        return event_of(text)
    try:
        found, digest = signing.loads(text, salt=_PASS_SALT, max_age=PASS_HOLDS)
    except signing.SignatureExpired:
        raise CodeExpired from None
    except signing.BadSignature:
        raise CodeForged(param="code") from None
    event_id = uuid.UUID(hex=found)
    if not hmac.compare_digest(digest, device_digest(event_id, device)):
        raise CodeForged(param="code")
    return event_id


def device_digest(event_id: uuid.UUID, device: str) -> str:
    """A digest of what a browser or an app calls itself: the same for one event, another for the next."""
    return salted_hmac(_DEVICE_SALT, f"{event_id}:{device}", algorithm="sha256").hexdigest()


def _step(moment: dt.datetime) -> int:
    return int(moment.timestamp() // STEP.total_seconds())


def _signed(event_id: uuid.UUID, step: int) -> str:
    body = event_id.bytes + step.to_bytes(_COUNTER, "big")
    raw = body + _mac(body, settings.SECRET_KEY)
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _mac(body: bytes, secret: str | bytes) -> bytes:
    return salted_hmac(_SALT, body, secret=secret, algorithm="sha256").digest()[:_MAC]


def _last_of(address: str) -> str:
    """What an address ends with."""
    return address.strip().rstrip("/").rsplit("/", 1)[-1]


def _decoded(code: str) -> bytes:
    text = _last_of(code)
    if not text or len(text) > _LONGEST or not text.isascii():
        raise CodeForged(param="code")
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise CodeForged(param="code") from None
    if len(raw) != _ID + _COUNTER + _MAC:
        raise CodeForged(param="code")
    return raw
