"""The API of imports: bring a file, read what it would do, apply it, get the errors back (P11)."""

from typing import Any

from django.db.models import QuerySet
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django_filters import rest_framework as filters
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from portal.api.envelope import answer
from portal.api.views import ApiViewSet
from portal.imports import files, progress, rules, services
from portal.imports.models import Import, ImportRow
from portal.imports.registry import importers_at_large_for
from portal.permissions import requires, signed_in


class ImportSerializer(serializers.ModelSerializer):
    """An import: its state, what the last check counted, what was written."""

    done = serializers.SerializerMethodField()

    class Meta:
        model = Import
        fields = [
            "id",
            "kind",
            "file_name",
            "state",
            "problem",
            "rows_total",
            "rows_wrong",
            "rows_create",
            "rows_change",
            "rows_same",
            "done",
            "result",
            "created_at",
            "checked_at",
            "ended_at",
        ]
        read_only_fields = fields

    def get_done(self, owner: Import) -> int:
        """Rows that the pass which runs now has behind it."""
        return progress.of(owner)[0]


class CellErrorSerializer(serializers.Serializer):
    """What is wrong with one cell; an empty column means the whole row."""

    column = serializers.CharField()
    message = serializers.CharField()


class ImportRowSerializer(serializers.ModelSerializer):
    """One row: its line, what it would do, what is wrong in it."""

    errors = CellErrorSerializer(many=True)  # type: ignore[assignment]  # a field of that name

    class Meta:
        model = ImportRow
        fields = ["position", "table", "number", "label", "outcome", "errors", "before", "after"]
        read_only_fields = fields


class UploadSerializer(serializers.Serializer):
    """A file (CSV or XLSX, ZIP for archives) and what is in it."""

    kind = serializers.CharField(max_length=40)
    file = serializers.FileField()


class ColumnSerializer(serializers.Serializer):
    """One column that a kind of file has."""

    name = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # a field of that name
    help = serializers.CharField()
    example = serializers.CharField()
    required = serializers.BooleanField()  # type: ignore[assignment]  # as above


class TableSerializer(serializers.Serializer):
    """One table of a file."""

    name = serializers.CharField()
    required = serializers.BooleanField()  # type: ignore[assignment]  # a field of that name
    columns = ColumnSerializer(many=True)


class KindSerializer(serializers.Serializer):
    """A kind of import that the caller may bring."""

    kind = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # a field of that name
    help = serializers.CharField()
    archive = serializers.BooleanField()
    tables = TableSerializer(many=True)


class ImportFilter(filters.FilterSet):
    """By kind and state."""

    class Meta:
        model = Import
        fields = ["kind", "state"]


class RowFilter(filters.FilterSet):
    """By what a row would do."""

    class Meta:
        model = ImportRow
        fields = ["outcome", "table"]


class ImportViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, ApiViewSet):
    """Imports: one's own, and those of the kinds that one oversees."""

    policy = requires(rules.USE)
    idempotent = True
    serializer_class = ImportSerializer
    filterset_class = ImportFilter
    ordering = ("-created_at", "id")
    queryset = Import.objects.none()
    lookup_value_converter = "uuid"

    def get_queryset(self) -> "QuerySet[Import]":
        """What the caller may see; the rest answers 404."""
        return Import.objects.visible_to(self.request.user)

    @extend_schema(request=UploadSerializer, responses={202: ImportSerializer})
    def create(self, request: Request) -> Response:
        """Bring a file. It is checked in the background: read it again until the state is another."""
        given = UploadSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        upload = given.validated_data["file"]
        owner = services.upload(
            kind=given.validated_data["kind"],
            file=upload.file,
            name=upload.name,
            actor=signed_in(request),
        )
        return answer(ImportSerializer(owner).data, status=202)

    @extend_schema(responses=KindSerializer(many=True), filters=False)
    @action(detail=False, pagination_class=None)
    def kinds(self, request: Request) -> Response:
        """The kinds that the caller may bring, with their columns."""
        return answer(KindSerializer(importers_at_large_for(request.user), many=True).data)

    @extend_schema(request=None, responses={202: ImportSerializer})
    @action(detail=True, methods=["post"])
    def apply(self, request: Request, pk: Any) -> Response:
        """Write all rows or none, in the background; only what the preview showed is written."""
        return self._act(services.apply)

    @extend_schema(request=None, responses={202: ImportSerializer})
    @action(detail=True, methods=["post"], url_path="check")
    def check_again(self, request: Request, pk: Any) -> Response:
        """Check the file against what is stored now."""
        return self._act(services.check_again)

    @extend_schema(request=None, responses=ImportSerializer)
    @action(detail=True, methods=["post"])
    def discard(self, request: Request, pk: Any) -> Response:
        """Let the upload go; file and rows are removed."""
        return self._act(services.discard, status=200)

    @extend_schema(
        responses={(200, "text/csv"): OpenApiTypes.STR},
        filters=False,
        operation_id="imports_errors",
    )
    @action(detail=True, pagination_class=None, filterset_class=None)
    def errors(self, request: Request, pk: Any) -> HttpResponseBase:
        """The rows as they stood with a column that says what is wrong, as CSV."""
        return files.rows_with_errors(self.get_object(), "csv")

    def _act(self, service: Any, status: int = 202) -> Response:
        owner = service(owner=self.get_object(), actor=signed_in(self.request))
        return answer(ImportSerializer(owner).data, status=status)


class ImportRowsViewSet(mixins.ListModelMixin, ApiViewSet):
    """The rows of one import."""

    policy = requires(rules.USE)
    serializer_class = ImportRowSerializer
    filterset_class = RowFilter
    ordering = ("position", "id")
    queryset = ImportRow.objects.none()

    def get_queryset(self) -> "QuerySet[ImportRow]":
        """Those of an import that the caller may see; 404 where there is none."""
        if "import_id" not in self.kwargs:  # (the OpenAPI document is being made)
            return self.queryset
        visible = Import.objects.visible_to(self.request.user)
        owner = get_object_or_404(visible.only("pk"), pk=self.kwargs["import_id"])
        return ImportRow.objects.filter(owner=owner)

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """What each row would do, and an error for each row and column."""
        return super().list(request, *args, **kwargs)
