"""Choosing a person in forms of the Wagtail admin: by searching, for admins, within their reach."""

from django.utils.translation import gettext_lazy as _

from campus.accounts.models import User
from campus.institutions.admin import ScopedChooserViewSet
from campus.people.models import StaffProfile
from portal.permissions import requires


class PersonChooserViewSet(ScopedChooserViewSet):
    """What the choosers of people share; they are for forms that ask for them."""

    policy = requires("accounts.manage_users")
    icon = "user"
    choose_one_text = _("Choose a person")
    choose_another_text = _("Choose another person")
    register_widget = False
    per_page = 20


class AccountChooserViewSet(PersonChooserViewSet):
    """The chooser of accounts: by name or e-mail."""

    model = User
    searched = ("full_name", "email")


class StaffChooserViewSet(PersonChooserViewSet):
    """The chooser of staff: by name or number."""

    model = StaffProfile
    searched = ("name", "number")


account_chooser = AccountChooserViewSet("account_chooser", url_prefix="account-chooser")
staff_chooser = StaffChooserViewSet("staff_chooser", url_prefix="staff-chooser")
