"""The addresses of the OpenID provider (P7): allauth's, held to what is safe today.

Beside allauth's own checks: PKCE (S256) for every client, consent for each client by itself, a code for
one attempt, a refresh that one of several wins, and one issuer.
"""

import json
from typing import Any
from urllib.parse import parse_qs, urljoin, urlsplit

from allauth.core.internal.httpkit import add_query_params
from allauth.idp.oidc import views
from allauth.idp.oidc.adapter import get_adapter
from allauth.idp.oidc.internal.oauthlib.server import get_server
from allauth.idp.oidc.internal.oauthlib.utils import extract_params
from allauth.idp.oidc.models import Client, Token
from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import reverse
from django.views import View
from oauthlib.oauth2.rfc6749.errors import FatalClientError, OAuth2Error

from campus.accounts.acting import acting_user
from campus.accounts.openid import codes, services
from campus.accounts.openid.forms import ConsentForm
from portal.permissions import PUBLIC
from portal.scopes import all_scopes

GRANTS = ["authorization_code", "client_credentials", "refresh_token"]
CLAIMS = [
    *("sub", "name", "locale", "zoneinfo", "picture", "email", "email_verified"),
    *("phone_number", "phone_number_verified", "roles"),
]


class ConfigurationView(View):
    """The discovery document."""

    policy = PUBLIC

    def get(self, request: HttpRequest) -> JsonResponse:
        """What we are and can, for libraries to read."""
        issuer = get_adapter().get_issuer()
        places = {
            name: urljoin(issuer, reverse(f"idp:oidc:{view}"))
            for name, view in {
                "authorization_endpoint": "authorization",
                "token_endpoint": "token",
                "userinfo_endpoint": "userinfo",
                "revocation_endpoint": "revoke",
                "end_session_endpoint": "logout",
                "jwks_uri": "jwks",
            }.items()
        }
        facts = {
            "issuer": issuer,
            **places,
            "scopes_supported": [scope.name for scope in all_scopes()],
            "claims_supported": CLAIMS,
            "response_types_supported": ["code"],
            "response_modes_supported": ["query"],
            "grant_types_supported": GRANTS,
            "code_challenge_methods_supported": ["S256"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "token_endpoint_auth_methods_supported": [
                "client_secret_basic",
                "client_secret_post",
                "none",
            ],
            "ui_locales_supported": [code for code, _name in settings.LANGUAGES],
        }
        return JsonResponse(facts, headers={"Access-Control-Allow-Origin": "*"})


class JwksView(views.JwksView):
    """The public keys that ID tokens are signed with."""

    policy = PUBLIC


class UserInfoView(views.UserInfoView):
    """Who the person behind an access token is, as far as its scopes tell."""

    policy = PUBLIC


class LogoutView(views.LogoutView):
    """Another system asks the person to sign out here, too."""

    policy = PUBLIC


class AuthorizationView(views.AuthorizationView):
    """Where a person is asked whether another system may know them."""

    policy = PUBLIC
    form_class = ConsentForm

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The page that asks, after the sign-in; or what is wrong with the request."""
        response = self._refusal(request) or super().get(request, *args, **kwargs)
        if isinstance(response, TemplateResponse):
            self._let_the_form_lead_back(response)
        elif response.status_code == 200:
            response.status_code = 400  # the page that tells what is wrong
        return self._given(response)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The person's answer."""
        response = super().post(request, *args, **kwargs)
        if isinstance(response, TemplateResponse):
            self._let_the_form_lead_back(response)
        return self._given(response)

    def form_valid(self, form: ConsentForm) -> HttpResponse:
        """They agreed: kept in the log, and the code goes to the other system."""
        client = Client.objects.get(pk=self._request_info["client_id"])
        services.record_consent(
            user=acting_user(self.request), client=client, scopes=form.cleaned_data["scopes"]
        )
        return super().form_valid(form)

    def _refusal(self, request: HttpRequest) -> HttpResponse | None:
        """What we refuse beyond allauth; what is wrong otherwise, it tells itself."""
        try:
            scopes, facts = get_server().validate_authorization_request(*extract_params(request))
        except (FatalClientError, OAuth2Error):
            return None
        challenge = request.GET.get("code_challenge")
        if not challenge or request.GET.get("code_challenge_method") != "S256":
            error, told = "invalid_request", "PKCE with S256 is required."
        elif (
            # allauth would take a consent given to any client for one given to this.
            "none" in request.GET.get("prompt", "").split()
            and request.user.is_authenticated
            and not services.has_consent(
                user=acting_user(request), client_id=facts["client_id"], scopes=scopes
            )
        ):
            error, told = "consent_required", "The person must be asked."
        else:
            return None
        answer = {"error": error, "error_description": told}
        if facts.get("state"):
            answer["state"] = facts["state"]
        response = HttpResponse(status=302)
        response["Location"] = add_query_params(facts["redirect_uri"], answer)
        return response

    def _let_the_form_lead_back(self, response: HttpResponseBase) -> None:
        """Browsers hold the redirect after a form to ``form-action``: name where this one goes."""
        place = urlsplit(str(self._request_info.get("redirect_uri") or ""))
        web = place.scheme in {"http", "https"}
        source = f"{place.scheme}://{place.netloc}" if web else f"{place.scheme}:"
        response["Content-Security-Policy"] = str(settings.CONTENT_SECURITY_POLICY).replace(
            "form-action 'self'", f"form-action 'self' {source}"
        )
        response["Cache-Control"] = "no-store"

    def _given(self, response: HttpResponse) -> HttpResponse:
        """``response``; if it carries a code, that is remembered with the person's sign-in."""
        query = parse_qs(urlsplit(response.get("Location", "")).query)
        if query.get("code") and self.request.user.is_authenticated:
            codes.remember(code=query["code"][0], user=acting_user(self.request))
        return response


class TokenView(views.TokenView):
    """Where a code, a refresh token or a client's secret becomes an access token."""

    policy = PUBLIC

    def post(self, request: HttpRequest) -> HttpResponse:
        """One attempt for a code; of several refreshes with one token the first wins."""
        code = request.POST.get("code", "")
        by_code = request.POST.get("grant_type") == "authorization_code"
        if by_code and not codes.claim(code):
            return JsonResponse({"error": "invalid_grant"}, status=400)
        hashed = get_adapter().hash_token
        with transaction.atomic():
            if refresh := request.POST.get("refresh_token", ""):
                rows = Token.objects.select_for_update().filter(hash=hashed(refresh))
                list(rows.values_list("pk"))
            response: HttpResponse = super().post(request)
        if by_code and response.status_code == 200:
            codes.keep(code=code, tokens=json.loads(response.content), hashed=hashed)
        return response


class RevokeView(views.RevokeView):
    """Where another system gives a token back; with a refresh token go the access tokens of its grant."""

    policy = PUBLIC

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """As allauth does, and the access tokens of the same person and client."""
        held = Token.objects.lookup(Token.Type.REFRESH_TOKEN, request.POST.get("token", ""))
        response: HttpResponse = super().post(request, *args, **kwargs)
        if held is not None and not Token.objects.filter(pk=held.pk).exists():
            Token.objects.filter(user=held.user_id, client=held.client_id).exclude(
                type=Token.Type.REFRESH_TOKEN
            ).delete()
        return response
