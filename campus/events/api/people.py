"""The API of who comes: registrations, decisions, tickets, and the list of an event's participants."""

import uuid
from typing import Any

from django.db.models import Prefetch, QuerySet
from django.http import Http404, HttpResponse
from django.utils.translation import gettext_lazy as _
from django_filters import rest_framework as filters
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from campus.accounts.acting import acting_user
from campus.events import rules, services, tickets
from campus.events.api import serializers as forms
from campus.events.api.files import as_private
from campus.events.errors import NoTicket
from campus.events.ical import calendar_of
from campus.events.models import Answer, Event, EventRegistration, EventSession
from campus.events.services.completion import with_days
from campus.events.ticket_files import ticket_pdf
from campus.institutions.directory import every_word
from campus.people.models import Student
from portal.api.envelope import answer
from portal.api.views import ApiViewSet, ReadOnlyApiViewSet
from portal.ical import KIND as CALENDAR
from portal.permissions import requires


def registered() -> "QuerySet[EventRegistration]":
    """Registrations with what is told of them."""
    return EventRegistration.objects.with_place().select_related("student", "user", "event")


def student_named(user: Any, student_id: uuid.UUID) -> Student:
    """The student whom ``user`` acts for; raises ValidationError (400) for anybody else."""
    found = (
        Student.objects.acted_for_by(user)
        .select_related("institution")
        .filter(pk=student_id)
        .first()
    )
    if found is None:
        raise serializers.ValidationError({"student": [_("There is no such student.")]})
    return found


class RegistrationFilter(filters.FilterSet):
    """By state, event and student."""

    class Meta:
        model = EventRegistration
        fields = ["state", "event", "student"]


@extend_schema_view(
    list=extend_schema(
        summary="Registrations for events",
        description="One's own, one's children's, those of events that one organizes, an admin's all.",
    ),
    retrieve=extend_schema(summary="A registration", description="One that may be seen."),
)
class EventRegistrationViewSet(ReadOnlyApiViewSet):
    """Registrations for events."""

    policy = {
        "list": requires(rules.VIEW_REGISTRATION),
        "retrieve": requires(rules.VIEW_REGISTRATION),
        "approve": requires(rules.MANAGE),
        "reject": requires(rules.MANAGE),
        "cancel": requires(rules.UNREGISTER),
        "ticket": requires(rules.REGISTER),
        "ticket_pdf": requires(rules.REGISTER),
        "ticket_ics": requires(rules.REGISTER),
    }
    scope = {"list": rules.READ_SCOPE, "retrieve": rules.READ_SCOPE}
    idempotent = True
    serializer_class = forms.EventRegistrationSerializer
    filterset_class = RegistrationFilter
    ordering = ("-since", "id")
    queryset = EventRegistration.objects.none()
    lookup_value_converter = "uuid"

    def get_queryset(self) -> "QuerySet[EventRegistration]":
        """What the caller may see; the rest answers 404."""
        visible = EventRegistration.objects.visible_to(self.request.user)
        found = registered().filter(pk__in=visible.values("pk"))
        if self.action == "list":
            return found
        sessions = Prefetch("event__sessions", EventSession.objects.order_by("starts"))
        return found.select_related(
            "student__user", "user", "event__club__institution", "event__hall__building"
        ).prefetch_related(sessions)

    def _told(self, registration: EventRegistration) -> Response:
        found = registered().get(pk=registration.pk)
        return answer(forms.EventRegistrationSerializer(found).data)

    @extend_schema(
        summary="Approve a registration",
        description="Where an event needs approval (E12): a place, or the end of the queue.",
        request=None,
        responses=forms.EventRegistrationSerializer,
    )
    @action(detail=True, methods=["post"])
    def approve(self, request: Request, pk: Any) -> Response:
        """Say yes to a request."""
        return self._told(
            services.approve(registration_id=self.get_object().pk, actor=acting_user(request))
        )

    @extend_schema(
        summary="Reject a registration",
        description="With a reason that the person reads (E12).",
        request=forms.EventReasonSerializer,
        responses=forms.EventRegistrationSerializer,
    )
    @action(detail=True, methods=["post"])
    def reject(self, request: Request, pk: Any) -> Response:
        """Say no to a request."""
        found = self.get_object()
        data = forms.EventReasonSerializer(data=request.data)
        data.is_valid(raise_exception=True)
        return self._told(
            services.reject(
                registration_id=found.pk, actor=acting_user(request), **data.validated_data
            )
        )

    @extend_schema(
        summary="Cancel a registration",
        description="One's own, a child's, or as the organizer, until the start (E4).",
        request=None,
        responses=forms.EventRegistrationSerializer,
    )
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, pk: Any) -> Response:
        """Give the place back."""
        return self._told(
            services.unregister(registration_id=self.get_object().pk, actor=acting_user(request))
        )

    def _own(self) -> EventRegistration:
        """The person's own registration, or a child's, that has a ticket."""
        found = self.get_object()
        if found.state != EventRegistration.State.REGISTERED:
            raise NoTicket
        return found

    @extend_schema(
        summary="A ticket",
        description="The code that the QR of the ticket holds: for the person and their guardians (E5).",
        responses=forms.TicketSerializer,
    )
    @action(detail=True)
    def ticket(self, request: Request, pk: Any) -> Response:
        """The ticket's code."""
        code = tickets.code_of(self._own())
        return answer(forms.TicketSerializer({"code": code, "svg": tickets.qr_svg(code)}).data)

    @extend_schema(
        summary="A ticket as PDF",
        description="One page with the QR code (E5).",
        responses={(200, "application/pdf"): OpenApiTypes.BINARY},
        filters=False,
        operation_id="event_registrations_ticket_pdf",
    )
    def ticket_pdf(self, request: Request, pk: Any) -> HttpResponse:
        """The ticket on paper."""
        found = self._own()
        return as_private(ticket_pdf(found), f"{found.event.slug}.pdf", "application/pdf")

    @extend_schema(
        summary="A ticket as a calendar file",
        description="The event's sessions, for the person's own calendar (E5).",
        responses={(200, "text/calendar"): OpenApiTypes.STR},
        filters=False,
        operation_id="event_registrations_ticket_ics",
    )
    def ticket_ics(self, request: Request, pk: Any) -> HttpResponse:
        """The event, for who has a place."""
        event = self._own().event
        return as_private(calendar_of([event]), f"{event.slug}.ics", CALENDAR)


