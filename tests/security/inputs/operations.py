"""What each operation of the API takes, from its serializer, filters and the map of addresses."""

from functools import cache
from typing import Any, NamedTuple

from django.contrib.admindocs.views import simplify_regex
from django.db import models
from drf_spectacular.generators import SchemaGenerator
from rest_framework import serializers

from portal.api.schema import Schema
from tests.access.routes import bare
from tests.access.table import ROWS, Row

BODIES = ("POST", "PUT", "PATCH")


class Operation(NamedTuple):
    """One method of one address: the serializer of its body (if it has one), and its query."""

    method: str
    path: str
    serializer: Any
    query: tuple[str, ...]
    needed: str = ""
    """The part of a query without which nothing is answered."""

    @property
    def fields(self) -> dict[str, Any]:
        """What may be written, by name."""
        form = getattr(self.serializer, "child", self.serializer)
        found = getattr(form, "fields", {})
        return {name: field for name, field in found.items() if not field.read_only}


def _good(parameter: dict[str, Any]) -> str:
    """A value that is taken: a word, or one of two times in their order."""
    if parameter.get("schema", {}).get("format") != "date-time":
        return "aa"
    hour = 12 if parameter["name"] in {"ends", "until"} else 10
    return f"2031-03-03T{hour}:00:00Z"


@cache
def operations() -> dict[str, Operation]:
    """Every operation that our API describes, by ``POST api/v1/modules/`` with bare arguments."""
    found: dict[str, Operation] = {}
    real = Schema.get_operation

    def noting(self: Any, *args: Any, **kwargs: Any) -> Any:
        operation = real(self, *args, **kwargs)
        if operation is not None:
            serializer = self.get_request_serializer() if self.method in BODIES else None
            if isinstance(serializer, type):
                serializer = serializer()
            asked = [p for p in operation.get("parameters", ()) if p["in"] == "query"]
            needed = "&".join(f"{p['name']}={_good(p)}" for p in asked if p.get("required"))
            query = [p["name"] for p in asked]
            path = bare(self.path.lstrip("/"))
            found[f"{self.method} {path}"] = Operation(
                self.method, path, serializer, tuple(query), needed
            )
        return operation

    Schema.get_operation = noting  # type: ignore[method-assign]
    try:
        SchemaGenerator().get_schema(public=True)
    finally:
        Schema.get_operation = real  # type: ignore[method-assign]
    return found


def rows(*methods: str, below: str = "api/v1/") -> list[Row]:
    """The rows of the access table with these methods: every route of ours, by a test there."""
    return [row for row in ROWS if row.method in methods and row.path.startswith(below)]


def operation_of(row: Row) -> Operation:
    """What ``row`` takes; an empty one where the description knows no such operation."""
    path = bare(simplify_regex(row.path)).lstrip("/")
    return operations().get(f"{row.method} {path}") or Operation(row.method, path, None, ())


def who(
    row: Row, prefer: tuple[str, ...] = ("admin", "student", "parent", "teacher", "mentor")
) -> str:
    """A role that passes the door of ``row``: one that can do much first."""
    roles = [*prefer, *row.cells]
    passing = (role for role in roles if row.outcome(role, owner=True) not in {"no", "none"})
    return next(passing, "student")  # (nobody has what there is at first: an erasure asked for)


def good_body(operation: Operation) -> dict[str, Any]:
    """A body that its serializer takes, or nearly: relations lead to something that is there."""
    return {name: good_value(field) for name, field in operation.fields.items()}


def good_value(field: Any) -> Any:
    """A value of the field's kind."""
    if isinstance(field, serializers.ManyRelatedField):
        return [good_value(field.child_relation)]
    if isinstance(field, serializers.RelatedField):
        queryset: Any = field.get_queryset()
        first = (
            queryset.order_by("pk").first()
            if isinstance(queryset, models.QuerySet | models.Manager)
            else None
        )
        return field.to_representation(first) if first is not None else 1
    if isinstance(field, serializers.ListField):
        return [good_value(field.child)]
    if isinstance(field, serializers.DictField | serializers.JSONField):
        return {"a": "b"}
    if isinstance(field, serializers.BaseSerializer):
        return {}
    if isinstance(field, serializers.ChoiceField):
        return next(iter(field.choices))
    plain: tuple[tuple[Any, Any], ...] = (
        (serializers.BooleanField, True),
        (serializers.EmailField, "good@storm.example"),
        (serializers.SlugField, "good"),
        (serializers.URLField, "https://storm.example/"),
        (serializers.UUIDField, "00000000-0000-4000-8000-000000000001"),
        (serializers.DateTimeField, "2027-01-02T03:04:05Z"),
        (serializers.DateField, "2012-01-02"),
        (serializers.DecimalField, "1"),
        (serializers.FloatField, 1.0),
        (serializers.IntegerField, 1),
        (serializers.FileField, None),
    )
    for kind, value in plain:
        if isinstance(field, kind):
            return value
    return "Good"


def is_text(field: Any) -> bool:
    """Whether any text may stand in the field."""
    return isinstance(field, serializers.CharField) and not isinstance(field, serializers.UUIDField)
