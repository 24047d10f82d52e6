"""Users in the Wagtail admin as an admin of institutions sees them: those of their institutions."""

from typing import Any

from django import forms
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from campus.accounts import viewsets
from campus.accounts.admin_forms import UserCreationForm as PlainCreationForm
from campus.accounts.admin_forms import UserEditForm as PlainEditForm
from campus.accounts.models import User
from campus.accounts.reach import OF_A_PART
from campus.institutions.admin import ScopedViews
from campus.institutions.models import Institution
from campus.institutions.scope import institutions_of, is_limited, managed
from campus.people.services import BINDING, join_institution
from portal.permissions import ADMIN_SITE
from portal.roles import Role


class _LimitedForm:
    """What an admin of institutions may give: the roles that end there, in an institution of theirs."""

    fields: dict[str, Any]
    cleaned_data: dict[str, Any]
    instance: User
    acting_user: User | None = None

    def limit(self, user: Any) -> None:
        """Leave what ``user`` may give; nothing changes for an admin of the whole portal."""
        if not is_limited(user):
            return
        self.fields["is_superuser"].disabled = True
        grantable = {role.value for role in OF_A_PART | {Role.ADMIN}}
        self.fields["groups"].queryset = Group.objects.filter(name__in=grantable)
        if self.instance.pk is None:
            places = Institution.objects.filter(pk__in=managed(user) or ())
            self.fields["institution"] = forms.ModelChoiceField(
                places, label=_("Institution"), initial=places.first()
            )

    def clean(self) -> dict[str, Any]:
        """A new account must belong somewhere."""
        data: dict[str, Any] = super().clean()  # type: ignore[misc]
        if "institution" in self.fields and not self._roles(data) & BINDING:
            message = _(
                "Choose a role: a parent belongs to an institution by their children alone."
            )
            raise ValidationError({"groups": message})
        return data

    def _roles(self, data: dict[str, Any]) -> set[Role]:
        return {Role(group.name) for group in data.get("groups", ()) if group.name in Role.values}

    def join(self, user: User) -> None:
        """Bind the account to its institution, before it gets its roles."""
        if not is_limited(self.acting_user):
            return
        roles = self._roles(self.cleaned_data)
        place = self.cleaned_data.get("institution")
        if place is None:
            ours = institutions_of(user) & (managed(self.acting_user) or frozenset())
            place = Institution.objects.filter(pk__in=ours).first()
            roles &= {Role.ADMIN} - user.roles
        if place is not None and roles:
            join_institution(user=user, institution=place, roles=roles, actor=self.acting_user)


class UserCreationForm(_LimitedForm, PlainCreationForm):
    """A new user."""


class UserEditForm(_LimitedForm, PlainEditForm):
    """A user as an admin sees them."""


class CreateView(viewsets.CreateView):
    """Make an account; an admin of institutions makes it in one of theirs."""

    policy = ADMIN_SITE

    def get_form(self, *args: Any, **kwargs: Any) -> Any:
        """The form, limited."""
        form = super().get_form(*args, **kwargs)
        form.limit(self.request.user)
        return form


class EditView(viewsets.EditView):
    """Edit an account."""

    policy = ADMIN_SITE

    def get_form(self, *args: Any, **kwargs: Any) -> Any:
        """The form, limited."""
        form = super().get_form(*args, **kwargs)
        form.limit(self.request.user)
        return form


class UserViewSet(ScopedViews, viewsets.UserViewSet):
    """Users, each admin's own."""

    add_view_class = CreateView
    edit_view_class = EditView

    def get_form_class(self, for_update: bool = False) -> Any:
        """Our forms."""
        return UserEditForm if for_update else UserCreationForm
