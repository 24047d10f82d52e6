"""The API of one's own data (P9): downloads, erasure; and erasing an account as an admin."""

import uuid
from typing import Any

from django.http import Http404
from django.http.response import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from campus.accounts.acting import acting_user
from campus.accounts.models import User
from campus.personal import rules, services
from campus.personal.errors import PersonNotFound
from campus.personal.models import DataExport, ErasureRequest
from campus.personal.views import archive_answer
from portal.api.envelope import answer
from portal.api.views import ApiView
from portal.permissions import requires

SHOWN = 10


class DataExportSerializer(serializers.ModelSerializer[DataExport]):
    """A download: it can be fetched at ``file`` while it is ``ready``."""

    file = serializers.SerializerMethodField()

    class Meta:
        model = DataExport
        fields = ["id", "state", "size", "created_at", "ready_at", "expires_at", "file"]

    def get_file(self, export: DataExport) -> str | None:
        """Where it is, if it can be fetched."""
        return f"/api/v1/profile/export/{export.pk}/file/" if export.is_fetchable else None


class ErasureSerializer(serializers.ModelSerializer[ErasureRequest]):
    """A wish to be erased, and when that will be."""

    class Meta:
        model = ErasureRequest
        fields = ["id", "state", "due_at", "created_at"]


class ConfirmationSerializer(serializers.Serializer[Any]):
    """Proves the person: the password, and the second factor's code where there is one."""

    password = serializers.CharField(max_length=200, write_only=True, trim_whitespace=False)
    code = serializers.CharField(
        max_length=20, write_only=True, required=False, allow_blank=True, default=""
    )


class ErasureReasonSerializer(serializers.Serializer[Any]):
    """Why an admin does it; kept with the request."""

    reason = serializers.CharField(max_length=300)


class ExportView(ApiView):
    """Downloads of all that the portal holds on the caller."""

    policy = requires(rules.OWN)
    idempotent = True

    @extend_schema(
        operation_id="profile_export_list",
        summary="My downloads",
        responses=DataExportSerializer(many=True),
    )
    def get(self, request: Request) -> Response:
        """The latest ten, newest first."""
        found = DataExport.objects.visible_to(request.user)[:SHOWN]
        return answer(DataExportSerializer(found, many=True).data)

    @extend_schema(
        operation_id="profile_export_request",
        summary="Ask for a download",
        request=None,
        responses={202: DataExportSerializer},
    )
    def post(self, request: Request) -> Response:
        """It is made in the background; a notification tells when it is ready."""
        user = acting_user(request)
        made = services.request_export(user=user, actor=user)
        return answer(DataExportSerializer(made).data, status=202)


class ExportFileView(ApiView):
    """The file of one's own download."""

    policy = requires(rules.OWN)

    @extend_schema(
        operation_id="profile_export_file",
        summary="Fetch a download",
        responses={(200, "application/zip"): OpenApiTypes.BINARY},
    )
    def get(self, request: Request, export_id: uuid.UUID) -> HttpResponseBase:
        """A ZIP file with JSON, CSV and uploaded files; 404 for another's, or after its time."""
        return archive_answer(request.user, export_id)


class ErasureView(ApiView):
    """The erasure of the caller's own account."""

    policy = requires(rules.OWN)
    rate = "10/min"

    @extend_schema(
        operation_id="profile_erasure_retrieve",
        summary="My erasure",
        responses=ErasureSerializer,
    )
    def get(self, request: Request) -> Response:
        """The one that waits; 404 if none does."""
        found = services.waiting_erasure(acting_user(request))
        if found is None:
            raise Http404
        return answer(ErasureSerializer(found).data)

    @extend_schema(
        operation_id="profile_erasure_request",
        summary="Ask to be erased",
        request=ConfirmationSerializer,
        responses={202: ErasureSerializer},
    )
    def post(self, request: Request) -> Response:
        """After a time of grace the account is anonymized; until then it can be taken back."""
        given = ConfirmationSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        user = acting_user(request)
        services.confirm(user=user, **given.validated_data)
        made = services.ask_erasure(user=user, actor=user)
        return answer(ErasureSerializer(made).data, status=202)

    @extend_schema(
        operation_id="profile_erasure_cancel",
        summary="Take the erasure back",
        responses={204: None},
    )
    def delete(self, request: Request) -> Response:
        """Keep the account."""
        user = acting_user(request)
        services.cancel_erasure(user=user, actor=user)
        return Response(status=204)


class EraseUserView(ApiView):
    """Erasing an account as an admin."""

    policy = requires(rules.ERASE)

    @extend_schema(
        operation_id="admin_users_erase",
        summary="Erase an account",
        request=ErasureReasonSerializer,
        responses={202: ErasureSerializer},
    )
    def post(self, request: Request, pk: int) -> Response:
        """At once, in the background, with a reason; 404 beyond the admin's reach."""
        given = ErasureReasonSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        user = User.objects.filter(pk=pk).first()
        if user is None:
            raise PersonNotFound  # the very answer that one beyond the admin's reach gets
        made = services.ask_erasure(
            user=user, actor=acting_user(request), now=True, **given.validated_data
        )
        return answer(ErasureSerializer(made).data, status=202)
