"""Imports in the Wagtail admin: the list, bringing a file, and one page for all that follows."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import FormView, View
from django_filters import ChoiceFilter
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.paginator import WagtailPaginator
from wagtail.admin.ui.tables import Column, DateColumn, TitleColumn
from wagtail.admin.views.generic import IndexView, InspectView
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin
from wagtail.admin.viewsets.model import ModelViewSet
from wagtail.admin.widgets.button import Button, HeaderButton
from wagtail.permission_policies.base import BasePermissionPolicy
from wagtail.permissions import register_permission_policy

from portal.errors import DomainError
from portal.exports import ExportedViews
from portal.imports import files, progress, services
from portal.imports.models import Import, ImportRow
from portal.imports.registry import (
    Importer,
    importer_of,
    importers,
    importers_at_large_for,
)
from portal.permissions import ADMIN_SITE

ROWS_PER_PAGE = 50
NAME = "imports"


class ImportsPolicy(BasePermissionPolicy):
    """Whoever may bring files here sees imports (which, ``visible_to`` says); forms change none."""

    def user_has_permission(self, user: Any, action: str) -> bool:
        """Whether ``user`` may do ``action`` to any."""
        return action == "view" and bool(importers_at_large_for(user))

    def user_has_any_permission(self, user: Any, actions: Any) -> bool:
        """Whether ``user`` may do one of ``actions``."""
        return any(self.user_has_permission(user, action) for action in actions)

    def users_with_any_permission(self, actions: Any) -> Any:
        """Nobody is listed by what they may import."""
        model: Any = self.model._meta.apps.get_model("accounts", "User")
        return model.objects.none()


register_permission_policy(Import, ImportsPolicy(Import))


class Filters(WagtailFilterSet):
    """By kind and state."""

    kind = ChoiceFilter(
        label=gettext_lazy("Kind"),
        choices=lambda: [(one.kind, one.label) for one in importers()],
    )

    class Meta:
        model = Import
        fields = ["kind", "state"]


class UploadForm(forms.Form):
    """Which kind, and the file."""

    kind = forms.ChoiceField(label=gettext_lazy("What is in it"))
    file = forms.FileField(
        label=gettext_lazy("File"),
        widget=forms.FileInput(attrs={"accept": ".csv,.xlsx,.zip"}),
    )

    def __init__(self, *args: Any, usable: list[Importer], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kind: Any = self.fields["kind"]
        kind.choices = [(importer.kind, importer.label) for importer in usable]


class _Admitted:
    """A view for those who may bring files here; each import is looked for among those they see."""

    policy = ADMIN_SITE
    request: Any
    kwargs: dict[str, Any]

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Refuse everybody else."""
        if not importers_at_large_for(request.user):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)  # type: ignore[misc]

    def owner(self) -> Import:
        """The import that the address names, or 404."""
        visible = Import.objects.visible_to(self.request.user)
        return get_object_or_404(visible.select_related("actor"), pk=self.kwargs["pk"])


class ImportIndexView(IndexView):
    """Imports, newest first."""

    policy = ADMIN_SITE

    def get_base_queryset(self) -> Any:
        """Those that the person may see, with who brought them."""
        return Import.objects.visible_to(self.request.user).select_related("actor")

    @cached_property
    def columns(self) -> list[Any]:
        """File, kind, state, counts, by whom and when."""
        labels = {importer.kind: importer.label for importer in importers()}
        return [
            TitleColumn(
                "file_name",
                label=gettext_lazy("File"),
                get_url=lambda one: reverse(f"{NAME}:inspect", args=[one.pk]),
            ),
            Column("kind", label=gettext_lazy("Kind"), accessor=lambda one: labels.get(one.kind)),
            Column("state", label=gettext_lazy("State"), accessor="get_state_display"),
            Column("rows_total", label=gettext_lazy("Rows")),
            Column("rows_wrong", label=gettext_lazy("With errors")),
            Column("actor", label=gettext_lazy("By")),
            DateColumn("created_at", label=gettext_lazy("Uploaded"), sort_key="created_at"),
        ]

    @cached_property
    def header_buttons(self) -> list[Any]:
        """Bring a file."""
        address = reverse(f"{NAME}:upload")
        return [HeaderButton(_("Bring a file"), url=address, icon_name="upload")]


