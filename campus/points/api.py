"""The API of activity points: categories, transactions, decisions, and a student's balance."""

from typing import Any

from django.core.exceptions import ValidationError as Invalid
from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from campus.accounts.acting import acting_user
from campus.institutions.models import Institution
from campus.people.models import Student
from campus.people.queries import student_of
from campus.points import queries, rules, services
from campus.points.models import PointCategory, PointTransaction, students_seen_by
from portal.api.envelope import answer
from portal.api.given import valid
from portal.api.views import ApiViewSet, ReadOnlyApiViewSet
from portal.permissions import PUBLIC, requires


class PointCategorySerializer(serializers.ModelSerializer[PointCategory]):
    """A category and between which numbers it counts."""

    institution = serializers.PrimaryKeyRelatedField(queryset=Institution.objects.all())

    class Meta:
        model = PointCategory
        fields = ["id", "institution", "code", "name", "minimum", "maximum", "is_active"]
        validators: list[Any] = []


class CategoryRefSerializer(serializers.ModelSerializer[PointCategory]):
    """A category as a transaction points to it."""

    class Meta:
        model = PointCategory
        fields = ["id", "code", "name"]


class PointStudentSerializer(serializers.ModelSerializer[Student]):
    """Whose points they are."""

    class Meta:
        model = Student
        fields = ["id", "name", "number"]


class PointTransactionSerializer(serializers.ModelSerializer[PointTransaction]):
    """Points asked for or given."""

    student = PointStudentSerializer(read_only=True)
    category = CategoryRefSerializer(read_only=True)
    corrects: serializers.PrimaryKeyRelatedField[PointTransaction] = (
        serializers.PrimaryKeyRelatedField(read_only=True, allow_null=True)
    )

    class Meta:
        model = PointTransaction
        fields = [
            *("id", "student", "category", "points", "state", "title", "source", "corrects"),
            *("created_at", "decided_at", "reason"),
        ]


class AskSerializer(serializers.Serializer[Any]):
    """What asking for points takes; a note, a file or both show what was done."""

    category = serializers.UUIDField()
    points = serializers.IntegerField(min_value=1, max_value=1000)
    title = serializers.CharField(max_length=300)
    note = serializers.CharField(max_length=2000, allow_blank=True, default="")
    file = serializers.FileField(required=False, max_length=200)


class DecisionSerializer(serializers.Serializer[Any]):
    """Why; the student reads it."""

    reason = serializers.CharField(max_length=300, allow_blank=True, default="")


class BulkDecisionSerializer(DecisionSerializer):
    """Many at once: all of them, or none."""

    transactions = serializers.ListField(
        child=serializers.UUIDField(), min_length=1, max_length=services.MOST_AT_ONCE
    )
    decision = serializers.ChoiceField(choices=["approve", "reject"])


class CorrectionSerializer(serializers.Serializer[Any]):
    """How many points are added, or below zero taken away, and why."""

    points = serializers.IntegerField(min_value=-1000, max_value=1000)
    reason = serializers.CharField(max_length=300)


class CategoryBalanceSerializer(serializers.Serializer[Any]):
    """One category of a balance."""

    category = CategoryRefSerializer()
    minimum = serializers.IntegerField(source="category.minimum")
    maximum = serializers.IntegerField(source="category.maximum", allow_null=True)
    approved = serializers.IntegerField(help_text="What was approved.")
    counted = serializers.IntegerField(help_text="What of it counts, cut at the maximum.")
    pending = serializers.IntegerField()
    missing = serializers.IntegerField(help_text="What is missing to the minimum.")


class BalanceSerializer(serializers.Serializer[Any]):
    """A student's points (A1)."""

    total = serializers.IntegerField()
    required = serializers.IntegerField(allow_null=True)  # type: ignore[assignment]  # (a field)
    missing = serializers.IntegerField()
    pending = serializers.IntegerField()
    is_reached = serializers.BooleanField()
    categories = CategoryBalanceSerializer(many=True)


@extend_schema_view(
    list=extend_schema(summary="Point categories", description="What activities count as."),
    retrieve=extend_schema(summary="A point category", description="One category."),
)
class PointCategoryViewSet(ReadOnlyApiViewSet):
    """Kinds of activities, and how many points of each count."""

    policy = {
        "list": PUBLIC,
        "retrieve": PUBLIC,
        "create": requires(rules.MANAGE),
        "partial_update": requires(rules.MANAGE),
    }
    serializer_class = PointCategorySerializer
    queryset = PointCategory.objects.all()
    filterset_fields = ["institution", "is_active"]
    ordering = ("code", "id")

    @extend_schema(summary="Make a point category", description="Admins, of their institutions.")
    def create(self, request: Request) -> Response:
        """Make a category."""
        return self._write(request, None, status=201)

    @extend_schema(summary="Correct a point category", description="Admins, of their institutions.")
    def partial_update(self, request: Request, pk: str) -> Response:
        """Correct a category; what was given stays."""
        return self._write(request, self.get_object(), status=200)

    def _write(self, request: Request, held: PointCategory | None, status: int) -> Response:
        form = PointCategorySerializer(held, data=request.data, partial=held is not None)
        try:
            found = services.write_category(
                actor=acting_user(request), changes=valid(form), category=held
            )
        except Invalid as exc:
            raise serializers.ValidationError(serializers.as_serializer_error(exc)) from None
        return answer(PointCategorySerializer(found).data, status=status)


