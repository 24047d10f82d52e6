"""Points in the Wagtail admin: categories and goals to keep, transactions to read; decisions are taken on
the site, where mentors take them too."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.panels import FieldPanel, FieldRowPanel
from wagtail.admin.views.generic import IndexView
from wagtail.admin.viewsets.model import ModelViewSetGroup
from wagtail.admin.widgets.button import HeaderButton
from wagtail.permissions import register_permission_policy

from campus.institutions.admin import ScopedViewSet, ServiceViewSet, scoped_policies
from campus.institutions.reading import AdminsReadTheirs, ReadHistoryView
from campus.points import services
from campus.points.models import PointCategory, PointGoal, PointTransaction
from portal.permissions import ADMIN_SITE

scoped_policies(PointCategory, PointGoal)


register_permission_policy(PointTransaction, AdminsReadTheirs(PointTransaction))


class PointCategoryViewSet(ServiceViewSet):
    """What activities count as."""

    model = PointCategory
    icon = "tag"
    menu_label = _("Point categories")
    list_display = ["code", "name", "institution", "minimum", "maximum", "is_active"]
    list_filter = ["institution", "is_active"]
    search_fields = ["code", "name"]
    inspect_view_enabled = True
    panels = [
        FieldPanel("institution"),
        FieldRowPanel([FieldPanel("code"), FieldPanel("name")]),
        FieldRowPanel([FieldPanel("minimum"), FieldPanel("maximum")]),
        FieldPanel("is_active"),
    ]

    def write(self, actor: Any, changes: dict[str, Any], held: Any) -> PointCategory:
        """By the service."""
        return services.write_category(actor=actor, changes=changes, category=held)

    def remove(self, actor: Any, held: Any) -> None:
        """By the service."""
        services.delete_category(category=held, actor=actor)


class PointGoalViewSet(ServiceViewSet):
    """How many points a program asks for."""

    model = PointGoal
    icon = "crosshairs"
    menu_label = _("Point goals")
    list_display = ["institution", "program", "total"]
    list_filter = ["institution"]
    search_fields = ["program"]
    inspect_view_enabled = True
    panels = [FieldPanel("institution"), FieldPanel("program"), FieldPanel("total")]

    def write(self, actor: Any, changes: dict[str, Any], held: Any) -> PointGoal:
        """By the service."""
        return services.write_goal(actor=actor, changes=changes, goal=held)

    def remove(self, actor: Any, held: Any) -> None:
        """By the service."""
        services.delete_goal(goal=held, actor=actor)


class TransactionIndexView(IndexView):
    """Points asked for and given, and the way to the decisions."""

    policy = ADMIN_SITE

    def get_base_queryset(self) -> Any:
        """With student and category, in one query."""
        return super().get_base_queryset().select_related("student", "category")

    @property
    def header_buttons(self) -> list[Any]:
        """Decide."""
        return [HeaderButton(_("Decide"), url=reverse("points:deciding"), icon_name="check")]


class PointTransactionViewSet(ScopedViewSet):
    """Who asked for and was given what; never edited."""

    model = PointTransaction
    icon = "order-up"
    menu_label = _("Point transactions")
    add_to_reference_index = False
    index_view_class = TransactionIndexView
    history_view_class = ReadHistoryView
    inspect_view_enabled = True
    exclude_form_fields: list[str] = []
    list_display = ["student", "category", "points", "title", "state", "created_at"]
    list_filter = ["state", "category"]
    search_fields = ["student__name", "student__number", "title"]
    list_per_page = 50
    inspect_view_fields = [
        *("student", "category", "points", "title", "state", "source", "corrects", "asked_by"),
        *("created_at", "decided_by", "decided_at", "reason"),
    ]


class PointsGroup(ModelViewSetGroup):
    """One entry of the menu."""

    menu_label = _("Activity points")
    menu_icon = "order-up"
    menu_order = 330
    items = (
        PointTransactionViewSet("point_transactions"),
        PointCategoryViewSet(),
        PointGoalViewSet(),
    )


@hooks.register("register_admin_viewset")
def register_points() -> PointsGroup:
    """Add them to the admin."""
    return PointsGroup()


_ACTIONS = [
    ("points.ask", _("Ask for points"), _("Points asked for")),
    ("points.approve", _("Approve points"), _("Points approved")),
    ("points.reject", _("Reject points"), _("Points rejected")),
    ("points.correct", _("Correct points"), _("Points corrected")),
    ("points.add_category", _("Add category"), _("Category added")),
    ("points.change_category", _("Change category"), _("Category changed")),
    ("points.remove_category", _("Remove category"), _("Category removed")),
    ("points.add_goal", _("Add goal"), _("Goal added")),
    ("points.change_goal", _("Change goal"), _("Goal changed")),
    ("points.remove_goal", _("Remove goal"), _("Goal removed")),
]


@hooks.register("register_log_actions")
def register_log_actions(actions: Any) -> None:
    """What the log says of points."""
    for action, label, message in _ACTIONS:
        actions.register_action(action, label, message)
