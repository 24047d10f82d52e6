"""The API of the audit log: who did what, on which object, when, from where. Read only."""

from typing import Any

import orjson
from django.db.models import QuerySet
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_filters import rest_framework as filters
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request

from campus.audit.models import AuditEntry
from campus.audit.rules import READ
from portal import log_keys
from portal.api.views import ReadOnlyApiViewSet
from portal.permissions import requires
from portal.tables import csv_response

EXPORT_LIMIT = 10_000


class EntriesSerializer(serializers.ListSerializer):
    """A page of entries; what names people is opened with one query for all."""

    def to_representation(self, data: Any) -> Any:
        """Each entry, read with the keys of all."""
        entries = list(data)
        self.child.keys = log_keys.keys_for(entry.data for entry in entries)  # type: ignore[union-attr]
        return super().to_representation(entries)


class AuditEntrySerializer(serializers.ModelSerializer):
    """An entry: who, what, on which object, what it was and what it is, from which address."""

    keys: dict[str, str] | None = None
    actor = serializers.SerializerMethodField()
    model = serializers.SerializerMethodField()

    data = serializers.SerializerMethodField()  # type: ignore[assignment]  # (a field of that name)

    class Meta:
        model = AuditEntry
        list_serializer_class = EntriesSerializer
        fields = ["id", "timestamp", "actor", "action", "model", "object_id", "label", "data"]

    def get_actor(self, entry: AuditEntry) -> dict[str, Any] | None:
        """Who did it; null for the system itself. A deleted account keeps its number."""
        if entry.user_id is None:
            return None
        name = str(entry.user) if entry.user is not None else ""
        return {"id": entry.user_id, "name": name}

    def get_data(self, entry: AuditEntry) -> dict[str, Any]:
        """What it was and what it is; of those who were erased no more than that something changed."""
        keys = self.keys if self.keys is not None else log_keys.keys_for([entry.data])
        facts: dict[str, Any] = log_keys.opened(entry.data, keys)
        return facts

    def get_model(self, entry: AuditEntry) -> str | None:
        """The kind of object, as ``app.model``."""
        kind = entry.content_type
        return f"{kind.app_label}.{kind.model}" if kind else None


class AuditFilter(filters.FilterSet):
    """By actor, action, object and period."""

    actor = filters.NumberFilter(field_name="user_id", label=gettext_lazy("actor"))
    action = filters.CharFilter(label=gettext_lazy("action"))
    model = filters.CharFilter(method="of_model", label=gettext_lazy("app.model"))
    object = filters.CharFilter(field_name="object_id", label=gettext_lazy("object"))
    since = filters.IsoDateTimeFilter(field_name="timestamp", lookup_expr="gte")
    until = filters.IsoDateTimeFilter(field_name="timestamp", lookup_expr="lt")

    class Meta:
        model = AuditEntry
        fields: list[str] = []

    def of_model(self, entries: "QuerySet[AuditEntry]", _name: str, value: str) -> Any:
        """Those of one kind of object, named ``app.model``."""
        app, _dot, model = value.lower().partition(".")
        return entries.filter(content_type__app_label=app, content_type__model=model)


class AuditLogViewSet(ReadOnlyApiViewSet):
    """The audit log, newest first, for admins."""

    policy = requires(READ)
    serializer_class = AuditEntrySerializer
    filterset_class = AuditFilter
    ordering = ("-timestamp", "-id")
    queryset = AuditEntry.objects.select_related("user", "content_type")

    @extend_schema(responses={(200, "text/csv"): OpenApiTypes.STR})
    @action(detail=False)
    def export(self, request: Request) -> HttpResponse:
        """The entries that the filters leave, as CSV; the newest 10,000 at most."""
        entries = self.filter_queryset(self.get_queryset()).order_by(*self.ordering)
        header = [_("When"), _("Who"), _("Action"), _("Kind"), _("Object"), _("Name"), _("Data")]
        found = list(entries[:EXPORT_LIMIT])
        keys = log_keys.keys_for(entry.data for entry in found)
        rows = (
            (
                entry.timestamp.isoformat(),
                entry.user or "",
                entry.action,
                entry.content_type or "",
                entry.object_id,
                entry.label,
                orjson.dumps(log_keys.opened(entry.data, keys)).decode(),
            )
            for entry in found
        )
        return csv_response("audit-log", header, rows)
