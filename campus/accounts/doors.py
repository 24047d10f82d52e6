"""One door (P6): what Wagtail would ask for a password with leads to the sign-in of the portal.

Its own forms know neither the lock after failed tries nor two-factor, so they must not be reachable. These
patterns stand before Wagtail's.
"""

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from wagtail.admin.auth import require_admin_access
from wagtail.admin.views.account import AccountView

from portal.permissions import PUBLIC_EVEN_HELD, SIGNED_IN, declare


@declare(PUBLIC_EVEN_HELD)
def to_sign_in(request: HttpRequest, **kwargs: object) -> HttpResponse:
    """To the sign-in page; what was asked for comes after it."""
    query = request.META.get("QUERY_STRING", "")
    return HttpResponseRedirect(reverse("account_login") + (f"?{query}" if query else ""))


@declare(PUBLIC_EVEN_HELD)
def to_password_reset(request: HttpRequest, **kwargs: object) -> HttpResponse:
    """To the page that sends a code."""
    return HttpResponseRedirect(reverse("account_reset_password"))


class AdminAccountView(AccountView):
    """Wagtail's page of one's own settings without name and e-mail, which are the profile's (P9)."""

    policy = SIGNED_IN

    def get_panels(self) -> list[Any]:
        """Picture, notices, language and look of the admin."""
        return [panel for panel in super().get_panels() if panel.name != "name_email"]


admin_door: list[URLPattern] = [
    path("login/", to_sign_in),
    path("account/", require_admin_access(AdminAccountView.as_view())),
    path("password_reset/", to_password_reset),
    path("password_reset/<path:rest>", to_password_reset),
]
site_door: list[URLPattern] = [
    path("_util/login/", to_sign_in),
]
