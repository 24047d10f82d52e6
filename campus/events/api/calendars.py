"""The API of calendars: the public one, and a private one for each person, as iCalendar feeds (E8)."""

from django.conf import settings
from django.http import Http404, HttpResponse
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from campus.accounts.acting import acting_user
from campus.events import feeds, rules
from campus.events.api.files import as_file, as_private
from campus.events.api.serializers import FeedSerializer
from campus.events.ical import calendar_of
from campus.events.models import CalendarFeed
from portal.api.envelope import answer
from portal.api.views import ApiView
from portal.ical import KIND as CALENDAR
from portal.permissions import PUBLIC, SIGNED_IN


class PublicCalendarView(ApiView):
    """The public calendar."""

    policy = {"get": PUBLIC}
    scope = {"get": rules.READ_SCOPE}

    @extend_schema(
        summary="The public calendar",
        description="All public events around now as iCalendar, to subscribe to (E8). Everyone.",
        responses={(200, "text/calendar"): OpenApiTypes.STR},
        operation_id="events_public_calendar",
    )
    def get(self, request: Request) -> HttpResponse:
        """The events of everybody."""
        name = str(settings.WAGTAIL_SITE_NAME)
        told = as_file(calendar_of(feeds.public_events(), name=name), "events.ics", CALENDAR)
        told["Cache-Control"] = "public, max-age=300"
        return told


class FeedView(ApiView):
    """One's private calendar: its address."""

    policy = {"get": SIGNED_IN, "post": SIGNED_IN, "delete": SIGNED_IN}

    @extend_schema(
        summary="One's calendar feed",
        description="The secret address of one's own calendar; null where there is none yet (E8).",
        responses=FeedSerializer,
    )
    def get(self, request: Request) -> Response:
        """The address."""
        return _told(CalendarFeed.objects.filter(user=acting_user(request)).first())

    @extend_schema(
        summary="Make or replace one's calendar feed",
        description="Gives it a new address; the old one leads nowhere from then on (E8).",
        request=None,
        responses={201: FeedSerializer},
    )
    def post(self, request: Request) -> Response:
        """Another address."""
        return _told(feeds.replace_feed(actor=acting_user(request)), status=201)

    @extend_schema(
        summary="Close one's calendar feed",
        description="Its address leads nowhere from then on. Again is harmless.",
        responses={204: None},
    )
    def delete(self, request: Request) -> Response:
        """No private calendar any more."""
        feeds.close_feed(actor=acting_user(request))
        return Response(status=204)


def _told(feed: CalendarFeed | None, status: int = 200) -> Response:
    told = answer({"url": feed and feeds.address_of(feed)}, status=status)
    told["Cache-Control"] = "private, no-store"
    return told


class FeedFileView(ApiView):
    """A private calendar, for whoever has its address."""

    policy = {"get": PUBLIC}

    @extend_schema(
        summary="A private calendar",
        description="Where the person or a child is registered or waits, as iCalendar; the address is the "
        "secret (E8). 404 for one that was replaced.",
        responses={(200, "text/calendar"): OpenApiTypes.STR},
        operation_id="calendar_feed_file",
    )
    def get(self, request: Request, token: str) -> HttpResponse:
        """The events of one person."""
        feed = feeds.feed_of(token)
        if feed is None:
            raise Http404
        body = calendar_of(feeds.events_of(feed.user), name=_("My events"))
        return as_private(body, "my-events.ics", CALENDAR)
