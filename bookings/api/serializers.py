"""How halls and bookings are told, and what writes them."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from bookings.api.asked import MOST_SEATS, Day, Moment
from bookings.models import HallBooking
from bookings.services.booking import MOST_WISHES
from bookings.services.series import MOST_DATES
from campus.venues.models import Building, Closure, Facility, Hall, OpeningHours

MOST_PERIODS = 30


class HallBuildingSerializer(serializers.ModelSerializer[Building]):
    """Where a hall is."""

    class Meta:
        model = Building
        fields = ["id", "name", "institution"]


class FacilitySerializer(serializers.ModelSerializer[Facility]):
    """Something that a hall has."""

    class Meta:
        model = Facility
        fields = ["slug", "name"]


class OpeningHoursSerializer(serializers.ModelSerializer[OpeningHours]):
    """A span of a weekday (Saturday is 0); ``closes`` 00:00 is the end of the day."""

    class Meta:
        model = OpeningHours
        fields = ["weekday", "opens", "closes"]


class FreeHallSerializer(serializers.ModelSerializer[Hall]):
    """A hall in few words, as it is offered."""

    building = HallBuildingSerializer(read_only=True)

    class Meta:
        model = Hall
        fields = ["id", "code", "name", "building", "capacity", "buffer_minutes"]


class HallSerializer(FreeHallSerializer):
    """A hall: what it has and when it is open (without hours: always)."""

    facilities = FacilitySerializer(many=True, read_only=True)
    opening_hours = OpeningHoursSerializer(many=True, read_only=True)

    class Meta(FreeHallSerializer.Meta):
        fields = [
            *FreeHallSerializer.Meta.fields,
            *("is_active", "facilities", "opening_hours"),
        ]


class HallRefSerializer(serializers.ModelSerializer[Hall]):
    """A hall as a booking points to it."""

    building = serializers.CharField(source="building.name", read_only=True)

    class Meta:
        model = Hall
        fields = ["id", "code", "name", "building"]


class BookingSubjectSerializer(serializers.Serializer[Any]):
    """What a booking is for: a club, a course, an event, a section."""

    type = serializers.CharField()
    id = serializers.CharField()
    name = serializers.CharField(allow_blank=True)


class BookingPersonSerializer(serializers.Serializer[Any]):
    """Who asked."""

    id = serializers.IntegerField()
    name = serializers.CharField(source="full_name")


class HallBookingSerializer(serializers.ModelSerializer[HallBooking]):
    """A booking or a request. ``subjects`` in the context holds what each is for, by id."""

    hall = HallRefSerializer(read_only=True)
    subject = serializers.SerializerMethodField()
    asked_by = BookingPersonSerializer(read_only=True, allow_null=True)
    series: serializers.PrimaryKeyRelatedField[Any] = serializers.PrimaryKeyRelatedField(
        read_only=True, allow_null=True
    )

    class Meta:
        model = HallBooking
        fields = [
            *("id", "hall", "starts", "ends", "state", "kind", "purpose", "people", "subject"),
            *("series", "asked_by", "created_at", "decided_at", "note"),
        ]

    @extend_schema_field(BookingSubjectSerializer(allow_null=True))
    def get_subject(self, booking: HallBooking) -> dict[str, str] | None:
        """What it is for; null for a booking of its own."""
        kind = booking.source_type
        if kind is None:
            return None
        thing = self.context.get("subjects", {}).get(booking.pk)
        return {
            "type": kind.model,
            "id": booking.source_id,
            "name": str(thing) if thing is not None else "",
        }


class CalendarEntrySerializer(serializers.Serializer[Any]):
    """A booking in a calendar; ``title`` as far as the reader may see it."""

    id = serializers.UUIDField()
    starts = serializers.DateTimeField()
    ends = serializers.DateTimeField()
    kind = serializers.ChoiceField(choices=HallBooking.Kind.choices)
    title = serializers.CharField()


class ClosureSerializer(serializers.ModelSerializer[Closure]):
    """A closed period of a hall or its building."""

    class Meta:
        model = Closure
        fields = ["starts", "ends", "reason"]


class HallCalendarSerializer(serializers.Serializer[Any]):
    """A span of a hall's calendar: lectures, events and bookings together (B4, B8)."""

    since = serializers.DateTimeField()
    until = serializers.DateTimeField()
    bookings = CalendarEntrySerializer(many=True)
    closures = ClosureSerializer(many=True)


