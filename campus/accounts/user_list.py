"""The list of users in the Wagtail admin: bounded for any number of accounts, searched and filtered."""

from typing import Any

import django_filters
from django.utils.translation import gettext_lazy
from wagtail.admin.filters import DateRangePickerWidget, WagtailFilterSet
from wagtail.admin.ui.tables import BooleanColumn, BulkActionsCheckboxColumn, Column, DateColumn
from wagtail.admin.widgets.boolean_radio_select import BooleanRadioSelect
from wagtail.users.views import users as wagtail_views

from campus.accounts.finding import found_by, of_role, verified
from campus.accounts.models import User
from portal.paginators import BoundedPaginator
from portal.permissions import ADMIN_SITE
from portal.roles import Role


class UserFilterSet(WagtailFilterSet):
    """By role, state, verified or not, and when they were last here."""

    role = django_filters.ChoiceFilter(
        label=gettext_lazy("Role"),
        choices=Role.choices,
        method=lambda users, _name, value: of_role(users, value),
    )
    is_active = django_filters.BooleanFilter(
        label=gettext_lazy("Active"), widget=BooleanRadioSelect
    )
    verified = django_filters.BooleanFilter(
        label=gettext_lazy("E-mail or phone verified"),
        widget=BooleanRadioSelect,
        method=lambda users, _name, value: verified(users, value),
    )
    last_seen = django_filters.DateFromToRangeFilter(
        label=gettext_lazy("Last seen"), widget=DateRangePickerWidget
    )

    def __init__(self, *args: Any, is_searching: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)

    class Meta:
        model = User
        fields: list[str] = []


class IndexView(wagtail_views.IndexView):
    """The list, with roles and both ways to sign in."""

    policy = ADMIN_SITE
    paginator_class = BoundedPaginator
    filterset_class = UserFilterSet

    @property
    def columns(self) -> list[Any]:
        """Name, e-mail, phone, roles, state, last sign-in, last seen."""
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
            BooleanColumn("is_active", label=gettext_lazy("Active")),
            DateColumn("last_login", label=gettext_lazy("Last sign-in"), sort_key="last_login"),
            DateColumn("last_seen", label=gettext_lazy("Last seen")),
        ]

    @property
    def search_fields(self) -> set[str]:
        """That there is a search; ``search_queryset`` does it."""
        return {"full_name", "email", "phone"}

    def search_queryset(self, queryset: Any) -> Any:
        """By one index for name, e-mail and phone."""
        return queryset.filter(found_by(self.search_query)) if self.is_searching else queryset

    def order_queryset(self, queryset: Any) -> Any:
        """By what was asked for, then by key, so that pages neither repeat nor lose anyone."""
        return queryset.order_by(self.ordering or "full_name", "pk")

    def get_base_queryset(self) -> Any:
        """With their groups, in one more query."""
        return super().get_base_queryset().prefetch_related("groups")
