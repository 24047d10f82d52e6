"""Rosters in the Wagtail admin: one page to bring them in and to take them out."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext_lazy as _
from django.views.generic import TemplateView, View
from wagtail import hooks
from wagtail.admin.menu import MenuItem
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin

from learning.rosters import rules
from learning.rosters.exports import FORMS, roster_response
from learning.rosters.queries import seasons_of
from portal.imports.models import Import
from portal.permissions import requires

KINDS = ("oneroster", "enrollments")
PER_PAGE = 20
LATEST = 5


class _Admitted:
    policy = requires(rules.MANAGE)

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """For admins of institutions."""
        if not request.user.has_perm(rules.MANAGE):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)  # type: ignore[misc]


class RostersView(_Admitted, WagtailAdminTemplateMixin, TemplateView):
    """The seasons within reach with their downloads, the ways in, and what was brought last: 4 queries."""

    template_name = "rosters/admin/rosters.html"
    page_title = _("Rosters")
    header_icon = "group"

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        """This."""
        return [*self.breadcrumbs_items, {"url": "", "label": self.page_title}]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """One page of seasons, the latest imports."""
        context = super().get_context_data(**kwargs)
        user = self.request.user
        paginator = Paginator(seasons_of(user), PER_PAGE)
        page = paginator.get_page(self.request.GET.get("p", 1))
        brought = Import.objects.visible_to(user).filter(kind__in=KINDS).select_related("actor")
        context.update(
            page_obj=page,
            elided_page_range=paginator.get_elided_page_range(page.number),
            seasons=page.object_list,
            brought=brought.order_by("-created_at")[:LATEST],
        )
        return context


class RosterView(_Admitted, View):
    """The roster of a season."""

    def get(self, request: HttpRequest, pk: int, form: str) -> HttpResponseBase:
        """To download; 404 for a season of another institution."""
        if form not in FORMS:
            raise Http404
        return roster_response(get_object_or_404(seasons_of(request.user), pk=pk), form)


class _RostersItem(MenuItem):
    def is_shown(self, request: HttpRequest) -> bool:
        """For admins of institutions."""
        return bool(request.user.has_perm(rules.MANAGE))


@hooks.register("register_admin_urls")
def register_urls() -> list[URLPattern]:
    """The page, and what it hands out."""
    return [
        path("rosters/", RostersView.as_view(), name="rosters"),
        path("rosters/<int:pk>/<str:form>/", RosterView.as_view(), name="roster"),
    ]


@hooks.register("register_admin_menu_item")
def register_item() -> MenuItem:
    """After the imports."""
    return _RostersItem(_("Rosters"), reverse("rosters"), icon_name="group", order=9410)
