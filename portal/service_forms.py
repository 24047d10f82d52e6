"""A page of the Wagtail admin whose form is one call of a service, and the ways that lead to such pages."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.generic import FormView
from wagtail.admin.ui.menus import MenuItem
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin
from wagtail.admin.widgets.button import Button

from portal.errors import DomainError


class Way(NamedTuple):
    """To a page of a thing: what it is called, its address and its icon."""

    label: Any
    address: str
    icon: str


def in_menu(ways: Iterable[Way], *, first: int) -> list[MenuItem]:
    """The ways in the menu of a row, in their order, behind whatever comes before ``first`` (a priority)."""
    return [
        MenuItem(str(way.label), url=way.address, icon_name=way.icon, priority=first + number)
        for number, way in enumerate(ways)
    ]


def on_page(ways: Iterable[Way], *, first: int) -> list[Button]:
    """The same in the header of the thing's own page."""
    return [
        Button(str(way.label), url=way.address, icon_name=way.icon, priority=first + number)
        for number, way in enumerate(ways)
    ]


class ServiceForm(WagtailAdminTemplateMixin, FormView):
    """Asks, then calls the service and goes to the list (``list_name``) with a sentence.

    ``button`` says what is done, the page's title where it is empty. A refusal is told on the list; where
    the form ``keeps`` what was typed, above the form.
    """

    template_name = "wagtailadmin/generic/form.html"
    form_class: Any = forms.Form
    list_name = ""
    button: Any = ""
    keeps = False

    def call(self, form: forms.Form) -> str:
        """Do it; gives the sentence to show. Raises DomainError."""
        raise NotImplementedError

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """What Wagtail's form template needs."""
        context = super().get_context_data(**kwargs)
        context["action_url"] = self.request.get_full_path()
        context["submit_button_label"] = self.button or self.page_title
        context["media"] = context["form"].media
        return context

    def form_valid(self, form: forms.Form) -> HttpResponse:
        """Call the service and tell."""
        try:
            sentence = self.call(form)
        except DomainError as refusal:
            messages.error(self.request, str(refusal))
            if self.keeps:
                form.add_error(None, str(refusal))
                return self.form_invalid(form)
        else:
            messages.success(self.request, sentence)
        return HttpResponseRedirect(reverse(f"{self.list_name}:index"))