class ParticipantFilter(filters.FilterSet):
    """By state, presence, and words of the name or the number."""

    present = filters.BooleanFilter(method="was_present", label=_("was there"))
    q = filters.CharFilter(method="with_words", max_length=100, label=_("name or number"))

    class Meta:
        model = EventRegistration
        fields = ["state"]

    def was_present(self, rows: Any, name: str, value: bool) -> Any:
        """Who was marked on a day at least, or on none."""
        return rows.filter(days__gt=0) if value else rows.filter(days=0)

    def with_words(self, rows: Any, name: str, value: str) -> Any:
        """Those in whose name or number each word stands."""
        return rows.filter(every_word(value, "student__name", "student__number", "user__full_name"))


class ParticipantViewSet(ApiViewSet):
    """Who comes to an event, in the order of registering, for those at its door."""

    policy = {"list": requires(rules.CHECK_IN)}
    serializer_class = forms.ParticipantSerializer
    filterset_class = ParticipantFilter
    queryset = EventRegistration.objects.none()
    ordering = ("queue_number", "id")

    @extend_schema(
        summary="Participants of an event",
        description="Who is registered, waits or asked, with the days that they were there: for those who "
        "manage the event or take attendance at it. Answers are told to who manages it.",
    )
    def list(self, request: Request, event_id: uuid.UUID) -> Response:
        """The participants."""
        event = (
            Event.objects.visible_to(request.user)
            .select_related("club__institution")
            .filter(pk=event_id)
            .first()
        )
        if event is None:
            raise Http404
        if not request.user.has_perm(rules.CHECK_IN, event):
            raise PermissionDenied
        manages = request.user.has_perm(rules.MANAGE, event)
        rows = with_days(registered().filter(event=event))
        if manages:
            rows = rows.prefetch_related(
                Prefetch("answers", Answer.objects.order_by("question__position", "pk"))
            )
        page = self.paginate_queryset(self.filter_queryset(rows))
        context = {**self.get_serializer_context(), "manages": manages}
        return self.get_paginated_response(
            forms.ParticipantSerializer(page, many=True, context=context).data
        )
