"""Copying to another season in the Wagtail admin (L3)."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods
from wagtail.admin.ui.menus import MenuItem
from wagtail.admin.views.generic.models import IndexView

from campus.institutions.admin import narrow
from campus.institutions.scope import choices_within
from learning.catalog.models import Course, Season, Section
from learning.catalog.rules import MANAGE
from learning.catalog.services import copy_course, copy_section
from portal.errors import DomainError
from portal.permissions import ADMIN_SITE, declare, requires


class CopySectionForm(forms.Form):
    """To which season."""

    season = forms.ModelChoiceField(Season.objects.all(), label=gettext_lazy("To the season"))


class CopyCourseForm(CopySectionForm):
    """From which season to which."""

    field_order = ["source", "season"]
    source = forms.ModelChoiceField(
        Season.objects.all(), label=gettext_lazy("Sections of the season")
    )


@declare(requires(MANAGE))
@require_http_methods(["GET", "HEAD", "POST"])
def copy_course_view(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Copy a course's sections of one season to another."""
    course = get_object_or_404(choices_within(Course.objects.all(), request.user), pk=pk)

    def copy(data: dict[str, Any]) -> int:
        return len(copy_course(course=course, actor=request.user, **data))

    return _copy(request, course, CopyCourseForm, copy, "course:index")


@declare(requires(MANAGE))
@require_http_methods(["GET", "HEAD", "POST"])
def copy_section_view(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Copy one section to another season."""
    sections = choices_within(Section.objects.select_related("course", "season"), request.user)
    section = get_object_or_404(sections, pk=pk)

    def copy(data: dict[str, Any]) -> int:
        copy_section(section=section, actor=request.user, **data)
        return 1

    return _copy(request, section, CopySectionForm, copy, "section:index")


def _copy(
    request: HttpRequest, thing: Course | Section, form_class: Any, copy: Any, back: str
) -> HttpResponseBase:
    """Show the form, or copy and go back to the list."""
    if not request.user.has_perm(MANAGE):
        raise PermissionDenied
    form = form_class(request.POST or None)
    narrow(form, request.user)
    if request.method == "POST" and form.is_valid():
        try:
            made = copy(form.cleaned_data)
        except DomainError as error:
            form.add_error("season", str(error))
        else:
            messages.success(
                request,
                ngettext("%(n)d section was copied.", "%(n)d sections were copied.", made)
                % {"n": made},
            )
            return redirect(back)
    context = {
        "form": form,
        "page_title": _("Copy to another season"),
        "page_subtitle": str(thing),
        "header_icon": "copy",
        "action_url": request.path,
        "submit_button_label": _("Copy"),
    }
    return render(request, "catalog/admin/copy.html", context)


class CopyableIndexView(IndexView):
    """A list whose rows can be copied to another season (L3)."""

    policy = ADMIN_SITE

    copy_to_season_url_name = ""

    def get_list_more_buttons(self, instance: Any) -> list[Any]:
        """Wagtail's own, and the copy for who may."""
        buttons: list[Any] = super().get_list_more_buttons(instance)
        if self.request.user.has_perm(MANAGE):
            url = reverse(self.copy_to_season_url_name, args=[instance.pk])
            buttons.append(MenuItem(_("Copy to a season"), url=url, icon_name="copy", priority=25))
        return buttons
