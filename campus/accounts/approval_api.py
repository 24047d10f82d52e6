"""Deciding about registrations by API (P8)."""

from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from campus.accounts import services
from campus.accounts.acting import acting_user
from campus.accounts.models import User
from campus.accounts.rules import APPROVE
from portal.api.views import ApiView
from portal.permissions import requires


class DecisionSerializer(serializers.ModelSerializer[User]):
    """An account after a decision about it."""

    class Meta:
        model = User
        fields = ["id", "full_name", "is_active", "approval", "inactive_reason"]
        read_only_fields = fields


class RefusalSerializer(serializers.Serializer[Any]):
    """Why somebody is not let in; they read it."""

    reason = serializers.CharField(max_length=200)


class ApproveView(ApiView):
    """Let somebody in."""

    policy = requires(APPROVE)

    @extend_schema(operation_id="admin_user_approve", request=None, responses=DecisionSerializer)
    def post(self, request: Request, pk: int) -> Response:
        """Let in who waits, or was refused before; they are told. 409 `not_waiting` for all others."""
        user = get_object_or_404(User, pk=pk)
        services.approve(user=user, actor=acting_user(request))
        return Response(DecisionSerializer(user).data)


class RefuseView(ApiView):
    """Do not let somebody in."""

    policy = requires(APPROVE)

    @extend_schema(
        operation_id="admin_user_refuse", request=RefusalSerializer, responses=DecisionSerializer
    )
    def post(self, request: Request, pk: int) -> Response:
        """Refuse who waits, with a reason that they are told. 409 `not_waiting` for all others."""
        user = get_object_or_404(User, pk=pk)
        given = RefusalSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        services.refuse(
            user=user, reason=given.validated_data["reason"], actor=acting_user(request)
        )
        return Response(DecisionSerializer(user).data)
