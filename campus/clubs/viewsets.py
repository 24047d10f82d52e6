"""Clubs, their offices and their members in the Wagtail admin; every write is a service's."""

from typing import Any

from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail.admin.forms.models import WagtailAdminModelForm
from wagtail.admin.panels import FieldPanel, FieldRowPanel, ObjectList
from wagtail.admin.views.generic import IndexView, InspectView
from wagtail.admin.viewsets.model import ModelViewSetGroup
from wagtail.permissions import register_permission_policy

from campus.clubs import rules, services
from campus.clubs.admin_views import (
    CLUB_DEEDS,
    CLUBS,
    MEMBER_DEEDS,
    MEMBERS,
    decisions_on,
    deeds_of,
)
from campus.clubs.errors import RoleOfAnotherClub
from campus.clubs.models import Club, ClubMember, ClubRole
from campus.institutions.admin import RuledPolicy, ScopedViewSet, ServiceViewSet
from campus.institutions.reading import ReadHistoryView
from campus.institutions.scope import within_scope
from portal.paginators import BoundedPaginator
from portal.permissions import ADMIN_SITE
from portal.service_forms import Way, in_menu, on_page

_ALL = dict.fromkeys(("view", "add", "change"), rules.ADMINISTER)
register_permission_policy(
    Club, RuledPolicy(Club, reach=lambda user: within_scope(Club.objects.all(), user), **_ALL)
)
register_permission_policy(
    ClubRole,
    RuledPolicy(ClubRole, reach=lambda user: within_scope(ClubRole.objects.all(), user), **_ALL),
)
register_permission_policy(
    ClubMember,
    RuledPolicy(
        ClubMember,
        reach=lambda user: within_scope(ClubMember.objects.all(), user),
        view=rules.ADMINISTER,
    ),
)


class ClubForm(WagtailAdminModelForm):
    """A club; without an address it gets one from its name."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["slug"].required = False

    def clean_slug(self) -> str:
        """The address, or the one that it has."""
        return self.cleaned_data["slug"] or ("" if self._is_new else self.instance.slug)

    @property
    def _is_new(self) -> bool:
        return bool(self.instance._state.adding)


def _to_members(club: Club) -> Way:
    return Way(_("Members"), f"{reverse(f'{MEMBERS}:index')}?club={club.pk}", "group")


class ClubIndexView(IndexView):
    """Clubs, and what can be done to each."""

    policy = ADMIN_SITE

    def get_base_queryset(self) -> Any:
        """With who leads each, and how many belong to it, in one query."""
        rows = super().get_base_queryset().with_member_count()
        return rows.select_related("institution", "head", "coordinator")

    def get_list_more_buttons(self, instance: Club) -> list[Any]:
        """Wagtail's own, the deeds, and its members."""
        ways = [*deeds_of(instance), _to_members(instance)]
        return super().get_list_more_buttons(instance) + in_menu(ways, first=30)


class ClubInspectView(InspectView):
    """One club with its offices and who holds them."""

    policy = ADMIN_SITE
    template_name = "clubs/admin/inspect.html"

    @property
    def header_more_buttons(self) -> list[Any]:
        """Wagtail's own, the deeds, its members, its history and its page."""
        club = self.object
        ways = [
            *deeds_of(club),
            _to_members(club),
            Way(_("History"), reverse(f"{CLUBS}:history", args=[club.pk]), "history"),
            Way(_("Public page"), club.get_absolute_url(), "view"),
        ]
        return [*super().header_more_buttons, *on_page(ways, first=30)]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The offices, and who holds one."""
        holders = self.object.members.filter(state=ClubMember.State.ACTIVE, role__isnull=False)
        return {
            **super().get_context_data(**kwargs),
            "offices": list(self.object.roles.all()),
            "holders": list(holders.select_related("user", "role").order_by("role__rank")[:100]),
        }


class ClubViewSet(ServiceViewSet):
    """Clubs: founded and edited, their offices given, paused and dissolved; never deleted."""

    model = Club
    icon = "group"
    menu_label = gettext_lazy("Clubs")
    add_to_reference_index = False
    index_view_class = ClubIndexView
    inspect_view_class = ClubInspectView
    inspect_view_enabled = True
    history_view_class = ReadHistoryView
    list_display = ["name", "institution", "state", "joining", "head", "coordinator"]
    list_filter = ["state", "joining", "institution"]
    search_fields = ["name", "summary"]
    list_per_page = 50
    inspect_view_fields = [
        *("name", "slug", "institution", "state", "joining", "summary", "description", "logo"),
        *("head", "coordinator", "created_at"),
    ]
    edit_handler = ObjectList(
        [
            FieldPanel("institution"),
            FieldRowPanel([FieldPanel("name"), FieldPanel("slug")]),
            FieldPanel("summary"),
            FieldPanel("description"),
            FieldPanel("logo"),
            FieldPanel("joining"),
        ],
        base_form_class=ClubForm,
    )

    def write(self, actor: Any, changes: dict[str, Any], held: Any) -> Club:
        """By the service, which gives a club without an address one."""
        changes = {name: value for name, value in changes.items() if value or name != "slug"}
        return services.write_club(actor=actor, changes=changes, club=held)

    def get_urlpatterns(self) -> list[Any]:
        """Wagtail's, and the deeds."""
        return [
            *super().get_urlpatterns(),
            *(
                path(f"{name}/<uuid:pk>/", view.as_view(), name=name)
                for name, view, _i in CLUB_DEEDS
            ),
        ]