class UploadView(_Admitted, WagtailAdminTemplateMixin, FormView):
    """Bring a file; below the form, what each kind holds and its template."""

    template_name = "imports/admin/upload.html"
    form_class = UploadForm
    page_title = gettext_lazy("Bring a file")
    header_icon = "upload"

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        """Imports, and this."""
        return [
            *self.breadcrumbs_items,
            {"url": reverse(f"{NAME}:index"), "label": _("Imports")},
            {"url": "", "label": self.page_title},
        ]

    def get_form_kwargs(self) -> dict[str, Any]:
        """With the kinds that the person may bring."""
        return {**super().get_form_kwargs(), "usable": importers_at_large_for(self.request.user)}

    def get_initial(self) -> dict[str, Any]:
        """The kind that a link names."""
        return {"kind": self.request.GET.get("kind", "")}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """What each kind holds."""
        context = super().get_context_data(**kwargs)
        context["kinds"] = importers_at_large_for(self.request.user)
        context["chosen"] = context["form"]["kind"].value()
        return context

    def form_valid(self, form: Any) -> HttpResponse:
        """Store it and show the import; what can be seen to be wrong stands at the field."""
        upload = form.cleaned_data["file"]
        try:
            owner = services.upload(
                kind=form.cleaned_data["kind"],
                file=upload.file,
                name=upload.name,
                actor=self.request.user,
            )
        except DomainError as refusal:
            form.add_error(refusal.param if refusal.param in form.fields else None, str(refusal))
            return self.form_invalid(form)
        return HttpResponseRedirect(reverse(f"{NAME}:inspect", args=[owner.pk]))

    def form_invalid(self, form: Any) -> HttpResponse:
        """The form again."""
        response = super().form_invalid(form)
        response.status_code = 422
        return response


class ImportView(_Admitted, InspectView):
    """One import: progress while a worker has it, the rows with their errors, and what can be done."""

    template_name = "imports/admin/import.html"
    page_title = gettext_lazy("Import")

    def get_object(self, queryset: Any = None) -> Import:
        """What the person may see, or 404."""
        return self.owner()

    def get_fields_context(self) -> list[Any]:
        """The template shows them itself."""
        return []

    @cached_property
    def header_more_buttons(self) -> list[Any]:
        """What can be downloaded."""
        owner, buttons = self.object, []
        if owner.rows_wrong and not owner.is_busy:
            for priority, form in enumerate(files.formats_of_errors(importer_of(owner.kind))):
                address = reverse(f"{NAME}:errors", args=[owner.pk, form])
                label = _("Rows with errors (%(format)s)") % {"format": form.upper()}
                buttons.append(Button(label, address, icon_name="download", priority=priority))
        if owner.file:
            address = reverse(f"{NAME}:file", args=[owner.pk])
            buttons.append(
                Button(_("The file as it was"), address, icon_name="download", priority=9)
            )
        return buttons

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """State, counts, one page of rows."""
        context = super().get_context_data(**kwargs)
        owner, importer = self.object, importer_of(self.object.kind)
        done, total = progress.of(owner)
        shown = self.request.GET.get("rows", "")
        if shown not in ImportRow.Outcome.values:
            shown = ImportRow.Outcome.WRONG.value if owner.rows_wrong else ""
            if self.request.GET.get("rows") == "all":
                shown = ""
        context.update(
            importer=importer,
            done=done,
            total=total,
            shown=shown,
            counts=[
                ("all", "", _("All"), owner.rows_total),
                ("wrong", "wrong", _("Errors"), owner.rows_wrong),
                ("create", "create", _("New"), owner.rows_create),
                ("change", "change", _("Changed"), owner.rows_change),
                ("same", "same", _("Unchanged"), owner.rows_same),
            ],
            may_apply=owner.may_apply,
            may_check=owner.may_check,
            may_discard=owner.may_discard,
            results=[(_RESULTS.get(name, name), n) for name, n in owner.result.items()],
        )
        if not owner.is_busy:
            context.update(self._rows(owner, importer, shown))
        return context

    def _rows(self, owner: Import, importer: Importer, shown: str) -> dict[str, Any]:
        rows = ImportRow.objects.filter(owner=owner).order_by("position")
        count = owner.rows_total
        if shown:
            rows, count = rows.filter(outcome=shown), getattr(owner, f"rows_{shown}")
        paginator = _Counted(rows, ROWS_PER_PAGE, count)
        page = paginator.get_page(self.request.GET.get("p", 1))
        single = len(importer.tables) == 1
        names = owner.headings.get(importer.tables[0].name, []) if single else []
        columns = [importer.tables[0].column(name) for name in names]
        return {
            "page_obj": page,
            "items_count": count,
            "elided_page_range": paginator.get_elided_page_range(page.number),
            "names": names,
            "lines": [
                _line(row, [column.name if column else "" for column in columns]) for row in page
            ],
            "single": single,
        }


