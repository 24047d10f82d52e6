"""What the API tells of events, and what it takes."""

from typing import Any

from rest_framework import serializers

from campus.certificates.models import CertificateTemplate
from campus.clubs.models import Club
from campus.events.models import (
    Event,
    EventCompletion,
    EventRegistration,
    EventSession,
    Question,
)
from campus.events.services.attendance import MOST_SCANS
from campus.events.services.drafts import MOST_QUESTIONS, MOST_TAGS, MOST_WISHES
from campus.events.sessions import MOST, Slot
from campus.institutions.models import Department
from campus.people.models import Student
from campus.points.models import PointCategory
from campus.venues.models import Hall


class EventClubSerializer(serializers.ModelSerializer[Club]):
    """The club that holds an event."""

    class Meta:
        model = Club
        fields = ["id", "name", "slug"]


class EventHallSerializer(serializers.ModelSerializer[Hall]):
    """Where it is."""

    building = serializers.CharField(source="building.name")

    class Meta:
        model = Hall
        fields = ["id", "code", "name", "building"]


class EventSessionSerializer(serializers.ModelSerializer[EventSession]):
    """One day of an event."""

    class Meta:
        model = EventSession
        fields = ["id", "title", "starts", "ends"]


class EventQuestionSerializer(serializers.ModelSerializer[Question]):
    """What is asked of who registers (E12)."""

    choices = serializers.ListField(child=serializers.CharField())

    class Meta:
        model = Question
        fields = ["id", "text", "kind", "choices", "is_required"]


class EventPointCategorySerializer(serializers.ModelSerializer[PointCategory]):
    """What the points of an event count as."""

    class Meta:
        model = PointCategory
        fields = ["id", "code", "name"]


class EventItemSerializer(serializers.ModelSerializer[Event]):
    """An event in a list. ``seats_left`` is null where it takes everybody."""

    club = EventClubSerializer(read_only=True)
    hall = EventHallSerializer(read_only=True, allow_null=True)
    timezone = serializers.CharField(
        source="club.institution.timezone", help_text="In which its days are counted."
    )
    tags = serializers.SerializerMethodField()
    seats_left = serializers.IntegerField(read_only=True, allow_null=True)
    takes_registrations = serializers.BooleanField(
        read_only=True, help_text="Whether one can register now."
    )

    class Meta:
        model = Event
        fields = [
            *("id", "slug", "title", "summary", "state", "club", "starts", "ends", "timezone"),
            *("hall", "place", "tags", "capacity", "seats_taken", "seats_left"),
            *("has_waiting_list", "registration_opens", "registration_closes"),
            *("takes_registrations", "needs_approval"),
        ]

    def get_tags(self, event: Event) -> list[str]:
        """The slugs of its tags."""
        return [tag.slug for tag in event.tags.all()]


class EventSerializer(EventItemSerializer):
    """An event with all that is public of it."""

    sessions = EventSessionSerializer(many=True, read_only=True)
    questions = EventQuestionSerializer(many=True, read_only=True)
    audience_departments: serializers.ManyRelatedField = serializers.PrimaryKeyRelatedField(  # type: ignore[assignment]
        many=True, read_only=True
    )
    audience_semesters = serializers.ListField(child=serializers.IntegerField(), read_only=True)
    point_category = EventPointCategorySerializer(read_only=True, allow_null=True)
    series: serializers.PrimaryKeyRelatedField[Any] = serializers.PrimaryKeyRelatedField(
        read_only=True, allow_null=True
    )

    class Meta:
        model = Event
        fields = [
            *EventItemSerializer.Meta.fields,
            *("description", "sessions", "questions", "hall_state", "audience_departments"),
            *("audience_semesters", "takes_daily_attendance", "certificate_days"),
            *("point_category", "points", "series", "cancel_reason"),
        ]


class OrganizedEventSerializer(EventSerializer):
    """An event as those who organize it read it: with the wished halls, and who answers for it."""

    hall_wishes = serializers.SerializerMethodField()
    organizers = serializers.SerializerMethodField()

    class Meta:
        model = Event
        fields = [*EventSerializer.Meta.fields, "hall_wishes", "organizers", "created_at"]

    def get_hall_wishes(self, event: Event) -> list[int]:
        """Ids of the wished halls, in order."""
        return [one.hall_id for one in event.hall_wishes.all()]

    def get_organizers(self, event: Event) -> list[int]:
        """Accounts of those who are named for the event."""
        return [one.user_id for one in event.organizers.all()]


class SlotSerializer(serializers.Serializer[Any]):
    """One session as it is written: an event of several days has one a day."""

    starts = serializers.DateTimeField()
    ends = serializers.DateTimeField()
    title = serializers.CharField(max_length=200, allow_blank=True, default="")

    def to_internal_value(self, data: Any) -> Slot:
        """The slot; whole, also where only some fields of the event are changed."""
        found = super().to_internal_value(data)
        lacking = [name for name in ("starts", "ends") if name not in found]
        if lacking:
            required = self.fields[lacking[0]].error_messages["required"]
            raise serializers.ValidationError(dict.fromkeys(lacking, required), code="required")
        return Slot(**{"title": "", **found})


