"""The viewsets of institutions, faculties, departments and administrators."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel, FieldRowPanel
from wagtail.admin.views.generic import IndexView

from campus.institutions import services
from campus.institutions.admin import (
    ServiceCreateView,
    ServiceDeleteView,
    ServiceViewSet,
)
from campus.institutions.models import (
    Department,
    Faculty,
    Institution,
    InstitutionAdministrator,
)
from campus.institutions.rules import FOUND
from portal.errors import NotAllowed
from portal.permissions import ADMIN_SITE


class _ForThePortal:
    """For those who found institutions, and take them away."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Refuse everybody else."""
        if not request.user.has_perm(FOUND):
            raise PermissionDenied
        answer: HttpResponseBase = super().dispatch(request, *args, **kwargs)  # type: ignore[misc]
        return answer


class FoundView(_ForThePortal, ServiceCreateView):
    """Found an institution."""

    policy = ADMIN_SITE


class DissolveView(_ForThePortal, ServiceDeleteView):
    """Take an institution away that holds nothing."""

    policy = ADMIN_SITE


class InstitutionIndexView(IndexView):
    """The list; who cannot found one is not offered it."""

    policy = ADMIN_SITE

    def get_add_url(self) -> str | None:
        """Where to found one, for those who may."""
        url: str | None = super().get_add_url()
        return url if self.request.user.has_perm(FOUND) else None

    def get_delete_url(self, instance: Institution) -> str | None:
        """Where to take it away, for those who may."""
        url: str | None = super().get_delete_url(instance)
        return url if self.request.user.has_perm(FOUND) else None


class InstitutionViewSet(ServiceViewSet):
    """Universities, colleges, course centers."""

    model = Institution
    icon = "globe"
    menu_label = _("Institutions")
    index_view_class = InstitutionIndexView
    add_view_class = FoundView
    delete_view_class = DissolveView
    list_display = ["name", "slug", "timezone"]
    search_fields = ["name", "slug"]
    inspect_view_enabled = True
    panels = [
        *(FieldPanel(name) for name in ("name", "slug", "timezone", "address")),
    ]

    def write(self, actor: Any, changes: dict[str, Any], held: Any) -> Institution:
        """By the service."""
        return services.write_institution(actor=actor, changes=changes, institution=held)

    def remove(self, actor: Any, held: Any) -> None:
        """By the service."""
        services.delete_part(part=held, actor=actor)


class _PartsIndexView(IndexView):
    """A list whose rows name their institution."""

    policy = ADMIN_SITE
    joined: tuple[str, ...] = ("institution",)

    def get_base_queryset(self) -> QuerySet[Any]:
        """With what each row names, in one query."""
        found: QuerySet[Any] = super().get_base_queryset()
        return found.select_related(*self.joined)


class DepartmentIndexView(_PartsIndexView):
    """The list of departments."""

    joined = ("institution", "faculty")


class AdministratorIndexView(_PartsIndexView):
    """The list of administrators."""

    joined = ("institution", "user")


class FacultyViewSet(ServiceViewSet):
    """Faculties, colleges, schools."""

    model = Faculty
    icon = "folder-open-inverse"
    menu_label = _("Faculties")
    index_view_class = _PartsIndexView
    list_display = ["name", "code", "institution"]
    list_filter = ["institution"]
    search_fields = ["code", "name"]
    inspect_view_enabled = True
    panels = [
        FieldPanel("institution"),
        FieldRowPanel([FieldPanel("code"), FieldPanel("name")]),
        *(FieldPanel(name) for name in ("slug", "address")),
    ]

    def write(self, actor: Any, changes: dict[str, Any], held: Any) -> Faculty:
        """By the service."""
        return services.write_faculty(actor=actor, changes=changes, faculty=held)

    def remove(self, actor: Any, held: Any) -> None:
        """By the service."""
        services.delete_part(part=held, actor=actor)


class DepartmentViewSet(ServiceViewSet):
    """Departments, by code."""

    model = Department
    icon = "folder-open-1"
    menu_label = _("Departments")
    index_view_class = DepartmentIndexView
    list_display = ["code", "name", "faculty", "institution"]
    list_filter = ["institution", "faculty"]
    search_fields = ["code", "name"]
    inspect_view_enabled = True
    panels = [
        FieldPanel("institution"),
        FieldPanel("faculty"),
        FieldRowPanel([FieldPanel("code"), FieldPanel("name")]),
        *(FieldPanel(name) for name in ("slug", "address")),
    ]

    def write(self, actor: Any, changes: dict[str, Any], held: Any) -> Department:
        """By the service."""
        return services.write_department(actor=actor, changes=changes, department=held)

    def remove(self, actor: Any, held: Any) -> None:
        """By the service."""
        services.delete_part(part=held, actor=actor)


class AdministratorViewSet(ServiceViewSet):
    """Who manages which institution. A row is made or ended, never changed."""

    model = InstitutionAdministrator
    icon = "key"
    menu_label = _("Administrators")
    index_view_class = AdministratorIndexView
    list_display = ["user", "institution"]
    list_filter = ["institution"]
    search_fields = ["user__full_name", "user__email"]
    inspect_view_enabled = True
    panels = [FieldPanel("institution"), FieldPanel("user")]

    def write(self, actor: Any, changes: dict[str, Any], held: Any) -> Any:
        """Appoint; another account is another row."""
        if held is not None:
            if not changes:
                return held
            raise NotAllowed
        return services.appoint_administrator(
            institution=changes["institution"], user=changes["user"], actor=actor
        )

    def remove(self, actor: Any, held: Any) -> None:
        """Dismiss."""
        services.dismiss_administrator(row=held, actor=actor)
