"""The API of bookings: asking, deciding, giving back."""

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from bookings import queries, rules, services, subjects
from bookings.api import serializers as forms
from bookings.models import HallBooking
from bookings.services.deciding import plan
from campus.accounts.acting import acting_user
from campus.institutions.scope import within_scope
from campus.venues.models import Hall
from campus.venues.reservations import Period
from portal.api.envelope import answer
from portal.api.given import asked, valid
from portal.api.views import ReadOnlyApiViewSet
from portal.permissions import requires


class HallBookingFilter(filters.FilterSet):
    """By club, hall, state and period."""

    club = filters.UUIDFilter(method="of_club", label="club")
    hall = filters.ModelChoiceFilter(queryset=Hall.objects.all())
    state = filters.ChoiceFilter(choices=HallBooking.State.choices)
    kind = filters.ChoiceFilter(choices=HallBooking.Kind.choices)
    since = filters.IsoDateTimeFilter(field_name="ends", lookup_expr="gt")
    until = filters.IsoDateTimeFilter(field_name="starts", lookup_expr="lt")

    class Meta:
        model = HallBooking
        fields: list[str] = []

    def of_club(self, bookings: "QuerySet[HallBooking]", _name: str, value: Any) -> Any:
        """Those of a club and of its events."""
        return queries.of_club(bookings, value)


def told(rows: Sequence[HallBooking], *, many: bool = True) -> Any:
    """Bookings as they are answered, with what they are for: one query for each kind of thing."""
    context = {"subjects": queries.subjects_of(rows)}
    return forms.HallBookingSerializer(rows if many else rows[0], many=many, context=context).data


def _subject(data: dict[str, Any], user: Any) -> Any:
    name, pk = data.pop("subject_type"), data.pop("subject_id")
    return subjects.find(name, pk, user) if name or pk else None


