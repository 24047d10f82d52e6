"""What is written by the API of the catalog: fields, and their refusals by name."""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError as DjangoValidationError
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.fields import empty

from campus.accounts import photos
from campus.people.models import StaffProfile
from campus.venues.models import Hall
from learning.catalog.models import Course, Meeting, Program, Resource, Season, Section
from learning.catalog.services import WeeklyHour

THUMBNAIL_SIDE = 1600
MOST_TAGS = 20
MOST_MEETINGS = 40


class Strict(serializers.ModelSerializer[Any]):
    """Refuses what is no field of it, by its name, instead of passing over it."""

    def to_internal_value(self, data: Any) -> Any:
        """The values; raises ValidationError."""
        if isinstance(data, Mapping):
            unknown = [str(name) for name in data if name not in self.fields]
            if unknown:
                sentence = _("There is no such field, or it is not written here.")
                raise serializers.ValidationError(
                    {name: [sentence] for name in unknown}, code="unknown_field"
                )
        return super().to_internal_value(data)


class Flag(serializers.BooleanField):
    """Yes or no; what a form does not send is not said, instead of no."""

    default_empty_html = empty


class SeasonWriteSerializer(Strict):
    """What makes or corrects a season."""

    class Meta:
        model = Season
        fields = ["institution", "code", "name", "kind", "starts", "ends", "is_active"]
        validators: list[Any] = []  # (the service names what is taken)


class ProgramWriteSerializer(Strict):
    """What makes or corrects a program."""

    class Meta:
        model = Program
        fields = ["department", "code", "name", "degree", "duration_months"]
        validators: list[Any] = []


class CourseWriteSerializer(Strict):
    """What of a course can be written by the API."""

    prerequisites: serializers.ManyRelatedField = serializers.PrimaryKeyRelatedField(  # type: ignore[assignment]
        queryset=Course.objects.all(), many=True, required=False, help_text="Ids of courses."
    )
    programs: serializers.ManyRelatedField = serializers.PrimaryKeyRelatedField(  # type: ignore[assignment]
        queryset=Program.objects.select_related("department"),
        many=True,
        required=False,
        help_text="Ids of programs of study. Admins.",
    )
    tags = serializers.ListField(
        child=serializers.CharField(max_length=100),
        max_length=MOST_TAGS,
        required=False,
        help_text="Names; those that are new are made.",
    )
    thumbnail = serializers.FileField(
        required=False,
        allow_null=True,
        help_text="A JPEG, PNG or WebP picture of at most 5 MB, by multipart; null takes it away.",
    )
    is_featured = Flag(required=False, help_text="Admins.")
    is_published = Flag(required=False, help_text="Admins.")

    class Meta:
        model = Course
        fields = [
            *("institution", "department", "code", "title", "description", "level", "category"),
            *("credit_min", "credit_max", "notes", "prerequisite_text", "prerequisites"),
            *("programs", "tags", "thumbnail", "is_featured", "is_published"),
        ]
        validators: list[Any] = []

    def validate_tags(self, value: list[str]) -> list[str]:
        """Each once."""
        return list({name.casefold(): name for name in value}.values())

    def validate_thumbnail(self, value: Any) -> Any:
        """A picture, made ready."""
        if value is None:
            return None
        try:
            return photos.prepared(value, side=THUMBNAIL_SIDE)
        except DjangoValidationError as error:
            raise serializers.ValidationError(error.messages, code=error.code) from None


class MeetingWriteSerializer(Strict):
    """A weekly hour: Saturday is 0, Friday is 6."""

    hall = serializers.PrimaryKeyRelatedField(
        queryset=Hall.objects.select_related("building"),
        required=False,
        allow_null=True,
        help_text="The id of a hall of the same institution. Admins.",
    )

    class Meta:
        model = Meeting
        fields = ["weekday", "starts", "ends", "hall", "place"]
        validators: list[Any] = []

    def to_internal_value(self, data: Any) -> WeeklyHour:
        """The hour, whole: correcting a section does not correct a part of an hour."""
        values = super().to_internal_value(data)
        missing = {"weekday", "starts", "ends"} - values.keys()
        if missing:
            sentence = serializers.Field.default_error_messages["required"]
            raise serializers.ValidationError(
                {name: [sentence] for name in sorted(missing)}, code="required"
            )
        return WeeklyHour(**values)


class SectionWriteSerializer(Strict):
    """What makes or corrects a section; ``meetings`` replaces all that it has."""

    instructors: serializers.ManyRelatedField = serializers.PrimaryKeyRelatedField(  # type: ignore[assignment]
        queryset=StaffProfile.objects.all(),
        many=True,
        required=False,
        help_text="Ids of staff members. Admins.",
    )
    meetings = serializers.ListField(
        child=MeetingWriteSerializer(), required=False, max_length=MOST_MEETINGS
    )

    class Meta:
        model = Section
        fields = [
            *("course", "season", "number", "code", "title", "kind", "delivery", "credit_hours"),
            *("place", "instructors", "price", "currency", "capacity", "starts", "ends"),
            *("enrollment_opens", "enrollment_closes", "drop_until", "access_days"),
            *("needs_approval", "is_cancelled", "meetings"),
        ]
        validators: list[Any] = []
        extra_kwargs: dict[str, Any] = {"price": {"min_value": 0}, "credit_hours": {"min_value": 0}}


class ResourceWriteSerializer(Strict):
    """What makes or corrects a file beside the teaching; the file itself by multipart."""

    is_public = Flag(required=False)

    class Meta:
        model = Resource
        fields = ["title", "course", "department", "semester", "file", "is_public"]
        extra_kwargs: dict[str, Any] = {"file": {"use_url": False}}
