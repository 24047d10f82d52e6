"""Pages of this app: the profile, the language, the development inbox."""

from dataclasses import asdict
from typing import Any

from allauth.account.forms import ResetPasswordKeyForm
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.mixins import LoginRequiredMixin
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.views import View
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django.views.generic import FormView
from django.views.i18n import set_language as django_set_language

from campus.accounts import inbox, invitations, second_factor, services
from campus.accounts.acting import acting_user
from campus.accounts.forms import IdentityNumberForm, ProfileForm
from campus.accounts.models import User
from campus.accounts.openid import services as openid
from campus.accounts.profile import PARTS, Part
from portal.holds import way_on
from portal.permissions import PUBLIC_EVEN_HELD, SIGNED_IN, SIGNED_IN_EVEN_HELD, declare


@method_decorator(never_cache, name="dispatch")
class ProfileView(LoginRequiredMixin, View):
    """Read and correct one's own profile: the common part and that of each role (P9)."""

    policy = SIGNED_IN

    def get(self, request: HttpRequest) -> HttpResponse:
        """The page."""
        return self._page(request)

    def post(self, request: HttpRequest) -> HttpResponse:
        """Store the part whose button was pressed."""
        key = request.POST.get("part", "common")
        user = acting_user(request)
        if key == "common":
            form = ProfileForm(request.POST, request.FILES, instance=user)
            if not form.is_valid():
                return self._page(request, common=form, status=422)
            services.update_profile(user=user, changes=form.changes(), actor=user)
        else:
            part = PARTS.get(key)
            subject = part.subject(user) if part else None
            if part is None or subject is None:
                raise Http404
            role_form = part.form(request.POST, instance=subject, prefix=key)
            if not role_form.is_valid():
                return self._page(request, role=(part, role_form), status=422)
            part.save(subject, role_form.cleaned_data, user)
        with override(user.language):
            messages.success(request, _("Your profile is saved."))
            response = HttpResponseRedirect(reverse("accounts:profile"))
        services.follow_language(request, response, user.language)
        return response

    def _page(
        self,
        request: HttpRequest,
        *,
        common: ProfileForm | None = None,
        role: tuple[Part, Any] | None = None,
        status: int = 200,
    ) -> HttpResponse:
        user = acting_user(request)
        parts = []
        for part in PARTS.values():
            subject = part.subject(user)
            if subject is None:
                continue
            form = role[1] if role and role[0] is part else None
            parts.append(
                {
                    "part": part,
                    "facts": part.facts(subject),
                    "form": form or part.form(instance=subject, prefix=part.key),
                }
            )
        context = {"form": common or ProfileForm(instance=user), "parts": parts}
        return render(request, "accounts/profile.html", context, status=status)


@method_decorator(never_cache, name="dispatch")
class IdentityNumberView(LoginRequiredMixin, FormView):
    """The one page that shows the identity number in full, to its owner, to correct it."""

    policy = SIGNED_IN
    form_class = IdentityNumberForm
    template_name = "accounts/identity_number.html"

    def get_initial(self) -> dict[str, Any]:
        """The number as it is stored."""
        return {"identity_number": acting_user(self.request).identity_number.reveal()}

    def form_valid(self, form: IdentityNumberForm) -> HttpResponse:
        """Store it."""
        user = acting_user(self.request)
        services.update_profile(user=user, changes=form.cleaned_data, actor=user)
        messages.success(self.request, _("Your profile is saved."))
        return HttpResponseRedirect(reverse("accounts:profile"))

    def form_invalid(self, form: IdentityNumberForm) -> HttpResponse:
        """The page again, with what is wrong."""
        return self.render_to_response(self.get_context_data(form=form), status=422)


@method_decorator(never_cache, name="dispatch")
class ConnectedAppsView(LoginRequiredMixin, View):
    """The systems that a person let know them (P7), each with a button that ends it."""

    policy = SIGNED_IN

    def get(self, request: HttpRequest) -> HttpResponse:
        """The list."""
        found = openid.connected_apps(acting_user(request))
        return render(request, "accounts/apps.html", {"connected": found})

    def post(self, request: HttpRequest) -> HttpResponse:
        """Take back what was granted to one."""
        user = acting_user(request)
        if openid.disconnect(user=user, client_id=request.POST.get("client", ""), actor=user):
            messages.success(request, _("It is disconnected and knows you no longer."))
        return HttpResponseRedirect(reverse("accounts:apps"))


@declare(SIGNED_IN_EVEN_HELD)
@never_cache
@require_safe
def two_factor(request: HttpRequest) -> HttpResponse:
    """Say that a second factor is needed and lead to setting it up (P6); who has it goes on."""
    user = acting_user(request)
    if not second_factor.lacks_one(user):
        return HttpResponseRedirect(way_on(request, "mfa_index"))
    needed = user.roles & second_factor.roles_that_need_one()
    return render(request, "accounts/two_factor.html", {"needed": sorted(r.label for r in needed)})


@declare(SIGNED_IN_EVEN_HELD)
@require_POST
def end_session(request: HttpRequest, pk: int) -> HttpResponse:
    """End one of one's own sessions, with its tokens and sockets (P3); this one by signing out."""
    session = get_object_or_404(UserSession, pk=pk, user=acting_user(request))
    if session.is_current():
        return HttpResponseRedirect(reverse("account_logout"))
    services.end_session(session=session)
    messages.success(request, _("The session is ended."))
    return HttpResponseRedirect(reverse("usersessions_list"))


@declare(PUBLIC_EVEN_HELD)
def set_language(request: HttpRequest) -> HttpResponse:
    """Django's ``set_language``; who is signed in keeps the choice in the profile (P9)."""
    response = django_set_language(request)
    language = request.POST.get("language", "")
    user = request.user
    if (
        request.method == "POST"
        and isinstance(user, User)
        and language in dict(settings.LANGUAGES)
        and user.language != language
    ):
        services.update_profile(user=user, changes={"language": language}, actor=user)
    return response


@declare(PUBLIC_EVEN_HELD)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def accept_invitation(request: HttpRequest, channel: str, uid: str, token: str) -> HttpResponse:
    """Set the first password of an invited account (P2); the link is good once.

    Its holder has proved the address or number that it was sent to. They sign in as anyone does.
    """
    user = invitations.invited(channel, uid, token)
    if user is None:
        return render(request, "account/invitation.html", {"token_fail": True}, status=410)
    form = ResetPasswordKeyForm(data=request.POST or None, user=user, temp_key=token)
    if request.method == "POST" and form.is_valid():
        services.accept_invitation(
            user=user,
            password=form.cleaned_data["password1"],
            channel=invitations.Channel(channel),
        )
        messages.success(request, _("Your password is set. Sign in."))
        return HttpResponseRedirect(reverse("account_login"))
    status = 422 if form.is_bound else 200
    return render(request, "account/invitation.html", {"form": form}, status=status)


@declare(PUBLIC_EVEN_HELD)
@never_cache
@require_safe
def development_inbox(request: HttpRequest) -> HttpResponse:
    """Mails and text messages that development would have sent, newest first.

    ``?to=`` keeps those to one address; ``?as=json`` answers programs (docs/client/journey.py).
    """
    kept = inbox.messages()
    if to := request.GET.get("to"):
        kept = [message for message in kept if to in message.to]
    if request.GET.get("as") == "json":
        rows = [{**asdict(message), "code": message.code} for message in kept[:50]]
        return JsonResponse(rows, safe=False)
    return render(request, "accounts/dev_inbox.html", {"kept": kept[:50]})
