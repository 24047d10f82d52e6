"""The search by API."""

from dataclasses import asdict
from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from learning.catalog.text_search import words
from portal.api.envelope import answer
from portal.api.views import ApiView
from portal.errors import InvalidInput
from portal.permissions import PUBLIC
from search import queries


class HitSerializer(serializers.Serializer[Any]):
    """One thing found."""

    kind = serializers.ChoiceField(choices=list(queries.KINDS))
    title = serializers.CharField()
    path = serializers.CharField()
    code = serializers.CharField(allow_blank=True)
    text = serializers.CharField(allow_blank=True)


class SearchView(ApiView):
    """One box over courses, pages, instructors and departments."""

    policy = PUBLIC

    @extend_schema(
        operation_id="search",
        summary="Search",
        description="What the words find, by kind and the best first; with `suggest=1` a few things "
        "whose words begin so, for a list while one types. Open to everyone; only what everyone may "
        "see is found, and announcements that are for the caller.",
        parameters=[
            OpenApiParameter("q", str, required=True, description="Words; 200 letters at most."),
            OpenApiParameter("kind", str, enum=list(queries.KINDS), description="One kind alone."),
            OpenApiParameter("suggest", str, enum=["1"], description="1: suggestions."),
        ],
        responses=HitSerializer(many=True),
    )
    def get(self, request: Request) -> Response:
        """Search, or suggest."""
        text = words(request.query_params.get("q", ""))
        kind = request.query_params.get("kind", "")
        if kind and kind not in queries.KINDS:
            raise InvalidInput(param="kind")
        if not text:
            raise InvalidInput(param="q")
        suggest = request.query_params.get("suggest", "")
        if suggest not in {"", "1"}:
            raise InvalidInput(param="suggest")
        if suggest:
            return answer([asdict(hit) for hit in queries.suggest(text)])
        groups = queries.search(text, kind=kind, limit=50 if kind else 12, user=request.user)
        hits = [asdict(hit) for group in groups for hit in group.hits]
        return answer(hits, meta={"more": [group.kind for group in groups if group.is_more]})
