"""The API of halls: what there is, what is free, what is on, how full they are."""

from typing import Any

from django.db.models import F, IntegerField, Q, QuerySet, Value
from django.db.models.functions import Coalesce
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from bookings import queries, rules
from bookings.api import serializers as forms
from bookings.api.asked import (
    FreeQuerySerializer,
    SpanQuerySerializer,
    UtilizationQuerySerializer,
)
from bookings.checks import check_times
from bookings.utilization import A_DAY, heat_map
from campus.institutions.models import Institution
from campus.institutions.scope import shown_or_within, within_scope
from campus.venues.hours import closures_of
from campus.venues.models import Building, Facility, Hall
from portal.api.envelope import answer
from portal.api.given import asked
from portal.api.views import ReadOnlyApiViewSet
from portal.permissions import PUBLIC, requires

NO_LIMIT = 2**31 - 1


class HallFilter(filters.FilterSet):
    """By place, seats and what a hall has."""

    institution = filters.ModelChoiceFilter(
        field_name="building__institution", queryset=Institution.objects.all()
    )
    building = filters.ModelChoiceFilter(queryset=Building.objects.all())
    capacity = filters.NumberFilter(method="holds", label="seats", min_value=1, max_value=NO_LIMIT)
    facilities = filters.ModelMultipleChoiceFilter(
        queryset=Facility.objects.all(), to_field_name="slug", conjoined=True
    )

    class Meta:
        model = Hall
        fields: list[str] = []

    def holds(self, halls: "QuerySet[Hall]", _name: str, value: Any) -> "QuerySet[Hall]":
        """Those that hold so many, or of which nobody said how many."""
        return halls.filter(Q(capacity__gte=value) | Q(capacity__isnull=True))


@extend_schema_view(
    list=extend_schema(
        summary="Halls",
        description="Halls in use, with what they have and when they are open. Everyone.",
    ),
    retrieve=extend_schema(summary="A hall", description="One hall. Everyone."),
)
class HallViewSet(ReadOnlyApiViewSet):
    """Halls."""

    policy = {
        "list": PUBLIC,
        "retrieve": PUBLIC,
        "available": PUBLIC,
        "calendar": PUBLIC,
        "utilization": requires(rules.UTILIZATION),
    }
    scope = dict.fromkeys(("list", "retrieve", "available", "calendar"), rules.READ_SCOPE)
    serializer_class = forms.HallSerializer
    filterset_class = HallFilter
    queryset = Hall.objects.none()
    ordering = ("code", "id")
    lookup_value_regex = "[0-9]{1,9}"

    def get_queryset(self) -> "QuerySet[Hall]":
        """Those in use; an admin's out of use besides. Three queries."""
        found = shown_or_within(Hall.objects.all(), self.request.user, Q(is_active=True))
        return found.select_related("building").prefetch_related("facilities", "opening_hours")

    @extend_schema(
        summary="Free halls",
        description="Halls that are open and free for all of a period, buffers counted, large enough and "
        "equipped; the smallest that fits first (B7). Everyone.",
        parameters=[FreeQuerySerializer],
        responses=forms.FreeHallSerializer(many=True),
    )
    @action(detail=False, filterset_class=None)
    def available(self, request: Request) -> Response:
        """What is free; one query."""
        form: Any = asked(request, FreeQuerySerializer)
        check_times([form.period])
        found = queries.available(
            [form.period],
            capacity=form.validated_data.get("capacity"),
            facilities=form.validated_data.get("facilities", ()),
        ).annotate(seats=Coalesce(F("capacity"), Value(NO_LIMIT), output_field=IntegerField()))
        self.ordering = ("seats", "id")
        page = self.paginate_queryset(found)
        return self.get_paginated_response(forms.FreeHallSerializer(page, many=True).data)

    @extend_schema(
        summary="A hall's calendar",
        description="Lectures, events and bookings of a hall in a span of two months at most, and when it "
        "is closed (B4, B8). What a single booking is for is told to who asked for it and to admins.",
        parameters=[SpanQuerySerializer],
        responses=forms.HallCalendarSerializer,
    )
    @action(detail=True, filterset_class=None)
    def calendar(self, request: Request, pk: str) -> Response:
        """What is on."""
        hall = self.get_object()
        span = asked(request, SpanQuerySerializer).validated_data
        place = hall.building.institution_id
        rows = queries.in_calendar(hall, span["since"], span["until"])
        entries = [
            {
                "id": row.pk,
                "starts": row.starts,
                "ends": row.ends,
                "kind": row.kind,
                "title": queries.title_for(request.user, row, place),
            }
            for row in rows
        ]
        closures = closures_of([hall], span["since"], span["until"])
        told = {**span, "bookings": entries, "closures": closures}
        return answer(forms.HallCalendarSerializer(told).data)

    @extend_schema(
        summary="Utilization of halls",
        description="How much of the halls' open time was booked, by weekday (Saturday is 0) and hour, over "
        "half a year at most (B8). Admins, of the halls of their institutions.",
        parameters=[UtilizationQuerySerializer],
        responses=forms.UtilizationSerializer,
    )
    @action(detail=False, filterset_class=None, pagination_class=None)
    def utilization(self, request: Request) -> Response:
        """The heat map."""
        form = asked(request, UtilizationQuerySerializer).validated_data
        halls = within_scope(Hall.objects.active(), request.user)
        if "hall" in form:
            halls = halls.filter(pk=form["hall"].pk)
        if "building" in form:
            halls = halls.filter(building=form["building"])
        found = heat_map(list(halls), form["since"], form["until"] + A_DAY)
        told = {
            "since": form["since"],
            "until": form["until"],
            "halls": found.halls,
            "percent": found.percent,
            "cells": [cell for day in found.cells for cell in day],
        }
        return answer(forms.UtilizationSerializer(told).data)
