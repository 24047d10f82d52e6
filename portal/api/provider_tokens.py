"""Access tokens that the portal gave to other systems (P7), as our API takes them.

They are opaque, so that they are never mistaken for the portal's own access tokens, which are JWTs; and an
ID token, a JWT signed with another key, opens nothing. (A leaf module: DRF imports it early.)
"""

from typing import Any

from allauth.idp.oidc.internal.resources import is_resources_subset
from allauth.idp.oidc.models import Client, Token
from django.contrib.auth.models import AnonymousUser
from rest_framework import exceptions
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.request import Request

from portal.scopes import scope_of


class ProviderTokenAuthentication(BaseAuthentication):
    """The person behind a token of another system; nobody behind one that a system has for itself."""

    def authenticate(self, request: Request) -> tuple[Any, Token] | None:
        """The person and the token; None leaves the request to the next in the line.

        Raises ``PermissionDenied`` for a token that was given for other addresses than this (RFC 8707).
        """
        kind, _, value = get_authorization_header(request).decode("latin-1").partition(" ")
        if kind.lower() != "bearer" or not value or value.count(".") == 2:
            return None
        tokens = Token.objects.select_related("client", "user")
        token = tokens.lookup(Token.Type.ACCESS_TOKEN, value.strip())
        if token is None or token.client is None:
            return None
        user = token.user
        if (
            user is None
            and Client.GrantType.CLIENT_CREDENTIALS not in token.client.get_grant_types()
        ):
            return None
        if user is not None and not user.is_active:
            return None
        address = request.build_absolute_uri(request.path)
        if not is_resources_subset([address], token.get_resources()):
            raise exceptions.PermissionDenied(code="wrong_resource")
        return user or AnonymousUser(), token

    def authenticate_header(self, request: Request) -> str:
        """What a 401 asks for."""
        return "Bearer"


def check_scope(request: Request, view: Any, action: str | None) -> None:
    """Refuse a token of another system what its scopes do not name; raises ``PermissionDenied``.

    The client's scopes bound the token's too: what an admin has taken from the client is gone at once.
    """
    token = request.auth
    if not isinstance(token, Token):
        return
    needed = scope_of(view, action)
    held = set(token.get_scopes()) & set(token.client.get_scopes() if token.client else ())
    if needed is None or needed not in held:
        raise exceptions.PermissionDenied(code="insufficient_scope")
