"""The viewset of users in the Wagtail admin."""

from typing import Any

from allauth.mfa.models import Authenticator
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from wagtail.users.views import users as wagtail_views

from campus.accounts import services, user_actions
from campus.accounts.acting import acting_user
from campus.accounts.admin_forms import UserCreationForm, UserEditForm
from campus.accounts.models import User
from campus.accounts.rules import TAKE_FACTORS_AWAY
from campus.accounts.user_list import IndexView, UserFilterSet
from portal.exports import ExportedViews
from portal.permissions import declare, requires


class _ActingForm:
    """Tells the form who acts, for the log."""

    def get_form(self, *args: Any, **kwargs: Any) -> Any:
        form = super().get_form(*args, **kwargs)  # type: ignore[misc]
        form.acting_user = self.request.user  # type: ignore[attr-defined]
        return form


class CreateView(_ActingForm, wagtail_views.CreateView):
    """Make an account for one of the staff."""

    template_name = "accounts/admin/user_create.html"


class EditView(_ActingForm, wagtail_views.EditView):
    """Edit an account; lock it out and in, send a link to set a password."""

    template_name = "accounts/admin/user_edit.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """What can be done for the account (P3, P4)."""
        context = super().get_context_data(**kwargs)
        context["is_locked"] = services.is_locked(user=self.object)
        context["factors"] = (
            self.request.user.has_perm(TAKE_FACTORS_AWAY)
            and Authenticator.objects.filter(user=self.object).exists()
        )
        context["factors_url"] = reverse("wagtailusers_users:factors", args=[self.object.pk])
        context["has_password"] = self.object.has_usable_password()
        context["is_self"] = self.object.pk == self.request.user.pk
        return context


@declare(requires(TAKE_FACTORS_AWAY))
@require_POST
def take_factors_away(request: HttpRequest, pk: int) -> HttpResponse:
    """Remove the second factors of somebody who has lost them (P6); never one's own this way."""
    user = get_object_or_404(User, pk=pk)
    if not request.user.has_perm(TAKE_FACTORS_AWAY) or user == request.user:
        return HttpResponse(status=403)
    services.take_factors_away(user=user, actor=acting_user(request))
    messages.success(request, _("%(user)s signs in with the password alone.") % {"user": user})
    return HttpResponseRedirect(reverse("wagtailusers_users:edit", args=[pk]))


class UserViewSet(ExportedViews, wagtail_views.UserViewSet):
    """Users: ours by form, list and search."""

    ordering = "full_name"
    index_view_class = IndexView
    add_view_class = CreateView
    edit_view_class = EditView
    # (The viewset hands its own to the views, whatever these say.)
    create_template_name = "accounts/admin/user_create.html"
    edit_template_name = "accounts/admin/user_edit.html"
    filterset_class = UserFilterSet

    def get_form_class(self, for_update: bool = False) -> Any:
        """Our forms."""
        return UserEditForm if for_update else UserCreationForm

    def get_urlpatterns(self) -> list[Any]:
        """Wagtail's, and what is done beside the form."""
        return [
            *super().get_urlpatterns(),
            *user_actions.urlpatterns,
            path("factors/<int:pk>/", take_factors_away, name="factors"),
        ]
