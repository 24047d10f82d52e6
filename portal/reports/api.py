"""The API of reports: which there are for the caller, and one of them."""

from typing import Any

from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from portal.api.envelope import answer
from portal.api.views import ApiView
from portal.permissions import requires
from portal.reports import rules
from portal.reports.forms import PeriodForm
from portal.reports.queries import table_of
from portal.reports.registry import report_for, reports_for


class ReportColumnSerializer(serializers.Serializer[Any]):
    """A column of a report."""

    name = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # a field of that name
    kind = serializers.ChoiceField(choices=["text", "number", "hours", "percent", "moment"])
    adds = serializers.BooleanField(help_text="Whether the totals hold its sum.")


class ReportSerializer(serializers.Serializer[Any]):
    """A report that the caller may read."""

    name = serializers.CharField()
    title = serializers.CharField()
    about = serializers.CharField()


class ReportTableSerializer(ReportSerializer):
    """A report over a period; each line is an object with the columns' names."""

    since = serializers.DateField(source="period.since")
    until = serializers.DateField(source="period.until")
    name = serializers.CharField(source="report.name")
    title = serializers.CharField(source="report.title")
    about = serializers.CharField(source="report.about")
    columns = ReportColumnSerializer(source="report.columns", many=True)
    rows = serializers.ListField(child=serializers.DictField())
    totals = serializers.DictField(help_text="Of the columns that add up; empty without lines.")


class ReportsView(ApiView):
    """Which reports there are for the caller."""

    policy = requires(rules.READ)

    @extend_schema(operation_id="admin_reports_list", responses=ReportSerializer(many=True))
    def get(self, request: Request) -> Response:
        """All of them, by title."""
        return answer(ReportSerializer(reports_for(request.user), many=True).data)


@method_decorator(never_cache, name="dispatch")
class ReportView(ApiView):
    """One report. The caller's share of it: an organizer's clubs, an admin's institutions."""

    policy = requires(rules.READ)

    @extend_schema(
        operation_id="admin_reports_read",
        responses=ReportTableSerializer,
        parameters=[
            OpenApiParameter("since", OpenApiTypes.DATE, description="First day; 30 days ago."),
            OpenApiParameter("until", OpenApiTypes.DATE, description="Last day; in 30 days."),
        ],
    )
    def get(self, request: Request, name: str) -> Response:
        """Its lines and totals."""
        report = report_for(request.user, name)
        form = PeriodForm(request.query_params)
        if not form.is_valid():
            raise serializers.ValidationError(
                {name: [str(one) for one in found] for name, found in form.errors.items()}
            )
        table = table_of(report, user=request.user, period=form.period)
        return answer(ReportTableSerializer(table).data)
