"""Inactive accounts in the Wagtail admin (P8): a list that changes by itself, and decisions from there."""

from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.db.models import Case, IntegerField, QuerySet, Value, When
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail.admin.menu import MenuItem
from wagtail.admin.ui.tables import Column, DateColumn
from wagtail.admin.views.generic import IndexView
from wagtail.admin.viewsets.base import ViewSet

from campus.accounts import services
from campus.accounts.acting import acting_user
from campus.accounts.models import User
from campus.accounts.rules import APPROVE
from campus.accounts.services.approval import REASON_LENGTH
from portal.exports import ExportedIndex
from portal.permissions import requires
from portal.service_forms import ServiceForm

NAME = "inactive_accounts"


class _ForApprovers:
    """Only for those who may decide; asked before anything is read."""

    policy = requires(APPROVE)

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not self.policy.admits(request.user):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)  # type: ignore[misc]


class InactiveView(_ForApprovers, ExportedIndex, IndexView):
    """Who cannot sign in: those who wait first."""

    model = User
    permission_policy = None
    any_permission_required = None
    page_title = gettext_lazy("Inactive accounts")
    header_icon = "user"
    index_url_name = f"{NAME}:index"
    index_results_url_name = f"{NAME}:index_results"
    template_name = "accounts/admin/inactive.html"
    paginate_by = 50
    is_searchable = True
    search_fields = ["full_name", "email", "phone"]
    search_backend_name = None
    default_ordering = "waits"
    list_unsaid = ("decide",)

    @property
    def columns(self) -> list[Any]:  # type: ignore[override]
        """Name, addresses, since when, why, and what can be done."""
        return [
            Column("name", label=_("Name"), accessor=str),
            Column("email", label=_("E-mail")),
            Column("phone", label=_("Phone")),
            DateColumn("date_joined", label=_("Registered")),
            Column("state", label=_("State"), accessor=_state),
            Column("inactive_reason", label=_("Reason")),
            _DecisionColumn("decide", label=_("Decision")),
        ]

    def get_base_queryset(self) -> "QuerySet[User]":
        """The inactive; erased ones have neither e-mail nor phone and are nobody any more."""
        waits_first = Case(
            When(approval=User.Approval.WAITING, then=Value(0)),
            default=Value(1),
            output_field=IntegerField(),
        )
        return (
            User.objects.filter(is_active=False)
            .exclude(email__isnull=True, phone__isnull=True)
            .annotate(waits=waits_first)
        )

    def order_queryset(self, queryset: Any) -> Any:
        """Who waits longest, first; then the others, newest first."""
        return queryset.order_by("waits", "date_joined", "pk")

    def get_edit_url(self, instance: User) -> str | None:
        """To the user's own page in the admin."""
        return reverse("wagtailusers_users:edit", args=[instance.pk])


def _state(user: User) -> str:
    if user.approval in User.UNDECIDED:
        return str(user.get_approval_display())
    return _("disabled")


class _DecisionColumn(Column):
    cell_template_name = "accounts/admin/decision.html"


class _DecisionView(_ForApprovers, ServiceForm):
    """A decision about one account; what was decided meanwhile is told on the list."""

    list_name = NAME
    header_icon = "user"

    @cached_property
    def applicant(self) -> User:
        """Whom it is about."""
        return get_object_or_404(User, pk=self.kwargs["pk"])

    def get_page_subtitle(self) -> str:
        """Their name."""
        return str(self.applicant)


class ApproveView(_DecisionView):
    """Let somebody in."""

    page_title = gettext_lazy("Approve the registration")
    button = gettext_lazy("Approve")

    def call(self, form: forms.Form) -> str:
        """Approve."""
        services.approve(user=self.applicant, actor=acting_user(self.request))
        return _("Approved. %(user)s gets a message.") % {"user": self.applicant}


class RefusalForm(forms.Form):
    """Why somebody is not let in."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=REASON_LENGTH,
        help_text=gettext_lazy("The person reads it."),
    )


class RefuseView(_DecisionView):
    """Do not let somebody in."""

    page_title = gettext_lazy("Refuse the registration")
    button = gettext_lazy("Refuse")
    form_class = RefusalForm

    def call(self, form: forms.Form) -> str:
        """Refuse, with the reason."""
        services.refuse(
            user=self.applicant, reason=form.cleaned_data["reason"], actor=acting_user(self.request)
        )
        return _("Refused. %(user)s gets a message.") % {"user": self.applicant}


class _ForApproversItem(MenuItem):
    def is_shown(self, request: HttpRequest) -> bool:
        """To those who may decide."""
        return bool(request.user.has_perm(APPROVE))


class InactiveViewSet(ViewSet):
    """The list and the decisions."""

    icon = "user"
    menu_label = gettext_lazy("Inactive accounts")
    add_to_settings_menu = True
    menu_item_class = _ForApproversItem
    menu_order = 610

    def get_urlpatterns(self) -> list[Any]:
        """Index first: the menu leads to it."""
        return [
            path("", InactiveView.as_view(), name="index"),
            path("results/", InactiveView.as_view(results_only=True), name="index_results"),
            path("<int:pk>/approve/", ApproveView.as_view(), name="approve"),
            path("<int:pk>/refuse/", RefuseView.as_view(), name="refuse"),
        ]
