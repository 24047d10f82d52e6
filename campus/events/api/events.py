"""The API of events: read, write, and from the draft to the end."""

from typing import Any

from django.db.models import Prefetch, QuerySet
from django.http import Http404, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_filters import rest_framework as filters
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from campus.accounts.acting import acting_user
from campus.accounts.models import User
from campus.clubs.models import Club
from campus.events import rules, services
from campus.events.api import serializers as forms
from campus.events.api.files import as_file
from campus.events.api.people import registered, student_named
from campus.events.errors import ChooseWhom
from campus.events.ical import calendar_of
from campus.events.models import Event, EventCompletion, EventRegistration, EventSession
from campus.institutions.directory import every_word
from campus.people.queries import student_of
from portal.api.envelope import answer
from portal.api.given import valid
from portal.api.views import ReadOnlyApiViewSet
from portal.ical import KIND as CALENDAR
from portal.permissions import PUBLIC, requires

PERIODS = {
    "coming": _("What is not over"),
    "past": _("What is over"),
}


class EventFilter(filters.FilterSet):
    """By club, state, tag, period and words."""

    tag = filters.CharFilter(field_name="tags__slug", max_length=60, label=_("slug of a tag"))
    period = filters.ChoiceFilter(
        choices=list(PERIODS.items()), method="of_period", label=_("coming or past")
    )
    begins = filters.IsoDateTimeFilter(
        field_name="ends", lookup_expr="gt", label=_("ends after this moment")
    )
    ends = filters.IsoDateTimeFilter(
        field_name="starts", lookup_expr="lt", label=_("starts before this moment")
    )
    institution = filters.NumberFilter(field_name="club__institution_id", label=_("institution"))
    q = filters.CharFilter(
        method="with_words", max_length=100, label=_("words of the title, the texts or the club")
    )

    class Meta:
        model = Event
        fields = ["club", "state"]

    def of_period(self, rows: "QuerySet[Event]", name: str, value: str) -> "QuerySet[Event]":
        """Those that are over, or are not."""
        now = timezone.now()
        return rows.filter(ends__lte=now) if value == "past" else rows.filter(ends__gt=now)

    def with_words(self, rows: "QuerySet[Event]", name: str, value: str) -> "QuerySet[Event]":
        """Those in which each word stands somewhere."""
        fields = ("title", "summary", "description", "club__name", "place")
        return rows.filter(every_word(value, *fields))


