"""Who acts in a request that only the signed in reach."""

from typing import cast

from django.http import HttpRequest
from rest_framework.request import Request

from campus.accounts.models import User


def acting_user(request: HttpRequest | Request) -> User:
    """The user of ``request``, where a policy has already kept out those who are not signed in."""
    return cast(User, request.user)
