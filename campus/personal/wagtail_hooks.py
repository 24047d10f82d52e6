"""This app in the Wagtail admin: its actions in the log, and erasing an account."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views import View
from wagtail import hooks

from campus.accounts.acting import acting_user
from campus.accounts.models import User
from campus.personal import rules, services
from campus.personal.forms import ReasonForm
from portal.errors import DomainError
from portal.permissions import requires

LOG_ACTIONS: dict[str, tuple[Any, Any]] = {
    "personal.export": (gettext_lazy("Ask for a download"), gettext_lazy("Download asked for")),
    "personal.erasure_ask": (gettext_lazy("Ask for erasure"), gettext_lazy("Erasure asked for")),
    "personal.erasure_cancel": (
        gettext_lazy("Take erasure back"),
        gettext_lazy("Erasure taken back"),
    ),
    "personal.erase": (gettext_lazy("Erase"), gettext_lazy("Erased")),
}


@hooks.register("register_log_actions")
def register_log_actions(actions: Any) -> None:
    """What the log of an account may say of its data."""
    for action, (label, message) in LOG_ACTIONS.items():
        actions.register_action(action, label, message)


class EraseView(View):
    """Ask an admin why, and have the account erased."""

    policy = requires(rules.ERASE)

    def _user(self, pk: int) -> User:
        user = get_object_or_404(User, pk=pk)
        if not self.request.user.has_perm(rules.ERASE, user):
            raise PermissionDenied
        return user

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The form."""
        return self._page(self._user(pk), ReasonForm())

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Do it, in the background."""
        user, form = self._user(pk), ReasonForm(request.POST)
        if not form.is_valid():
            return self._page(user, form)
        try:
            services.ask_erasure(
                user=user, actor=acting_user(request), now=True, **form.cleaned_data
            )
        except DomainError as refusal:
            form.add_error(None, str(refusal))
            return self._page(user, form)
        messages.success(request, _("The account is being erased."))
        return HttpResponseRedirect(reverse("wagtailusers_users:index"))

    def _page(self, user: User, form: ReasonForm) -> HttpResponse:
        context = {
            "erased_user": user,
            "form": form,
            "back": reverse("wagtailusers_users:edit", args=[user.pk]),
        }
        return render(self.request, "personal/admin/erase.html", context)


@hooks.register("register_admin_urls")
def admin_urls() -> list[URLPattern]:
    """Where an admin erases an account."""
    return [path("users/<int:pk>/erase/", EraseView.as_view(), name="personal_erase")]
