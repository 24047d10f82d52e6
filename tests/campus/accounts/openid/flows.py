"""Steps of OpenID for tests: a client as an admin makes it, the page of consent, the exchange."""

import base64
import hashlib
import re
import secrets
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from allauth.idp.oidc.models import Client
from django.test import Client as Browser

from campus.accounts.models import User
from campus.accounts.openid import services
from portal.roles import Role
from tests import factories

AUTHORIZE, TOKEN = "/identity/o/authorize", "/identity/o/api/token"
USERINFO, REVOKE = "/identity/o/api/userinfo", "/identity/o/api/revoke"
BACK = "https://library.example/callback"
ALL = [
    *("openid", "profile", "email", "phone", "roles", "courses:read", "enrollments:read"),
    *("bookings:read", "clubs:read", "events:read"),
]


def client(**changes: Any) -> tuple[Client, str]:
    """A confidential client for people's sign-in with every scope, and its secret."""
    made = Client()
    facts: dict[str, Any] = {
        "name": "Library",
        "is_public": False,
        "redirect_uris": [BACK],
        "scopes": ALL,
        "signs_in": True,
        "acts_alone": False,
        **changes,
    }
    facts.setdefault("actor", factories.user(Role.ADMIN))
    return made, services.save_client(client=made, **facts)


class Flow:
    """One attempt of ``browser`` with ``made``; what goes wrong on purpose is given by name."""

    def __init__(self, browser: Browser, made: Client, secret: str = "") -> None:
        self.browser, self.client, self.secret = browser, made, secret
        self.verifier = secrets.token_urlsafe(48)

    def address(self, scope: str = "openid", **changes: Any) -> str:
        """Where the other system sends the person; None leaves a parameter out."""
        digest = hashlib.sha256(self.verifier.encode()).digest()
        query = {
            "response_type": "code",
            "client_id": self.client.pk,
            "redirect_uri": BACK,
            "scope": scope,
            "state": "the-state",
            "nonce": "the-nonce",
            "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
            "code_challenge_method": "S256",
            **changes,
        }
        given = {name: value for name, value in query.items() if value is not None}
        return f"{AUTHORIZE}?{urlencode(given)}"

    def ask(self, scope: str = "openid", **changes: Any) -> Any:
        """The page of consent, or what stands in its place."""
        return self.browser.get(self.address(scope, **changes))

    def consent(self, page: Any, *, scopes: list[str], action: str = "grant") -> dict[str, str]:
        """Answer the page; gives what goes back to the other system."""
        [signed] = re.findall(r'name="request" value="([^"]+)"', page.content.decode())
        answer = self.browser.post(
            AUTHORIZE, {"request": signed, "scopes": scopes, "action": action}
        )
        assert answer.status_code == 302, answer.content
        assert answer["Location"].startswith(BACK)
        return {name: one[0] for name, one in parse_qs(urlsplit(answer["Location"]).query).items()}

    def code(self, scope: str = "openid") -> str:
        """A code, after consent to everything."""
        return self.consent(self.ask(scope), scopes=scope.split())["code"]

    def exchange(self, code: str, **changes: Any) -> Any:
        """The code for tokens."""
        return self.post(
            TOKEN,
            grant_type="authorization_code",
            code=code,
            redirect_uri=BACK,
            code_verifier=self.verifier,
            **changes,
        )

    def post(self, path: str, **form: Any) -> Any:
        """As the other system's server does, without the person's browser."""
        form = {"client_id": self.client.pk, "client_secret": self.secret, **form}
        given = {name: value for name, value in form.items() if value not in {None, ""}}
        return Browser().post(path, given)

    def tokens(self, scope: str = "openid") -> dict[str, Any]:
        """The whole way."""
        answer = self.exchange(self.code(scope))
        assert answer.status_code == 200, answer.content
        found: dict[str, Any] = answer.json()
        return found


def signed_in(user: User) -> Browser:
    """A browser, signed in."""
    browser = Browser()
    browser.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return browser


def bearer(token: str) -> dict[str, str]:
    """Keyword arguments of a request with a token."""
    return {"HTTP_AUTHORIZATION": f"Bearer {token}"}