class PointTransactionFilter(filters.FilterSet):
    """By student, category, state and where the points are from."""

    class Meta:
        model = PointTransaction
        fields = ["student", "category", "state", "source"]


@extend_schema_view(
    list=extend_schema(
        summary="Point transactions",
        description="A student's own, a parent's children's, a mentor's mentees', an admin's all.",
    ),
    retrieve=extend_schema(summary="A point transaction", description="One that may be seen."),
)
class PointTransactionViewSet(ReadOnlyApiViewSet):
    """Points asked for and given."""

    policy = {
        "list": requires(rules.VIEW),
        "retrieve": requires(rules.VIEW),
        "create": requires(rules.ASK),
        "approve": requires(rules.DECIDE),
        "reject": requires(rules.DECIDE),
        "correct": requires(rules.DECIDE),
        "bulk_decide": requires(rules.DECIDE),
    }
    idempotent = True
    serializer_class = PointTransactionSerializer
    filterset_class = PointTransactionFilter
    queryset = PointTransaction.objects.none()
    ordering = ("-created_at", "id")
    lookup_value_regex = "[0-9a-fA-F-]{36}"

    def get_queryset(self) -> "QuerySet[PointTransaction]":
        """What the caller may see; the rest answers 404."""
        found = PointTransaction.objects.visible_to(self.request.user)
        return found.select_related("student", "category")

    @extend_schema(
        summary="Ask for points",
        description="A student, for something done outside the portal; the mentor decides (A2).",
        request=AskSerializer,
        responses={201: PointTransactionSerializer},
    )
    def create(self, request: Request) -> Response:
        """Ask for points."""
        data = valid(AskSerializer(data=request.data))
        student = student_of(request.user)
        if student is None:
            raise serializers.ValidationError({"student": [_("You are not a student.")]})
        category = PointCategory.objects.filter(
            pk=data.pop("category"), institution_id=student.institution_id
        ).first()
        if category is None:
            raise serializers.ValidationError({"category": [_("There is no such category.")]})
        row = services.ask(student=student, category=category, actor=acting_user(request), **data)
        return answer(PointTransactionSerializer(row).data, status=201)

    @extend_schema(
        summary="Approve points",
        description="The student's mentor or an admin (A2).",
        request=None,
        responses=PointTransactionSerializer,
    )
    @action(detail=True, methods=["post"])
    def approve(self, request: Request, pk: str) -> Response:
        """Approve; the balance moves, and the student is told at once (A4)."""
        [row] = services.decide(
            transactions=[self.get_object().pk], approve=True, actor=acting_user(request)
        )
        return answer(PointTransactionSerializer(row).data)

    @extend_schema(
        summary="Reject points",
        description="The student's mentor or an admin (A2); the student reads the reason.",
        request=DecisionSerializer,
        responses=PointTransactionSerializer,
    )
    @action(detail=True, methods=["post"])
    def reject(self, request: Request, pk: str) -> Response:
        """Reject, with a reason."""
        found = self.get_object()
        data = valid(DecisionSerializer(data=request.data))
        [row] = services.decide(
            transactions=[found.pk], approve=False, actor=acting_user(request), **data
        )
        return answer(PointTransactionSerializer(row).data)

    @extend_schema(
        summary="Correct points",
        description="A new transaction that names the approved one, which stays as it is (A2).",
        request=CorrectionSerializer,
        responses={201: PointTransactionSerializer},
    )
    @action(detail=True, methods=["post"])
    def correct(self, request: Request, pk: str) -> Response:
        """Add to what was approved, or take away."""
        found = self.get_object()
        data = valid(CorrectionSerializer(data=request.data))
        row = services.correct(transaction_id=found.pk, actor=acting_user(request), **data)
        return answer(PointTransactionSerializer(row).data, status=201)

    @extend_schema(
        summary="Decide many",
        description="All that are named, or none (A4).",
        request=BulkDecisionSerializer,
        responses=PointTransactionSerializer(many=True),
    )
    @action(detail=False, methods=["post"], url_path="bulk-decide", pagination_class=None)
    def bulk_decide(self, request: Request) -> Response:
        """Decide in bulk."""
        data = valid(BulkDecisionSerializer(data=request.data))
        rows = services.decide(
            transactions=data["transactions"],
            approve=data["decision"] == "approve",
            reason=data["reason"],
            actor=acting_user(request),
        )
        return answer(PointTransactionSerializer(rows, many=True).data)


class StudentPointsViewSet(ApiViewSet):
    """A student's balance."""

    policy = {"retrieve": requires(rules.VIEW)}
    serializer_class = BalanceSerializer
    queryset = Student.objects.none()
    filter_backends: list[Any] = []

    @extend_schema(
        summary="A student's points",
        description="What counts in each category and in all, and what is missing (A1).",
        responses=BalanceSerializer,
    )
    def retrieve(self, request: Request, student_id: str) -> Response:
        """The balance; 404 for a student whose points the caller does not see."""
        student = get_object_or_404(students_seen_by(request.user), pk=student_id)
        return answer(BalanceSerializer(queries.balance_of(student)).data)
