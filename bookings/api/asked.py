"""What the addresses of halls and bookings take: times within the calendar's reach, spans, filters."""

import datetime as dt
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from bookings.utilization import LONGEST_SPAN
from campus.venues.models import Hall
from campus.venues.reservations import Period
from portal.days import midnight

FIRST_YEAR, LAST_YEAR = 2000, 2200
LONGEST_CALENDAR = dt.timedelta(days=62)
A_WEEK = dt.timedelta(days=7)
MOST_SEATS = 1_000_000


class Moment(serializers.DateTimeField):
    """A time that a calendar can hold: years far away are none of a booking's."""

    def to_internal_value(self, value: Any) -> dt.datetime:
        """The time, in UTC; raises ValidationError."""
        found = super().to_internal_value(value)
        if not FIRST_YEAR < found.year < LAST_YEAR:
            raise serializers.ValidationError(_("This is too far away."), code="invalid")
        return found.astimezone(dt.UTC)


class Day(serializers.DateField):
    """A day that a calendar can hold."""

    def to_internal_value(self, value: Any) -> dt.date:
        """The day; raises ValidationError."""
        found = super().to_internal_value(value)
        if not FIRST_YEAR < found.year < LAST_YEAR:
            raise serializers.ValidationError(_("This is too far away."), code="invalid")
        return found


class FreeQuerySerializer(serializers.Serializer[Any]):
    """For when, for how many and with what a hall is looked for (B7)."""

    starts = Moment(help_text="From when.")
    ends = Moment(help_text="Until when.")
    capacity = serializers.IntegerField(
        required=False, min_value=1, max_value=MOST_SEATS, help_text="For how many people."
    )
    facilities = serializers.ListField(
        child=serializers.SlugField(max_length=100, allow_blank=True),
        max_length=20,
        required=False,
        help_text="Slugs of what the hall must have, all of it.",
    )

    def validate_facilities(self, value: list[str]) -> list[str]:
        """A form that asks for none sends an empty one."""
        return [slug for slug in value if slug]

    @property
    def period(self) -> Period:
        """The time that is asked for."""
        return Period(self.validated_data["starts"], self.validated_data["ends"])


class SpanQuerySerializer(serializers.Serializer[Any]):
    """A span of a calendar; a week from today unless told, two months at most."""

    since = Moment(required=False, help_text="From when; today unless told.")
    until = Moment(required=False, help_text="Until when; a week later unless told.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Both, in order."""
        since = attrs.get("since") or midnight(timezone.localdate())
        until = attrs.get("until") or since + A_WEEK
        if until <= since:
            raise serializers.ValidationError({"until": [_("The end is before the beginning.")]})
        if until - since > LONGEST_CALENDAR:
            raise serializers.ValidationError({"until": [_("Ask for two months at most.")]})
        return {"since": since, "until": until}


class UtilizationQuerySerializer(serializers.Serializer[Any]):
    """Over which days, and of which halls; the last four weeks of all halls unless told."""

    since = Day(required=False, help_text="From which day.")
    until = Day(required=False, help_text="To which day, itself included.")
    hall = serializers.PrimaryKeyRelatedField(
        queryset=Hall.objects.all(), required=False, help_text="Of one hall."
    )
    building = serializers.IntegerField(
        required=False, min_value=1, max_value=2**31 - 1, help_text="Of the halls of one building."
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Both days, in order."""
        until = attrs.get("until") or timezone.localdate()
        since = attrs.get("since") or until - dt.timedelta(days=27)
        if until < since:
            raise serializers.ValidationError({"until": [_("The end is before the beginning.")]})
        if until - since > LONGEST_SPAN:
            raise serializers.ValidationError({"until": [_("Ask for half a year at most.")]})
        return {**attrs, "since": since, "until": until}