class HeatCellSerializer(serializers.Serializer[Any]):
    """An hour of a weekday (Saturday is 0), in minutes over all halls and days."""

    weekday = serializers.IntegerField()
    hour = serializers.IntegerField()
    open = serializers.IntegerField()
    booked = serializers.IntegerField()
    percent = serializers.IntegerField()


class UtilizationSerializer(serializers.Serializer[Any]):
    """A heat map (B8): seven times twenty-four cells."""

    since = serializers.DateField()
    until = serializers.DateField()
    halls = serializers.IntegerField()
    percent = serializers.IntegerField()
    cells = HeatCellSerializer(many=True)


# --- what writes --------------------------------------------------------------------------------


class PeriodWriteSerializer(serializers.Serializer[Any]):
    """A time."""

    starts = Moment()
    ends = Moment()


class _ForWhatSerializer(serializers.Serializer[Any]):
    """What a hall is asked for, and by how many."""

    purpose = serializers.CharField(max_length=300)
    people = serializers.IntegerField(
        min_value=1, max_value=MOST_SEATS, required=False, allow_null=True, default=None
    )
    subject_type = serializers.CharField(
        max_length=40, required=False, default="", allow_blank=True, help_text="`club` or `course`."
    )
    subject_id = serializers.CharField(
        max_length=40, required=False, default="", allow_blank=True, help_text="Its id."
    )


class AskHallSerializer(_ForWhatSerializer):
    """Asking for a hall: wishes in order, one or several times, all in one hall."""

    halls: serializers.ManyRelatedField = serializers.PrimaryKeyRelatedField(  # type: ignore[assignment]
        queryset=Hall.objects.select_related("building"),
        many=True,
        allow_empty=False,
        help_text=f"Wishes in order, {MOST_WISHES} at most.",
    )
    periods = serializers.ListField(
        child=PeriodWriteSerializer(), allow_empty=False, max_length=MOST_PERIODS
    )
    if_taken = serializers.ChoiceField(
        choices=["refuse", "ask"],
        default="refuse",
        help_text="Where no wish is free: be refused with the alternatives, or leave a request.",
    )


class AskSeriesSerializer(_ForWhatSerializer):
    """Asking for the same hour every week (B5)."""

    hall = serializers.PrimaryKeyRelatedField(queryset=Hall.objects.select_related("building"))
    starts = Moment(help_text="The first date.")
    ends = Moment()
    until = Day(help_text="The last day on which it may begin.")
    except_on = serializers.ListField(
        child=Day(), max_length=MOST_DATES, required=False, default=list, help_text="Days left out."
    )
    wanted = serializers.ChoiceField(
        choices=["all", "free"],
        default="all",
        help_text="All dates or none; or those that are free.",
    )


class ApproveHallSerializer(serializers.Serializer[Any]):
    """Approving, as it was asked for or into another hall or time (B3)."""

    hall = serializers.PrimaryKeyRelatedField(
        queryset=Hall.objects.select_related("building"),
        required=False,
        allow_null=True,
        default=None,
    )
    starts = Moment(required=False, allow_null=True, default=None)
    note = serializers.CharField(max_length=300, allow_blank=True, default="")


class HallReasonSerializer(serializers.Serializer[Any]):
    """Why; who asked reads it."""

    reason = serializers.CharField(max_length=300, allow_blank=True, default="")


class SeriesDateSerializer(serializers.Serializer[Any]):
    """One date of a series, and what became of it."""

    date = serializers.DateField()
    starts = serializers.DateTimeField()
    ends = serializers.DateTimeField()
    state = serializers.ChoiceField(choices=["booked", "free", "refused", "left_out"])
    booking = serializers.UUIDField(allow_null=True)
    code = serializers.CharField(allow_blank=True)
    message = serializers.CharField(allow_blank=True)


class BookedSeriesSerializer(serializers.Serializer[Any]):
    """A series with each of its dates (B5)."""

    id = serializers.UUIDField()
    dates = SeriesDateSerializer(many=True)


class ConflictSerializer(serializers.Serializer[Any]):
    """What an approval would meet: both sides, and whom it would turn down (B3)."""

    hall = HallRefSerializer()
    periods = PeriodWriteSerializer(many=True)
    in_the_way = HallBookingSerializer(many=True)
    turned_down = HallBookingSerializer(many=True)


class ConflictQuerySerializer(serializers.Serializer[Any]):
    """Another hall or time to look at; as it was asked for unless told."""

    hall = serializers.PrimaryKeyRelatedField(
        queryset=Hall.objects.select_related("building"), required=False, default=None
    )
    starts = Moment(required=False, default=None)