def _slots(**kwargs: Any) -> serializers.ListField:
    return serializers.ListField(child=SlotSerializer(), min_length=1, max_length=MOST, **kwargs)


def _halls(**kwargs: Any) -> Any:
    return serializers.PrimaryKeyRelatedField(
        many=True,
        queryset=Hall.objects.select_related("building"),
        help_text=f"Ids of halls, the most wished first; {MOST_WISHES} at most.",
        **kwargs,
    )


class EventWriteSerializer(serializers.ModelSerializer[Event]):
    """What makes or changes an event; lists replace what was."""

    sessions = _slots(required=False)
    tags = serializers.ListField(
        child=serializers.CharField(max_length=60),
        max_length=MOST_TAGS,
        required=False,
        help_text="Names; those that are new are made.",
    )
    hall_wishes = _halls(required=False)
    audience_departments: serializers.ManyRelatedField = serializers.PrimaryKeyRelatedField(  # type: ignore[assignment]
        many=True, queryset=Department.objects.all(), required=False
    )
    audience_semesters = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=12), max_length=12, required=False
    )
    certificate_template = serializers.PrimaryKeyRelatedField(
        queryset=CertificateTemplate.objects.all(), required=False, allow_null=True
    )
    point_category = serializers.PrimaryKeyRelatedField(
        queryset=PointCategory.objects.all(), required=False, allow_null=True
    )

    class Meta:
        model = Event
        fields = [
            *("title", "summary", "description", "tags", "sessions", "place", "hall_wishes"),
            *("capacity", "has_waiting_list", "registration_opens", "registration_closes"),
            *("needs_approval", "audience_departments", "audience_semesters"),
            *("takes_daily_attendance", "certificate_days", "point_category", "points"),
            "certificate_template",
        ]
        validators: list[Any] = []


class EventCreateSerializer(EventWriteSerializer):
    """What makes an event: the club, the title and when it is, and whatever else is known."""

    club = serializers.PrimaryKeyRelatedField(queryset=Club.objects.all())
    sessions = _slots()

    class Meta(EventWriteSerializer.Meta):
        fields = ["club", *EventWriteSerializer.Meta.fields]


class MoveSerializer(serializers.Serializer[Any]):
    """Other times, other wished halls, or both."""

    sessions = _slots(required=False)
    hall_wishes = _halls(required=False)


class EventReasonSerializer(serializers.Serializer[Any]):
    """Why; those who are concerned read it."""

    reason = serializers.CharField(max_length=300, allow_blank=True, default="")


class CloneSerializer(serializers.Serializer[Any]):
    """When the copy begins, and its title (else the same)."""

    starts = serializers.DateTimeField()
    title = serializers.CharField(max_length=200, allow_blank=True, default="")


class RepeatSerializer(serializers.Serializer[Any]):
    """How often, and how far apart."""

    every_days = serializers.IntegerField(min_value=1, max_value=366)
    count = serializers.IntegerField(min_value=1, max_value=52)
    except_days = serializers.ListField(
        child=serializers.DateField(), max_length=52, required=False, default=list
    )


class QuestionWriteSerializer(serializers.Serializer[Any]):
    """One question; with its ``id`` it is one that is there already."""

    id = serializers.UUIDField(required=False)
    text = serializers.CharField(max_length=300)
    kind = serializers.ChoiceField(choices=Question.Kind.choices, default=Question.Kind.TEXT)
    choices = serializers.ListField(
        child=serializers.CharField(max_length=200), max_length=50, required=False, default=list
    )
    is_required = serializers.BooleanField(default=False)


class QuestionsSerializer(serializers.Serializer[Any]):
    """The event's questions, in their order; one that is left out goes with its answers."""

    questions = QuestionWriteSerializer(many=True, allow_empty=True)

    def validate_questions(self, value: list[Any]) -> list[Any]:
        """Not more than an event may have."""
        if len(value) > MOST_QUESTIONS:
            raise serializers.ValidationError(
                serializers.ListField.default_error_messages["max_length"].format(
                    max_length=MOST_QUESTIONS
                )
            )
        return value


class OrganizersSerializer(serializers.Serializer[Any]):
    """Accounts of members of the club who answer for the event."""

    users = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=2**31 - 1), max_length=50
    )


# --- who comes ------------------------------------------------------------------------------------
class EventRefSerializer(serializers.ModelSerializer[Event]):
    """An event as others point to it."""

    class Meta:
        model = Event
        fields = ["id", "slug", "title", "state", "starts", "ends"]


class RegisteredStudentSerializer(serializers.ModelSerializer[Student]):
    """A student at an event."""

    class Meta:
        model = Student
        fields = ["id", "name", "number"]


class EventRegistrationSerializer(serializers.ModelSerializer[EventRegistration]):
    """A registration; ``place`` is the one on the waiting list, 0 for who is not on it.

    ``student`` is null for somebody who is no student: ``name`` says who.
    """

    event = EventRefSerializer(read_only=True)
    student = RegisteredStudentSerializer(read_only=True, allow_null=True)
    name = serializers.CharField(read_only=True)
    place = serializers.IntegerField(read_only=True)

    class Meta:
        model = EventRegistration
        fields = [
            *("id", "event", "state", "student", "name", "place"),
            *("created_at", "since", "decided_at", "reason"),
        ]