@extend_schema_view(
    retrieve=extend_schema(
        summary="A booking", description="One's own; an admin's, of their institutions."
    ),
)
class HallBookingViewSet(ReadOnlyApiViewSet):
    """Bookings and requests."""

    policy = {
        "list": requires(rules.VIEW),
        "retrieve": requires(rules.VIEW),
        "pending": requires(rules.DECIDE),
        "create": requires(rules.ASK),
        "series": requires(rules.ASK),
        "cancel_series": requires(rules.CANCEL),
        "cancel": requires(rules.CANCEL),
        "conflict": requires(rules.DECIDE),
        "approve": requires(rules.DECIDE),
        "reject": requires(rules.DECIDE),
    }
    scope = {"list": rules.READ_SCOPE, "retrieve": rules.READ_SCOPE}
    idempotent = True
    serializer_class = forms.HallBookingSerializer
    filterset_class = HallBookingFilter
    queryset = HallBooking.objects.none()
    lookup_value_regex = "[0-9a-fA-F-]{36}"

    def get_queryset(self) -> "QuerySet[HallBooking]":
        """What the caller may see; the rest answers 404."""
        found = HallBooking.objects.visible_to(self.request.user)
        return found.select_related("hall__building", "asked_by", "source_type")

    def get_ordering(self, request: Request) -> tuple[str, ...]:
        """The latest first; what waits, in the order in which it was asked."""
        return ("created_at", "id") if self.action == "pending" else ("-starts", "id")

    def _page(self, rows: "QuerySet[HallBooking]") -> Response:
        page: Any = self.paginate_queryset(self.filter_queryset(rows))
        return self.get_paginated_response(told(page))

    @extend_schema(
        summary="Bookings of halls",
        description="What one asked for; to admins all of their institutions. `club` also finds what its "
        "events have; `since` and `until` find what takes some of that time.",
    )
    def list(self, request: Request) -> Response:
        """The bookings."""
        return self._page(self.get_queryset())

    def retrieve(self, request: Request, pk: str) -> Response:
        """One."""
        return answer(told([self.get_object()], many=False))

    @extend_schema(
        summary="Requests that wait",
        description="What an admin has to decide, the oldest first (B3).",
        responses=forms.HallBookingSerializer(many=True),
    )
    @action(detail=False)
    def pending(self, request: Request) -> Response:
        """The requests within the admin's reach."""
        return self._page(within_scope(self.get_queryset().pending(), request.user))  # type: ignore[attr-defined]

    @extend_schema(
        summary="Ask for a hall",
        description="For one's club or course; admins also for none. The first of `halls` that is free for "
        "all `periods` is booked at once (B2). If none is: 409 `hall_taken` with what is in the way and "
        "what is free (B1), or with `if_taken: ask` a request that an admin decides. What a hall's rules "
        "refuse is named by `code` (B6).",
        request=forms.AskHallSerializer,
        responses={201: forms.HallBookingSerializer(many=True)},
    )
    def create(self, request: Request) -> Response:
        """Ask."""
        data = valid(forms.AskHallSerializer(data=request.data))
        actor = acting_user(request)
        subject = _subject(data, actor)
        periods = [Period(one["starts"], one["ends"]) for one in data.pop("periods")]
        made = services.ask(
            wishes=data.pop("halls"), periods=periods, subject=subject, actor=actor, **data
        )
        return answer(told(made.rows), status=201)

    @extend_schema(
        summary="Ask for a hall every week",
        description="At the same hour until a day, with exceptions (B5): all dates or none (409 "
        "`series_not_free`), or those that are free. Each date is listed with what became of it, in a "
        "refusal too (`meta.details`).",
        request=forms.AskSeriesSerializer,
        responses={201: forms.BookedSeriesSerializer},
    )
    @action(detail=False, methods=["post"], filterset_class=None, pagination_class=None)
    def series(self, request: Request) -> Response:
        """Ask for a series."""
        data = valid(forms.AskSeriesSerializer(data=request.data))
        actor = acting_user(request)
        subject = _subject(data, actor)
        made = services.book_series(subject=subject, actor=actor, **data)
        facts = {"id": made.series.pk, "dates": [one.facts() for one in made.dates]}
        return answer(facts, status=201)

    @extend_schema(
        summary="Cancel a series",
        description="Gives back all dates that are still to come. Who asked, and admins.",
        request=forms.HallReasonSerializer,
        responses=forms.HallBookingSerializer(many=True),
    )
    @action(
        detail=False,
        methods=["post"],
        url_path="series/(?P<series_id>[0-9a-fA-F-]{36})/cancel",
        filterset_class=None,
        pagination_class=None,
    )
    def cancel_series(self, request: Request, series_id: str) -> Response:
        """Give the rest of a series back."""
        data = valid(forms.HallReasonSerializer(data=request.data))
        rows = services.cancel_series(series_id=series_id, actor=acting_user(request), **data)
        return answer(told(rows))

    @extend_schema(
        summary="What an approval would meet",
        description="Both sides of a conflict: what is in the way of the request in this hall at this "
        "time, and which other requests an approval would turn down (B3). Admins.",
        parameters=[forms.ConflictQuerySerializer],
        responses=forms.ConflictSerializer,
    )
    @action(detail=True, filterset_class=None, pagination_class=None)
    def conflict(self, request: Request, pk: str) -> Response:
        """Look before deciding."""
        found = self.get_object()
        query = asked(request, forms.ConflictQuerySerializer).validated_data
        hall = query["hall"]
        if (
            hall is not None
            and not within_scope(Hall.objects.filter(pk=hall.pk), request.user).exists()
        ):
            raise serializers.ValidationError({"hall": [_("There is no such hall.")]})
        looked = plan(booking=found, hall=hall, starts=query["starts"])
        facts = {
            "hall": forms.HallRefSerializer(looked.hall).data,
            "periods": [{"starts": one.starts, "ends": one.ends} for one in looked.periods],
            "in_the_way": told(looked.obstacles),
            "turned_down": told(looked.turned_down),
        }
        return answer(facts)

    @extend_schema(
        summary="Approve a request",
        description="As it was asked for, or into another `hall` or time. Other requests that have no room "
        "beside it are turned down, and everybody is told (B3). Admins.",
        request=forms.ApproveHallSerializer,
        responses=forms.HallBookingSerializer,
    )
    @action(detail=True, methods=["post"])
    def approve(self, request: Request, pk: str) -> Response:
        """Say yes."""
        found = self.get_object()
        data = valid(forms.ApproveHallSerializer(data=request.data))
        row = services.approve(booking_id=found.pk, actor=acting_user(request), **data)
        return self._told(row)

    @extend_schema(
        summary="Reject a request",
        description="With a reason that who asked reads. Admins.",
        request=forms.HallReasonSerializer,
        responses=forms.HallBookingSerializer,
    )
    @action(detail=True, methods=["post"])
    def reject(self, request: Request, pk: str) -> Response:
        """Say no."""
        found = self.get_object()
        data = valid(forms.HallReasonSerializer(data=request.data))
        row = services.reject(booking_id=found.pk, actor=acting_user(request), **data)
        return self._told(row)

    @extend_schema(
        summary="Cancel a booking",
        description="Gives it back, or withdraws the request. Who asked; admins with a reason.",
        request=forms.HallReasonSerializer,
        responses=forms.HallBookingSerializer,
    )
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, pk: str) -> Response:
        """Give it back."""
        found = self.get_object()
        data = valid(forms.HallReasonSerializer(data=request.data))
        row = services.cancel(booking_id=found.pk, actor=acting_user(request), **data)
        return self._told(row)

    def _told(self, row: HallBooking) -> Response:
        return answer(told([self.get_queryset().get(pk=row.pk)], many=False))
