"""The one place where pages translate what a service refused; the API does it in ``api/errors.py``."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme

from portal.errors import DomainError
from portal.permissions import Policy, declare

View = Callable[..., Any]
"""A page; what it answers with may be a file as well."""


def is_htmx(request: HttpRequest) -> bool:
    """Whether htmx asks, and a fragment is the answer."""
    return request.headers.get("HX-Request") == "true"


def way_back(request: HttpRequest, fallback: str = "/") -> str:
    """Where a form goes on to: its ``next``, else the page it came from, else ``fallback``.

    Only addresses of this host: another one's would let a link send people elsewhere.
    """
    for address in (request.POST.get("next"), request.headers.get("Referer")):
        if address and url_has_allowed_host_and_scheme(
            address, allowed_hosts={request.get_host()}, require_https=request.is_secure()
        ):
            return address
    return fallback


def guarded(policy: Policy) -> Callable[[View], View]:
    """Declare the policy of a page and hold it: who is not signed in goes to sign in and comes back.

    A form that was sent without a sign-in leads back to its page, not to the form's own address.
    """

    def guard(view: View) -> View:
        @declare(policy)
        @wraps(view)
        def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if policy.admits(request.user):
                return view(request, *args, **kwargs)
            if request.user.is_authenticated:
                raise PermissionDenied
            back = request.get_full_path() if request.method == "GET" else way_back(request)
            return redirect_to_login(back)

        return wrapped

    return guard


def done(
    request: HttpRequest, message: Any, *, to: str = "/", level: int = messages.SUCCESS
) -> HttpResponse:
    """Say that it worked: a message on the next page; for htmx the messages as a fragment.

    htmx gets the event ``quad:changed`` with it, on which lists on the page fetch themselves again.
    """
    messages.add_message(request, level, message)
    if is_htmx(request):
        response = render(request, "components/messages.html")
        response["HX-Trigger"] = "quad:changed"
        return response
    return HttpResponseRedirect(way_back(request, to))


def domain_errors_as_messages(view: View) -> View:
    """Tell a refusal as a sentence on the page the person came from; what is not there is a 404."""

    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except DomainError as refusal:
            if refusal.status == 404:
                raise Http404(str(refusal)) from refusal
            messages.error(request, str(refusal))
            if is_htmx(request):
                return render(request, "components/messages.html")
            return HttpResponseRedirect(way_back(request))

    return wrapped
