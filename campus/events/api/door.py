"""The API of the door: check-in by ticket, by hand, by oneself, by lists; scans that come later (E5, E6,
E10)."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from campus.accounts.acting import acting_user
from campus.events import door, rules, services
from campus.events.api import serializers as forms
from campus.events.errors import NotRegistered
from campus.events.models import Attendance, Event
from campus.events.services import NewScan
from portal.api.envelope import answer
from portal.api.given import valid
from portal.api.views import ApiView, ApiViewSet
from portal.imports.api import ImportSerializer
from portal.permissions import PUBLIC, SIGNED_IN, requires


class DoorViewSet(ApiViewSet):
    """What those at the door of an event do."""

    policy = requires(rules.CHECK_IN)
    serializer_class = forms.CheckInSerializer
    queryset = Event.objects.none()
    filter_backends: list[Any] = []

    def get_queryset(self) -> "QuerySet[Event]":
        """What the caller may see; the rest answers 404."""
        return Event.objects.visible_to(self.request.user).select_related("club__institution")

    @extend_schema(
        summary="Check somebody in",
        description="By the ticket's code, or by the registration of somebody found by name. Marks once: the "
        "second time tells when the first was (E5).",
        request=forms.CheckInRequestSerializer,
        responses=forms.CheckInSerializer,
    )
    def check_in(self, request: Request, pk: Any) -> Response:
        """Mark somebody as present."""
        event = self.get_object()
        data = valid(forms.CheckInRequestSerializer(data=request.data))
        actor = acting_user(request)
        if "code" in data:
            done = services.check_in(event_id=event.pk, code=data["code"], actor=actor)
        elif "registration" in data:
            done = services.check_in_by_hand(
                event_id=event.pk, registration_id=data["registration"], actor=actor
            )
        else:
            told = serializers.Field.default_error_messages["required"]
            raise serializers.ValidationError({"code": [told]}, code="required")
        return answer(forms.CheckInSerializer(done).data)

    @extend_schema(
        summary="Take a check-in back",
        description="By a new row that says that the mark does not hold.",
        request=forms.TakeBackSerializer,
        responses={204: None},
    )
    def take_back(self, request: Request, pk: Any) -> Response:
        """Correct a mark."""
        event = self.get_object()
        data = valid(forms.TakeBackSerializer(data=request.data))
        if not Attendance.objects.filter(event=event, pk=data["attendance"]).exists():
            raise NotRegistered
        services.take_back(
            attendance_id=data["attendance"], reason=data["reason"], actor=acting_user(request)
        )
        return Response(status=204)

    @extend_schema(
        summary="Send scans",
        description="That a device kept while it was offline, each with its own time and id. An answer for "
        "each, in the same order; sent again each gets the same one and counts once (E6).",
        request=forms.ScansSerializer,
        responses=forms.CheckInSerializer(many=True),
    )
    def scans(self, request: Request, pk: Any) -> Response:
        """Take scans that come later."""
        event = self.get_object()
        data = valid(forms.ScansSerializer(data=request.data))
        done = services.send_scans(
            event_id=event.pk,
            scans=[NewScan(one["id"], one["code"], one["at"]) for one in data["scans"]],
            actor=acting_user(request),
        )
        return answer(forms.CheckInSerializer(done, many=True).data)

    @extend_schema(
        summary="The code at the door",
        description="For the screen at which people check themselves in; it is another after `changes_at` "
        "(E10).",
        responses=forms.DoorCodeSerializer,
    )
    def code(self, request: Request, pk: Any) -> Response:
        """What the screen shows now."""
        shown = door.code_for(self.get_object().pk)
        told = answer(forms.DoorCodeSerializer(shown).data)
        told["Cache-Control"] = "private, no-store"
        return told

    @extend_schema(
        summary="Upload attendance",
        description="A list as CSV or XLSX: columns number, email or ticket, and day. It is checked in the "
        "background, with an error for each row; what it would do is applied at `imports/{id}/apply/`. The "
        "same file twice changes nothing (E5).",
        request=forms.AttendanceUploadSerializer,
        responses={202: ImportSerializer},
    )
    def upload(self, request: Request, pk: Any) -> Response:
        """Bring a list of who was there."""
        event = self.get_object()
        file = valid(forms.AttendanceUploadSerializer(data=request.data))["file"]
        owner = services.upload_attendance(
            event_id=event.pk, file=file.file, name=file.name, actor=acting_user(request)
        )
        return answer(ImportSerializer(owner).data, status=202)


class SelfCheckInView(ApiView):
    """Checking oneself in by the code at the door."""

    policy = {"post": SIGNED_IN}
    rate = "30/min"

    @extend_schema(
        summary="Check oneself in",
        description="By the code that the screen at the door shows, or the pass it was changed for (E10).",
        request=forms.SelfCheckInSerializer,
        responses=forms.CheckInSerializer,
    )
    def post(self, request: Request) -> Response:
        """Mark the signed-in person as present."""
        data = valid(forms.SelfCheckInSerializer(data=request.data))
        done = services.self_check_in(
            token=data["code"], device=data["device"], actor=acting_user(request)
        )
        return answer(forms.CheckInSerializer(done).data)


class DoorPassView(ApiView):
    """Keeping a scanned code over a sign-in."""

    policy = {"post": PUBLIC}
    rate = "30/min"

    @extend_schema(
        summary="Keep a door's code",
        description="Changes the code that is shown now for a pass that survives signing in; it is good on "
        "the same device alone (E10). Everyone.",
        request=forms.SelfCheckInSerializer,
        responses=forms.DoorPassSerializer,
    )
    def post(self, request: Request) -> Response:
        """Give a pass for a code that holds."""
        data = valid(forms.SelfCheckInSerializer(data=request.data))
        token = door.pass_for(data["code"], data["device"])
        return answer({"token": token, "seconds": int(door.PASS_HOLDS.total_seconds())})
