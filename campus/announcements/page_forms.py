"""The form of announcements in the admin (a module of its own: the models import it)."""

from typing import Any

from django import forms
from django.contrib.auth.models import Group
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campus.accounts.rules import is_editor
from campus.announcements import audiences
from campus.announcements.audiences import Audience
from campus.institutions.page_forms import ScopedPageForm
from campus.institutions.scope import is_limited, managed
from portal.roles import Role


class _Roles(forms.ModelMultipleChoiceField):
    """Groups under the names of the roles that they are."""

    def label_from_instance(self, obj: Any) -> str:
        """The role's own name, in the reader's language."""
        return str(Role(obj.name).label)


class AnnouncementPageForm(ScopedPageForm):
    """Offers the audiences that the writer may write to.

    Admins of institutions write to theirs, whoever is neither admin nor editor to the clubs where an office
    lets them write; the portal's admins and editors to everyone.
    """

    course = forms.TypedChoiceField(
        label=gettext_lazy("Course"), coerce=int, empty_value=None, required=False
    )
    roles = _Roles(
        label=gettext_lazy("Roles"),
        queryset=Group.objects.filter(name__in=Role.values),
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        user = self.for_user
        port = audiences.port()
        fields: dict[str, Any] = self.fields
        allowed = list(Audience)
        if user is not None and managed(user) is not None and not is_editor(user):
            allowed = [one for one in allowed if one not in {Audience.EVERYONE, Audience.ROLES}]
            if not is_limited(user):
                allowed = [Audience.CLUB]
                if "club" in fields:
                    fields["club"].queryset = audiences.clubs_written_for(user)
        if "audience" in fields:
            fields["audience"].choices = [(one.value, one.label) for one in allowed]
        if "course" in fields:
            offered = port.choices(user) if port is not None and user is not None else []
            fields["course"].choices = [("", "–"), *offered]

    def clean(self) -> dict[str, Any]:
        """Roles are ticked where it is for roles, and nowhere else."""
        cleaned: dict[str, Any] = super().clean()
        if cleaned.get("audience") != Audience.ROLES:
            cleaned["roles"] = Group.objects.none()
        elif not cleaned.get("roles"):
            self.add_error("roles", _("Tick at least one role."))
        return cleaned
