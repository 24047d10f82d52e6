"""Calendars that programs of people read by themselves: the public one, and a private one for each person
(E8).

The address of a private calendar is its secret: the feed's id, signed with its key and the portal's
secret key. Another key makes another address, and the old one leads nowhere.
"""

import base64
import binascii
import datetime as dt
import hmac
import uuid
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Prefetch, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import salted_hmac

from campus.accounts.models import User
from campus.events.models import CalendarFeed, Event, EventRegistration, EventSession
from campus.events.models.outcomes import new_feed_key
from portal.audit import record

PAST, AHEAD = dt.timedelta(days=60), dt.timedelta(days=400)
MOST = 500
"""Events of one calendar."""
_SALT = "campus.events.feeds"
_ID, _MAC = 16, 18


def public_events(now: dt.datetime | None = None) -> list[Event]:
    """The public events of the time around now, with what a calendar says of them; two queries."""
    return list(_near(Event.objects.public(), now))


def events_of(user: User, now: dt.datetime | None = None) -> list[Event]:
    """Where the person or a child has a place, or waits for one; cancelled ones too, so that calendars
    strike them out. At most three queries."""
    rows = EventRegistration.objects.open().of_family(user)
    return list(_near(Event.objects.filter(pk__in=rows.values("event_id")), now))


def _near(events: "QuerySet[Event]", now: dt.datetime | None) -> "QuerySet[Event]":
    now = now or timezone.now()
    return (
        events.filter(starts__lt=now + AHEAD, ends__gt=now - PAST)
        .select_related("club__institution", "hall__building")
        .prefetch_related(Prefetch("sessions", EventSession.objects.order_by("starts")))
        .order_by("starts", "id")[:MOST]
    )


def token_of(feed: CalendarFeed) -> str:
    """The secret part of the feed's address."""
    raw = feed.pk.bytes + _mac(feed, settings.SECRET_KEY)
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def address_of(feed: CalendarFeed) -> str:
    """Where calendars read it, whole: the address is the secret."""
    path = reverse("api:calendar-feed-file", args=[token_of(feed)])
    return f"{settings.SITE_URL.rstrip('/')}{path}"


def feed_of(token: str) -> CalendarFeed | None:
    """The feed whose address ends with ``token``; None for a wrong one, and for who may not sign in."""
    try:
        raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    if len(raw) != _ID + _MAC:
        return None
    feeds = CalendarFeed.objects.select_related("user")
    found = feeds.filter(pk=uuid.UUID(bytes=raw[:_ID]), user__is_active=True).first()
    if found is None:
        return None
    secrets = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    if not any(hmac.compare_digest(raw[_ID:], _mac(found, secret)) for secret in secrets):
        return None
    return found


def _mac(feed: CalendarFeed, secret: str | bytes) -> bytes:
    body = feed.pk.bytes + feed.key.encode()
    return salted_hmac(_SALT, body, secret=secret, algorithm="sha256").digest()[:_MAC]


# --- what people do with theirs -------------------------------------------------------------------
def open_feed(*, actor: User) -> CalendarFeed:
    """The person's feed, made when they ask for the first time."""
    with transaction.atomic():
        feed, made = CalendarFeed.objects.get_or_create(user=actor)
        if made:
            record(action="events.feed", instance=feed, actor=actor)
    return feed


def replace_feed(*, actor: User) -> CalendarFeed:
    """Give the person's feed another address; the old one leads nowhere from then on."""
    with transaction.atomic():
        feed, made = CalendarFeed.objects.select_for_update(of=("self",)).get_or_create(user=actor)
        if not made:
            feed.key = new_feed_key()
            feed.save(update_fields=["key"])
        record(action="events.feed", instance=feed, actor=actor)
    return feed


def close_feed(*, actor: Any) -> None:
    """Take the person's feed away; again is harmless."""
    with transaction.atomic():
        feed = CalendarFeed.objects.select_for_update(of=("self",)).filter(user=actor).first()
        if feed is not None:
            record(action="events.close_feed", instance=feed, actor=actor)
            feed.delete()