_RESULTS: dict[str, Any] = {
    "created": gettext_lazy("Created"),
    "changed": gettext_lazy("Changed"),
    "invited": gettext_lazy("Invited"),
    "instructors": gettext_lazy("Instructors added"),
    "enrolled": gettext_lazy("Enrolled"),
    "enrolled_again": gettext_lazy("Enrolled again"),
}


class _Counted(WagtailPaginator):
    """Pages of rows whose number is known: nothing is counted."""

    def __init__(self, rows: Any, size: int, count: int) -> None:
        super().__init__(rows, size)
        self.__dict__["count"] = count


def _line(row: ImportRow, columns: list[str]) -> dict[str, Any]:
    """A row as the template shows it: each cell with its errors and what is stored now."""
    errors: dict[str, list[str]] = {}
    for error in row.errors:
        errors.setdefault(error["column"], []).append(error["message"])
    cells = []
    for name, text in zip(columns, row.cells, strict=False):
        changed = name in row.after and name in row.before
        before = _words(row.before[name]) if changed else ""
        cells.append({"text": text, "errors": errors.pop(name, []), "before": before})
    return {
        "row": row,
        "cells": cells,
        "errors": [
            (column if row.table else "", message)
            for column, messages in errors.items()
            for message in messages
        ],
        "changes": [
            (name, _words(row.before.get(name, "")), _words(value))
            for name, value in row.after.items()
        ],
    }


def _words(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


class ActView(_Admitted, View):
    """Apply, check again, discard: by POST, back to the import."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, pk: Any, verb: str) -> HttpResponse:
        """Do it; a refusal is told."""
        verbs: dict[str, Callable[..., Import]] = {
            "apply": services.apply,
            "check": services.check_again,
            "discard": services.discard,
        }
        if verb not in verbs:
            raise Http404
        owner = self.owner()
        try:
            verbs[verb](owner=owner, actor=request.user)
        except DomainError as refusal:
            messages.error(request, str(refusal))
        return HttpResponseRedirect(reverse(f"{NAME}:inspect", args=[owner.pk]))


class ProgressView(_Admitted, View):
    """How far it is, for the page's script."""

    def get(self, request: HttpRequest, pk: Any) -> HttpResponse:
        """State, rows done, rows in all."""
        owner = self.owner()
        done, total = progress.of(owner)
        response = JsonResponse({"state": owner.state, "done": done, "total": total})
        response["Cache-Control"] = "no-store"
        return response


class ErrorsView(_Admitted, View):
    """The rows with what is wrong in them."""

    def get(self, request: HttpRequest, pk: Any, form: str) -> HttpResponseBase:
        """As CSV or XLSX; ``?rows=wrong`` leaves the right ones out."""
        owner = self.owner()
        if form not in files.formats_of_errors(importer_of(owner.kind)):
            raise Http404
        return files.rows_with_errors(owner, form, only_wrong=request.GET.get("rows") == "wrong")


class FileView(_Admitted, View):
    """The file as it was brought."""

    def get(self, request: HttpRequest, pk: Any) -> HttpResponseBase:
        """To download, never to show."""
        return files.original(self.owner())


class TemplateView(_Admitted, View):
    """An empty file of a kind."""

    def get(self, request: HttpRequest, kind: str, form: str) -> HttpResponseBase:
        """As CSV or XLSX."""
        usable = {importer.kind: importer for importer in importers_at_large_for(request.user)}
        if kind not in usable or form not in files.FORMATS or usable[kind].archive:
            raise Http404
        return files.template(usable[kind], form)


class ImportViewSet(ExportedViews, ModelViewSet):
    """Imports (S5): read here, written by the services alone."""

    model = Import
    add_to_reference_index = False
    menu_label = gettext_lazy("Imports")
    icon = "upload"
    menu_order = 9400
    add_to_admin_menu = True
    index_view_class = ImportIndexView
    inspect_view_class = ImportView
    inspect_view_enabled = True
    inspect_template_name = "imports/admin/import.html"
    copy_view_enabled = False
    exclude_form_fields: list[str] = []
    filterset_class = Filters
    search_backend_name = None
    search_fields = ["file_name"]
    ordering = ["-created_at"]
    list_per_page = 50

    def get_urlpatterns(self) -> list[Any]:
        """Wagtail's, and ours."""
        one = "inspect/<uuid:pk>/"
        return [
            path("upload/", UploadView.as_view(), name="upload"),
            path("template/<str:kind>.<str:form>", TemplateView.as_view(), name="template"),
            path(f"{one}progress/", ProgressView.as_view(), name="progress"),
            path(f"{one}errors.<str:form>", ErrorsView.as_view(), name="errors"),
            path(f"{one}file/", FileView.as_view(), name="file"),
            path(f"{one}<str:verb>/", ActView.as_view(), name="act"),
            *super().get_urlpatterns(),
        ]
