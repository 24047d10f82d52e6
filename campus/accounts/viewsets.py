"""The viewset of users in the Wagtail admin."""

from typing import Any

from allauth.mfa.models import Authenticator
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST
from wagtail.admin.ui.tables import BooleanColumn, BulkActionsCheckboxColumn, Column, DateColumn
from wagtail.users.views import users as wagtail_views

from campus.accounts import services
from campus.accounts.acting import acting_user
from campus.accounts.admin_forms import UserCreationForm, UserEditForm
from campus.accounts.models import User
from campus.accounts.rules import TAKE_FACTORS_AWAY
from portal.permissions import declare, requires
from portal.roles import Role


class IndexView(wagtail_views.IndexView):
    """The list, with roles and both ways to sign in."""

    @property
    def columns(self) -> list[Any]:
        """Name, e-mail, phone, roles, state, last sign-in."""
        names = dict(Role.choices)

        def roles(user: User) -> str:
            held = {group.name for group in user.groups.all()}
            return ", ".join(str(names[role]) for role in names if role in held)

        return [
            BulkActionsCheckboxColumn("bulk_actions", obj_type="user"),
            wagtail_views.UserColumn(
                "full_name",
                accessor=str,
                label=gettext_lazy("Name"),
                sort_key="full_name",
                get_url=self.get_edit_url,
                classname="name",
            ),
            Column("email", label=gettext_lazy("E-mail"), sort_key="email"),
            Column("phone", label=gettext_lazy("Phone")),
            Column("roles", accessor=roles, label=gettext_lazy("Roles")),
            BooleanColumn("is_active", label=gettext_lazy("Active"), sort_key="is_active"),
            DateColumn("last_login", label=gettext_lazy("Last sign-in"), sort_key="last_login"),
        ]

    @property
    def search_fields(self) -> set[str]:
        """Where the search box looks."""
        return {"full_name", "email", "phone"}

    def get_base_queryset(self) -> Any:
        """With their groups, in one more query."""
        return super().get_base_queryset().prefetch_related("groups")


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
    """Edit an account; unlock it."""

    template_name = "accounts/admin/user_edit.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """With the state of the lock (P4)."""
        context = super().get_context_data(**kwargs)
        context["is_locked"] = services.is_locked(user=self.object)
        context["factors"] = (
            self.request.user.has_perm(TAKE_FACTORS_AWAY)
            and Authenticator.objects.filter(user=self.object).exists()
        )
        context["factors_url"] = reverse("wagtailusers_users:factors", args=[self.object.pk])
        context["unlock_url"] = reverse("wagtailusers_users:unlock", args=[self.object.pk])
        return context


@declare(requires("accounts.manage_users"))
@require_POST
def unlock(request: HttpRequest, pk: int) -> HttpResponse:
    """End the lock of an account (P4); the admin's own permission is asked for here."""
    if not request.user.has_perm("accounts.manage_users"):
        return HttpResponse(status=403)
    user = get_object_or_404(User, pk=pk)
    services.unlock(user=user, actor=acting_user(request))
    messages.success(request, _("%(user)s can sign in again.") % {"user": user})
    return HttpResponseRedirect(reverse("wagtailusers_users:edit", args=[pk]))


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


class UserViewSet(wagtail_views.UserViewSet):
    """Users: ours by form, list and search."""

    ordering = "full_name"
    index_view_class = IndexView
    add_view_class = CreateView
    edit_view_class = EditView
    # (The viewset hands its own to the views, whatever these say.)
    create_template_name = "accounts/admin/user_create.html"
    edit_template_name = "accounts/admin/user_edit.html"

    def get_form_class(self, for_update: bool = False) -> Any:
        """Our forms."""
        return UserEditForm if for_update else UserCreationForm

    def get_urlpatterns(self) -> list[Any]:
        """Wagtail's, unlocking, and second factors that are lost."""
        return [
            *super().get_urlpatterns(),
            path("unlock/<int:pk>/", unlock, name="unlock"),
            path("factors/<int:pk>/", take_factors_away, name="factors"),
        ]
