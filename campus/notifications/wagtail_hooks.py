"""Mails in the Wagtail admin: what became of each, and settling those that the machine leaves to people.

Admins see to whom a mail went and of what kind it was, never its words: nobody reads another's.
"""

from collections.abc import Callable
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_filters import ChoiceFilter
from wagtail import hooks
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.site_summary import SummaryItem
from wagtail.admin.ui.menus import MenuItem
from wagtail.admin.ui.tables import Column
from wagtail.admin.views.generic import IndexView
from wagtail.admin.viewsets.model import ModelViewSet
from wagtail.permissions import register_permission_policy

from campus.accounts.acting import acting_user
from campus.notifications import deliveries, registry
from campus.notifications.models import Channel, NotificationDelivery
from campus.notifications.rules import SETTLE
from portal.exports import ExportedViews
from portal.paginators import BoundedPaginator
from portal.permissions import ADMIN_SITE, requires
from portal.service_forms import ServiceForm
from portal.wagtail_hooks import AdminsRead

UNKNOWN = "unknown"
State = NotificationDelivery.State


register_permission_policy(NotificationDelivery, AdminsRead(NotificationDelivery))


def state_of(delivery: NotificationDelivery) -> str:
    """How it stands, in a word: a mail that is nobody's any more is not called *sending*."""
    return _("unknown") if delivery.is_unknown else str(delivery.get_state_display())


def kind_of(delivery: NotificationDelivery) -> str:
    """What kind of notification it tells of."""
    return str(registry.find(delivery.notification.type).label)


class DeliveryFilters(WagtailFilterSet):
    """By state; of what is *sending* those that nobody sends any more can be told apart."""

    state = ChoiceFilter(
        label=gettext_lazy("State"),
        choices=[(UNKNOWN, gettext_lazy("unknown")), *State.choices],
        method="of_state",
    )

    class Meta:
        model = NotificationDelivery
        fields = ["state"]

    def of_state(self, found: Any, _name: str, value: str) -> Any:
        """Those in the state."""
        return found.unknown() if value == UNKNOWN else found.filter(state=value)


class DeliveryIndexView(IndexView):
    """Mails, newest first, with how many need somebody."""

    policy = ADMIN_SITE
    paginator_class = BoundedPaginator

    def get_base_queryset(self) -> Any:
        """With whom they are for, in one query."""
        mails = super().get_base_queryset().filter(channel=Channel.EMAIL)
        return mails.select_related("notification__user")

    @cached_property
    def columns(self) -> list[Any]:
        """When, to whom, of what, and how it stands."""
        own = super().columns
        own[1:1] = [
            Column("person", label=_("Person"), accessor="notification.user"),
            Column("kind", label=_("Kind"), accessor=kind_of),
            Column("stands", label=_("State"), accessor=state_of),
        ]
        return own

    def get_page_subtitle(self) -> str:
        """How many are unknown, have failed, and wait."""
        return _("%(unknown)s unknown, %(failed)s failed, %(pending)s waiting") % self.counts

    @cached_property
    def counts(self) -> dict[str, int]:
        """Of the whole table, whatever the filters say."""
        return NotificationDelivery.objects.counts()

    def get_list_more_buttons(self, instance: NotificationDelivery) -> list[Any]:
        """Inspect; where it is left to people, send again and close."""
        buttons: list[Any] = super().get_list_more_buttons(instance)
        if instance.can_be_settled and self.request.user.has_perm(SETTLE):
            for name, label, icon in (
                ("again", _("Send again"), "rotate"),
                ("close", _("Close"), "check"),
            ):
                url = reverse(f"deliveries:{name}", args=[instance.pk])
                buttons.append(MenuItem(label, url=url, icon_name=icon, priority=5))
        return buttons


class KnowinglyForm(forms.Form):
    """Asks for the one thing that must be known."""

    knowing = forms.BooleanField(
        label=gettext_lazy("I know that this mail may come a second time."),
        help_text=gettext_lazy(
            "The mail server was spoken to about it, and its answer was never heard."
        ),
    )


