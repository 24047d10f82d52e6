"""The API of rosters: the seasons that have one, and each to download (L19). In they come by ``imports/``."""

from django.db.models import QuerySet
from django.http.response import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers
from rest_framework.decorators import action
from rest_framework.request import Request

from learning.catalog.models import Season
from learning.rosters import rules
from learning.rosters.exports import roster_response
from learning.rosters.queries import seasons_of
from portal.api.views import ApiViewSet
from portal.permissions import requires
from portal.tables import XLSX


class RosterSerializer(serializers.ModelSerializer):
    """A season that has a roster: how many sections, and how many seats are taken."""

    institution: serializers.SlugRelatedField = serializers.SlugRelatedField(
        slug_field="slug", read_only=True
    )
    sections = serializers.IntegerField(source="sections_held", read_only=True)
    seats = serializers.IntegerField(source="seats_taken", read_only=True)

    class Meta:
        model = Season
        fields = ["id", "institution", "code", "name", "starts", "ends", "sections", "seats"]


class RosterViewSet(mixins.ListModelMixin, ApiViewSet):
    """Rosters of the seasons of the institutions that the caller manages."""

    policy = requires(rules.MANAGE)
    serializer_class = RosterSerializer
    ordering = ("-starts", "-id")
    queryset = Season.objects.none()
    lookup_value_converter = "int"

    def get_queryset(self) -> "QuerySet[Season]":
        """The seasons within reach; the rest answers 404."""
        return seasons_of(self.request.user)

    @extend_schema(responses={(200, "application/zip"): OpenApiTypes.BINARY}, filters=False)
    @action(detail=True, pagination_class=None)
    def oneroster(self, request: Request, pk: int) -> HttpResponseBase:
        """The season as OneRoster 1.2 CSV, in bulk mode: a ZIP archive that can be brought back."""
        return roster_response(self.get_object(), "oneroster")

    @extend_schema(responses={(200, "text/csv"): OpenApiTypes.STR}, filters=False)
    @action(detail=True, pagination_class=None)
    def csv(self, request: Request, pk: int) -> HttpResponseBase:
        """Who is in which section as one table (CSV), which the import of enrollments takes."""
        return roster_response(self.get_object(), "csv")

    @extend_schema(responses={(200, XLSX): OpenApiTypes.BINARY}, filters=False)
    @action(detail=True, pagination_class=None)
    def xlsx(self, request: Request, pk: int) -> HttpResponseBase:
        """As the CSV, as a workbook."""
        return roster_response(self.get_object(), "xlsx")