class ClubRoleViewSet(ServiceViewSet):
    """Offices of clubs, and what each lets its holders do."""

    model = ClubRole
    icon = "key"
    menu_label = gettext_lazy("Offices")
    add_to_reference_index = False
    history_view_class = ReadHistoryView
    list_display = [
        *("name", "club", "rank", "may_manage_events", "may_check_in"),
        *("may_manage_members", "may_edit_club"),
    ]
    list_filter = ["club"]
    search_fields = ["name", "club__name"]
    list_per_page = 50
    panels = [
        FieldPanel("club"),
        FieldRowPanel([FieldPanel("name"), FieldPanel("rank")]),
        *(
            FieldPanel(name)
            for name in (
                "may_manage_events",
                "may_check_in",
                "may_manage_members",
                "may_edit_club",
            )
        ),
    ]

    def write(self, actor: Any, changes: dict[str, Any], held: Any) -> ClubRole:
        """By the service; an office stays in its club."""
        changes = dict(changes)
        club = changes.pop("club", None)
        if held is not None and club is not None:
            raise RoleOfAnotherClub(param="club")
        club_id = club.pk if club is not None else held.club_id
        return services.write_role(actor=actor, club_id=club_id, changes=changes, role=held)


class ClubMemberIndexView(IndexView):
    """Who belongs to which club; requests with their decisions."""

    policy = ADMIN_SITE
    paginator_class = BoundedPaginator

    def get_base_queryset(self) -> Any:
        """With person, club and office, in one query."""
        return super().get_base_queryset().select_related("user", "club", "role")

    def get_list_more_buttons(self, instance: ClubMember) -> list[Any]:
        """Inspect, and what can be decided."""
        return super().get_list_more_buttons(instance) + in_menu(decisions_on(instance), first=5)


class ClubMemberViewSet(ScopedViewSet):
    """Members and requests; never edited in a form."""

    model = ClubMember
    icon = "user"
    menu_label = gettext_lazy("Members")
    add_to_reference_index = False
    index_view_class = ClubMemberIndexView
    history_view_class = ReadHistoryView
    inspect_view_enabled = True
    exclude_form_fields: list[str] = []
    list_display = ["user", "club", "role", "state", "since"]
    list_filter = ["state", "club"]
    search_fields = ["user__full_name", "user__email", "club__name"]
    ordering = ["club__name", "since", "id"]
    list_per_page = 50
    inspect_view_fields = ["user", "club", "role", "state", "since"]

    def get_urlpatterns(self) -> list[Any]:
        """Wagtail's, and the decisions."""
        return [
            *super().get_urlpatterns(),
            *(
                path(f"{name}/<uuid:pk>/", view.as_view(), name=name)
                for name, view, _icon, _state in MEMBER_DEEDS
            ),
        ]


class ClubsGroup(ModelViewSetGroup):
    """One entry of the menu."""

    menu_label = gettext_lazy("Clubs")
    menu_icon = "group"
    menu_order = 318
    items = (ClubViewSet(), ClubRoleViewSet(), ClubMemberViewSet())