@extend_schema_view(
    list=extend_schema(
        summary="Events",
        description="All that are public, by their start; those who organize see their drafts. Everyone.",
    )
)
class EventViewSet(ReadOnlyApiViewSet):
    """Events."""

    policy = {
        "list": PUBLIC,
        "retrieve": PUBLIC,
        "ics": PUBLIC,
        "register": requires(rules.REGISTER),
        "unregister": requires(rules.REGISTER),
        **dict.fromkeys(
            (
                *("create", "partial_update", "schedule", "start", "complete", "cancel", "move"),
                *("clone", "repeat", "questions", "organizers"),
                *("generate_certificates", "completion"),
            ),
            requires(rules.MANAGE),
        ),
    }
    scope = {"list": rules.READ_SCOPE, "retrieve": rules.READ_SCOPE, "ics": rules.READ_SCOPE}
    idempotent = True
    serializer_class = forms.EventItemSerializer
    filterset_class = EventFilter
    ordering = ("starts", "id")
    queryset = Event.objects.none()
    lookup_value_converter = "uuid"

    def get_queryset(self) -> "QuerySet[Event]":
        """What the caller may see; the rest answers 404."""
        found = Event.objects.visible_to(self.request.user)
        found = found.select_related("club__institution", "hall__building", "point_category")
        if self.action == "list":
            return found.prefetch_related("tags")
        sessions = Prefetch("sessions", EventSession.objects.order_by("starts"))
        return found.prefetch_related("tags", sessions, "questions", "audience_departments")

    @extend_schema(
        summary="An event",
        description="One event; to those who manage it also its wished halls and organizers. Everyone.",
        responses=forms.EventSerializer,
    )
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """One event."""
        return answer(self._told(self.get_object()))

    def _told(self, event: Event) -> Any:
        user = self.request.user
        manages = user.is_authenticated and user.has_perm(rules.MANAGE, event)
        kind = forms.OrganizedEventSerializer if manages else forms.EventSerializer
        return kind(event).data

    def _again(self, event: Event, status: int = 200) -> Response:
        """The event as it is stored now."""
        found = self.get_queryset().filter(pk=event.pk).first()
        if found is None:
            raise Http404
        return answer(self._told(found), status=status)

    @extend_schema(
        summary="Write an event",
        description="A draft of a club: organizers where their role there allows it, and admins.",
        request=forms.EventCreateSerializer,
        responses={201: forms.OrganizedEventSerializer},
    )
    def create(self, request: Request) -> Response:
        """Make a draft."""
        data = valid(forms.EventCreateSerializer(data=request.data))
        club = data.pop("club")
        if not Club.objects.visible_to(request.user).filter(pk=club.pk).exists():
            raise serializers.ValidationError({"club": [_("There is no such club.")]})
        made = services.create_event(club=club, changes=data, actor=acting_user(request))
        return self._again(made, status=201)

    @extend_schema(
        summary="Change an event",
        description="What is not named stays; lists replace what was. Sessions and wished halls of one that "
        "is scheduled are changed by `move`.",
        request=forms.EventWriteSerializer(partial=True),
        responses=forms.OrganizedEventSerializer,
    )
    def partial_update(self, request: Request, pk: Any) -> Response:
        """Change an event that is not over."""
        event = self.get_object()
        data = valid(forms.EventWriteSerializer(event, data=request.data, partial=True))
        services.edit_event(event_id=event.pk, changes=data, actor=acting_user(request))
        return self._again(event)

    @extend_schema(
        summary="Register",
        description="Oneself, or a child (E4): 201 with a place, 202 on the waiting list or with a request "
        "that waits for approval. Registering twice is one registration.",
        request=forms.RegisterSerializer,
        responses={
            201: forms.EventRegistrationSerializer,
            202: forms.EventRegistrationSerializer,
        },
    )
    @action(detail=True, methods=["post"])
    def register(self, request: Request, pk: Any) -> Response:
        """Register for an event."""
        event = self._seen(pk)
        data = valid(forms.RegisterSerializer(data=request.data))
        user = acting_user(request)
        student = student_named(user, data["student"]) if "student" in data else None
        if student is None and not rules.is_own(user, None):
            raise ChooseWhom(param="student")
        made = services.register(
            event_id=event.pk, student=student, answers=data.get("answers"), actor=user
        )
        made.event = event
        status = 201 if made.state == EventRegistration.State.REGISTERED else 202
        return answer(forms.EventRegistrationSerializer(made).data, status=status)

    @extend_schema(
        summary="Unregister",
        description="Give one's own or a child's place back, until the start (E4). Again is harmless.",
        request=forms.UnregisterSerializer,
        responses=forms.EventRegistrationSerializer,
    )
    @action(detail=True, methods=["post"])
    def unregister(self, request: Request, pk: Any) -> Response:
        """Give a place, or one in the queue, back."""
        event = self._seen(pk)
        data = valid(forms.UnregisterSerializer(data=request.data))
        user = acting_user(request)
        student = student_named(user, data["student"]) if "student" in data else student_of(user)
        rows = EventRegistration.objects.filter(event=event)
        found = rows.filter(student=student) if student else rows.filter(user=user)
        held = found.first()
        if held is None:
            raise Http404
        services.unregister(registration_id=held.pk, actor=user)
        return answer(forms.EventRegistrationSerializer(registered().get(pk=held.pk)).data)

    def _seen(self, pk: Any) -> Event:
        """An event that the caller sees; whom it is about, the service asks."""
        found = self.get_queryset().filter(pk=pk).first()
        if found is None:
            raise Http404
        return found

    @extend_schema(
        summary="Schedule an event",
        description="Makes a draft public, and books the first wished hall that is free; where none is, a "
        "request for the first goes to the admins (E1, E2).",
        request=None,
        responses=forms.OrganizedEventSerializer,
    )
    @action(detail=True, methods=["post"])
    def schedule(self, request: Request, pk: Any) -> Response:
        """Make a draft public."""
        return self._again(
            services.schedule(event_id=self.get_object().pk, actor=acting_user(request))
        )

    @extend_schema(
        summary="Start an event",
        description="Before its time; by itself it starts when that has come (E1). The waiting list stops.",
        request=None,
        responses=forms.OrganizedEventSerializer,
    )
    @action(detail=True, methods=["post"])
    def start(self, request: Request, pk: Any) -> Response:
        """Begin an event."""
        return self._again(
            services.start(event_id=self.get_object().pk, actor=acting_user(request))
        )

    @extend_schema(
        summary="Complete an event",
        description="Certificates and points follow in the background (E7): see `completion`.",
        request=None,
        responses=forms.OrganizedEventSerializer,
    )
    @action(detail=True, methods=["post"])
    def complete(self, request: Request, pk: Any) -> Response:
        """End an event."""
        return self._again(
            services.complete(event_id=self.get_object().pk, actor=acting_user(request))
        )

    @extend_schema(
        summary="Cancel an event",
        description="Frees its hall, tells everyone registered, offers refunds (E3).",
        request=forms.EventReasonSerializer,
        responses=forms.OrganizedEventSerializer,
    )
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, pk: Any) -> Response:
        """Call an event off."""
        event = self.get_object()
        data = valid(forms.EventReasonSerializer(data=request.data))
        return self._again(services.cancel(event_id=event.pk, actor=acting_user(request), **data))

    @extend_schema(
        summary="Move an event",
        description="To other times, other halls or both: its booking moves with it, or 409 names what is in "
        "the way and nothing changes (E9). Registered people are told.",
        request=forms.MoveSerializer,
        responses=forms.OrganizedEventSerializer,
    )
    @action(detail=True, methods=["post"])
    def move(self, request: Request, pk: Any) -> Response:
        """Give an event other times or halls."""
        event = self.get_object()
        data = valid(forms.MoveSerializer(data=request.data))
        return self._again(
            services.move_event(event_id=event.pk, actor=acting_user(request), **data)
        )

    @extend_schema(
        summary="Copy an event",
        description="A draft with the same words, rules, questions and wishes (E11).",
        request=forms.CloneSerializer,
        responses={201: forms.OrganizedEventSerializer},
    )
    @action(detail=True, methods=["post"])
    def clone(self, request: Request, pk: Any) -> Response:
        """Make a copy."""
        event = self.get_object()
        data = valid(forms.CloneSerializer(data=request.data))
        made = services.clone_event(event_id=event.pk, actor=acting_user(request), **data)
        return self._again(made, status=201)

    @extend_schema(
        summary="Repeat an event",
        description="Drafts of one series, at the same local hour; each is changed or cancelled alone (E11).",
        request=forms.RepeatSerializer,
        responses={201: forms.EventRefSerializer(many=True)},
    )
    @action(detail=True, methods=["post"])
    def repeat(self, request: Request, pk: Any) -> Response:
        """Make a series."""
        event = self.get_object()
        data = valid(forms.RepeatSerializer(data=request.data))
        made = services.repeat_event(event_id=event.pk, actor=acting_user(request), **data)
        return answer(forms.EventRefSerializer(made, many=True).data, status=201)

    @extend_schema(
        summary="Set the questions",
        description="What is asked of who registers (E12); one that is left out goes with its answers.",
        request=forms.QuestionsSerializer,
        responses=forms.EventQuestionSerializer(many=True),
    )
    @action(detail=True, methods=["put"], pagination_class=None, filterset_class=None)
    def questions(self, request: Request, pk: Any) -> Response:
        """Say what is asked."""
        event = self.get_object()
        data = valid(forms.QuestionsSerializer(data=request.data))
        stored = services.set_questions(event_id=event.pk, actor=acting_user(request), **data)
        return answer(forms.EventQuestionSerializer(stored, many=True).data)

    @extend_schema(
        summary="Name the organizers",
        description="Members of the club who answer for the event and may take attendance there.",
        request=forms.OrganizersSerializer,
        responses=forms.OrganizedEventSerializer,
    )
    @action(detail=True, methods=["put"])
    def organizers(self, request: Request, pk: Any) -> Response:
        """Say who answers for the event."""
        event = self.get_object()
        ids = set(valid(forms.OrganizersSerializer(data=request.data))["users"])
        users = list(User.objects.filter(pk__in=ids))
        if len(users) != len(ids):
            told = _("An organizer must be a member of the club.")
            raise serializers.ValidationError({"users": [told]})
        services.set_organizers(event_id=event.pk, users=users, actor=acting_user(request))
        return self._again(event)

    @extend_schema(
        summary="Generate certificates",
        description="For a completed event, whatever somebody still lacks: certificates and points, each "
        "once (E7). It goes on in the background: see `completion`.",
        request=None,
        responses={202: forms.CompletionSerializer},
    )
    @action(detail=True, methods=["post"], url_path="generate-certificates")
    def generate_certificates(self, request: Request, pk: Any) -> Response:
        """Give what is missing."""
        done = services.generate(event_id=self.get_object().pk, actor=acting_user(request))
        return answer(forms.CompletionSerializer(done).data, status=202)

    @extend_schema(
        summary="How far the completion is",
        description="Of certificates and points (E7); 404 while the event is not completed.",
        responses=forms.CompletionSerializer,
    )
    @action(detail=True)
    def completion(self, request: Request, pk: Any) -> Response:
        """The progress."""
        found = EventCompletion.objects.filter(event=self.get_object()).first()
        if found is None:
            raise Http404
        return answer(forms.CompletionSerializer(found).data)

    @extend_schema(
        summary="An event's calendar file",
        description="An entry for each session, as iCalendar (E8). Everyone.",
        responses={(200, "text/calendar"): OpenApiTypes.STR},
        filters=False,
        operation_id="events_calendar",
    )
    def ics(self, request: Request, pk: Any) -> HttpResponse:
        """The event for calendars."""
        event = self.get_object()
        return as_file(calendar_of([event]), f"{event.slug}.ics", CALENDAR)
