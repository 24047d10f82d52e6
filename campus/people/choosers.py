"""Choosing a person in forms of the Wagtail admin: by searching, for admins, within their reach."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from wagtail.admin.forms.choosers import BaseFilterForm
from wagtail.admin.viewsets.chooser import ChooserViewSet

from campus.accounts.models import User
from campus.institutions.admin import ScopedChooserViewSet
from campus.institutions.directory import every_word
from campus.people.models import StaffProfile
from portal.permissions import requires

ADMINS = requires("accounts.manage_users")


class _WordsForm(BaseFilterForm):
    """The box above the list: every word stands in one of ``fields``."""

    fields_searched: tuple[str, ...] = ()
    q = forms.CharField(label=_("Search term"), max_length=100, required=False)

    def filter(self, objects: QuerySet[Any]) -> QuerySet[Any]:
        """Those that fit."""
        found: QuerySet[Any] = super().filter(objects)
        self.search_query = self.cleaned_data.get("q", "")
        self.is_searching = bool(self.search_query)
        if self.is_searching:
            found = found.filter(every_word(self.search_query, *self.fields_searched))
        return found


class AccountFilterForm(_WordsForm):
    """By name or e-mail."""

    fields_searched = ("full_name", "email")


class StaffFilterForm(_WordsForm):
    """By name or number."""

    fields_searched = ("name", "number")


class AccountChooseView(ChooserViewSet.choose_view_class):
    """The dialog of accounts with its first results."""

    policy = ADMINS
    filter_form_class = AccountFilterForm


class AccountChooseResultsView(ChooserViewSet.choose_results_view_class):
    """Accounts while one types."""

    policy = ADMINS
    filter_form_class = AccountFilterForm


class StaffChooseView(ChooserViewSet.choose_view_class):
    """The dialog of staff with its first results."""

    policy = ADMINS
    filter_form_class = StaffFilterForm


class StaffChooseResultsView(ChooserViewSet.choose_results_view_class):
    """Staff while one types."""

    policy = ADMINS
    filter_form_class = StaffFilterForm


class AccountChooserViewSet(ScopedChooserViewSet):
    """The chooser of accounts, for forms that ask for it."""

    model = User
    policy = ADMINS
    icon = "user"
    choose_one_text = _("Choose a person")
    choose_another_text = _("Choose another person")
    register_widget = False
    per_page = 20
    choose_view_class: Any = AccountChooseView
    choose_results_view_class: Any = AccountChooseResultsView


class StaffChooserViewSet(ScopedChooserViewSet):
    """The chooser of staff, for forms that ask for it."""

    model = StaffProfile
    policy = ADMINS
    icon = "user"
    choose_one_text = _("Choose a person")
    choose_another_text = _("Choose another person")
    register_widget = False
    per_page = 20
    choose_view_class: Any = StaffChooseView
    choose_results_view_class: Any = StaffChooseResultsView


account_chooser = AccountChooserViewSet("account_chooser", url_prefix="account-chooser")
staff_chooser = StaffChooserViewSet("staff_chooser", url_prefix="staff-chooser")
