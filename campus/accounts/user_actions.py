"""What admins do to one account in the Wagtail admin, beside its form: each a call of a service."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import FormView, View
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin

from campus.accounts import helping, services
from campus.accounts.acting import acting_user
from campus.accounts.models import User
from campus.accounts.reach import accounts_within
from portal.errors import DomainError
from portal.permissions import requires

MANAGE = "accounts.manage_users"
USERS = "wagtailusers_users"


class _OneUser:
    """A view about one account that the admin reaches."""

    policy = requires(MANAGE)
    request: Any
    kwargs: dict[str, Any]
    account: User

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """404 for whom the admin does not see, 403 for whom they may not change."""
        if not request.user.has_perm(MANAGE):
            raise PermissionDenied
        seen = accounts_within(User.objects.all(), request.user)
        self.account = get_object_or_404(seen, pk=kwargs["pk"])
        if not request.user.has_perm(MANAGE, self.account):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)  # type: ignore[misc]

    def back(self) -> HttpResponse:
        """To the account's form."""
        return HttpResponseRedirect(reverse(f"{USERS}:edit", args=[self.account.pk]))


class ReasonForm(forms.Form):
    """Why somebody is locked out."""

    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=200)


class DisableView(_OneUser, WagtailAdminTemplateMixin, FormView):
    """Lock an account out, with a reason."""

    template_name = "accounts/admin/user_disable.html"
    form_class = ReasonForm
    page_title = gettext_lazy("Disable the account")
    header_icon = "user"

    def get_page_subtitle(self) -> str:
        """Whose."""
        return str(self.account)

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        """Users, the account, and this."""
        return [
            *self.breadcrumbs_items,
            {"url": reverse(f"{USERS}:index"), "label": _("Users")},
            {"url": reverse(f"{USERS}:edit", args=[self.account.pk]), "label": str(self.account)},
            {"url": "", "label": self.page_title},
        ]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """What Wagtail's form template needs."""
        context = super().get_context_data(**kwargs)
        context["action_url"] = self.request.get_full_path()
        context["submit_button_label"] = self.page_title
        context["media"] = context["form"].media
        context["cancel_url"] = reverse(f"{USERS}:edit", args=[self.account.pk])
        return context

    def form_valid(self, form: forms.Form) -> HttpResponse:
        """Do it; a refusal stands above the form."""
        try:
            helping.disable(
                user=self.account,
                reason=form.cleaned_data["reason"],
                actor=acting_user(self.request),
            )
        except DomainError as refusal:
            form.add_error(None, str(refusal))
            return self.form_invalid(form)
        messages.success(self.request, _("%(user)s is locked out.") % {"user": self.account})
        return self.back()


class ActView(_OneUser, View):
    """Enable, unlock, reset the password, invite again: by POST, back to the form."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, pk: int, verb: str) -> HttpResponse:
        """Do it, and say so."""
        if verb not in _VERBS:
            raise Http404
        service, sentence = _VERBS[verb]
        try:
            service(user=self.account, actor=acting_user(request))
        except DomainError as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, str(sentence) % {"user": self.account})
        return self.back()


def _enable(*, user: User, actor: User) -> None:
    services.set_active(user=user, active=True, actor=actor)


_VERBS: dict[str, tuple[Callable[..., Any], Any]] = {
    "enable": (_enable, gettext_lazy("%(user)s can sign in again.")),
    "unlock": (services.unlock, gettext_lazy("%(user)s can sign in again.")),
    "reset-password": (
        helping.reset_password,
        gettext_lazy("%(user)s is sent a link to set a new password."),
    ),
    "invite": (
        helping.invite_again,
        gettext_lazy("%(user)s is sent a link to set a password."),
    ),
}

urlpatterns = [
    path("disable/<int:pk>/", DisableView.as_view(), name="disable"),
    path("unlock/<int:pk>/", ActView.as_view(), {"verb": "unlock"}, name="unlock"),
    path("act/<int:pk>/<str:verb>/", ActView.as_view(), name="act"),
]
