"""What a request brought, checked by a serializer."""

from typing import Any, TypeVar

from rest_framework import serializers
from rest_framework.request import Request

S = TypeVar("S", bound=serializers.Serializer[Any])


def valid(form: serializers.BaseSerializer[Any]) -> dict[str, Any]:
    """What a body holds; raises ValidationError (400) that names the fields."""
    form.is_valid(raise_exception=True)
    return dict(form.validated_data)


def asked(request: Request, form: type[S]) -> S:
    """The query of ``request``; raises ValidationError (400) that names the parameters."""
    found = form(data=request.query_params)
    found.is_valid(raise_exception=True)
    return found