class _SettleView(ServiceForm):
    """Asks, then calls one service."""

    policy = requires(SETTLE)
    list_name = "deliveries"
    header_icon = "mail"
    service: Callable[..., NotificationDelivery]
    done: Any = ""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """For those who may, about one that is there."""
        if not self.policy.admits(request.user):
            raise PermissionDenied
        found = NotificationDelivery.objects.select_related("notification__user")
        self.delivery = get_object_or_404(found, pk=kwargs["pk"])
        return super().dispatch(request, *args, **kwargs)

    def get_page_subtitle(self) -> str:
        """Which."""
        return f"{kind_of(self.delivery)} · {self.delivery.notification.user}"

    def call(self, form: forms.Form) -> str:
        """Settle it."""
        type(self).service(delivery_id=self.delivery.pk, actor=acting_user(self.request))
        return str(self.done)


class SendAgainView(_SettleView):
    """Send it again; where it is unknown, only by who says that it may come twice."""

    page_title = gettext_lazy("Send the mail again")
    service = staticmethod(deliveries.send_again)
    done = gettext_lazy("The mail will be sent.")

    def get_form_class(self) -> Any:
        """What failed was not taken: there is nothing to know."""
        return KnowinglyForm if self.delivery.state == State.SENDING else forms.Form


class CloseView(_SettleView):
    """Leave it at that."""

    page_title = gettext_lazy("Close the mail without sending it again")
    service = staticmethod(deliveries.close)
    done = gettext_lazy("The mail is closed. What it tells stands in the person's inbox.")


class DeliveryViewSet(ExportedViews, ModelViewSet):
    """Mails of notifications: read, and settled where the machine cannot."""

    model = NotificationDelivery
    menu_label = gettext_lazy("Mails")
    icon = "mail"
    menu_order = 9490
    add_to_admin_menu = True
    add_to_reference_index = False
    inspect_view_enabled = True
    copy_view_enabled = False
    exclude_form_fields: list[str] = []
    search_backend_name = None
    list_per_page = 50
    ordering = ["-pk"]
    index_view_class = DeliveryIndexView
    list_display = ["pk", "attempts", "started_at", "sent_at"]
    filterset_class = DeliveryFilters
    inspect_view_fields = ["state", "channel", "attempts", "started_at", "sent_at", "last_error"]

    def get_urlpatterns(self) -> list[Any]:
        """Wagtail's, sending again and closing."""
        return [
            *super().get_urlpatterns(),
            path("again/<int:pk>/", SendAgainView.as_view(), name="again"),
            path("close/<int:pk>/", CloseView.as_view(), name="close"),
        ]


class UnsettledMails(SummaryItem):
    """On the admin's first page: how many mails are left to people; nothing where there are none."""

    order = 900
    template_name = "notifications/admin/unsettled.html"

    def is_shown(self) -> bool:
        """To those who can settle them."""
        return self.request.user.has_perm(SETTLE) and bool(self.number)

    @cached_property
    def number(self) -> int:
        """Unknown and failed ones."""
        counts = NotificationDelivery.objects.counts()
        return counts["unknown"] + counts["failed"]

    def get_context_data(self, parent_context: Any) -> dict[str, Any]:
        """The number."""
        return {"number": self.number}


@hooks.register("construct_homepage_summary_items")
def tell_unsettled(request: HttpRequest, items: list[Any]) -> None:
    """Say it on the admin's first page."""
    items.append(UnsettledMails(request))


@hooks.register("register_admin_viewset")
def register_deliveries() -> DeliveryViewSet:
    """The report of mails."""
    return DeliveryViewSet("deliveries")


@hooks.register("register_log_actions")
def register_log_actions(actions: Any) -> None:
    """What the log says of mails."""
    actions.register_action("notifications.send_again", _("Send mail again"), _("Mail sent again"))
    actions.register_action("notifications.close_delivery", _("Close mail"), _("Mail closed"))