class AnswerSerializer(serializers.Serializer[Any]):
    """What somebody answered."""

    question = serializers.UUIDField(source="question_id")
    text = serializers.CharField()


class ParticipantSerializer(serializers.ModelSerializer[EventRegistration]):
    """A registration as the event's organizers read it. ``days`` counts the marks of attendance that
    hold; ``answers`` are told to who manages the event."""

    student = RegisteredStudentSerializer(read_only=True, allow_null=True)
    name = serializers.CharField(read_only=True)
    place = serializers.IntegerField(read_only=True)
    days = serializers.IntegerField(read_only=True)
    answers = serializers.SerializerMethodField()

    class Meta:
        model = EventRegistration
        fields = [
            *("id", "state", "student", "name", "place", "days", "queue_number"),
            *("created_at", "since", "decided_at", "reason", "answers"),
        ]

    def get_answers(self, registration: EventRegistration) -> list[dict[str, str]]:
        """What the person answered, by question."""
        if not self.context.get("manages"):
            return []
        return [
            {"question": str(one.question_id), "text": one.text}
            for one in registration.answers.all()
        ]


class TicketSerializer(serializers.Serializer[Any]):
    """What stands in a ticket's QR code, and its picture."""

    code = serializers.CharField()
    svg = serializers.CharField()


class RegisterSerializer(serializers.Serializer[Any]):
    """Whom: nobody named is oneself; a parent names the child (P10). Answers by the question's id."""

    student = serializers.UUIDField(required=False)
    answers = serializers.DictField(
        child=serializers.CharField(max_length=2000, allow_blank=True), required=False
    )


class UnregisterSerializer(serializers.Serializer[Any]):
    """Whom: nobody named is oneself; a parent names the child."""

    student = serializers.UUIDField(required=False)


# --- the door -------------------------------------------------------------------------------------
class CheckInRequestSerializer(serializers.Serializer[Any]):
    """A ticket's code as it was scanned, or the registration of somebody found by name."""

    code = serializers.CharField(max_length=500, required=False)
    registration = serializers.UUIDField(required=False)


class TakeBackSerializer(serializers.Serializer[Any]):
    """A mark that was wrong, and why."""

    attendance = serializers.UUIDField()
    reason = serializers.CharField(max_length=300, allow_blank=True, default="")


class ScanSerializer(serializers.Serializer[Any]):
    """One scan of a device: its own id and time (E6)."""

    id = serializers.UUIDField(help_text="Made by the device; sent again it counts once.")
    code = serializers.CharField(max_length=500)
    at = serializers.DateTimeField()


class ScansSerializer(serializers.Serializer[Any]):
    """Scans that a device kept while it was offline."""

    scans = serializers.ListField(child=ScanSerializer(), min_length=1, max_length=MOST_SCANS)


class SelfCheckInSerializer(serializers.Serializer[Any]):
    """The code at the door, or the pass it was changed for; ``device`` is an id that the device keeps."""

    code = serializers.CharField(max_length=500)
    device = serializers.CharField(min_length=8, max_length=200)


class DoorCodeSerializer(serializers.Serializer[Any]):
    """What the screen at the door shows, and until when."""

    code = serializers.CharField()
    changes_at = serializers.DateTimeField()


class DoorPassSerializer(serializers.Serializer[Any]):
    """What a code is changed for before a sign-in; good for the same device alone."""

    token = serializers.CharField()
    seconds = serializers.IntegerField()


class AttendanceUploadSerializer(serializers.Serializer[Any]):
    """A list of who was there, CSV or XLSX."""

    file = serializers.FileField()


class CompletionSerializer(serializers.ModelSerializer[EventCompletion]):
    """How far certificates and points of a completed event are (E7)."""

    class Meta:
        model = EventCompletion
        fields = ["state", "total", "done", "certificates", "points", "started_at", "ended_at"]


class CheckInSerializer(serializers.Serializer[Any]):
    """What became of one attempt: ``marked``, ``already`` (``at`` says when first), ``refused``."""

    outcome = serializers.ChoiceField(choices=["marked", "already", "refused"])
    id = serializers.UUIDField(
        source="client_id", allow_null=True, help_text="The device's id of a scan."
    )
    registration = serializers.UUIDField(source="registration.pk", allow_null=True, default=None)
    attendance = serializers.UUIDField(source="attendance.pk", allow_null=True, default=None)
    name = serializers.CharField(source="registration.name", allow_null=True, default=None)
    at = serializers.DateTimeField(allow_null=True)
    code = serializers.CharField(help_text="Why it was refused, for programs.")
    message = serializers.CharField(help_text="Why it was refused, for people.")


class FeedSerializer(serializers.Serializer[Any]):
    """The address of a person's calendar: whoever has it reads it."""

    url = serializers.URLField(allow_null=True)
