"""What admins do to a club and to its members in the Wagtail admin: each a call of a service."""

from typing import Any

from django import forms
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campus.accounts.acting import acting_user
from campus.accounts.models import User
from campus.clubs import rules, services
from campus.clubs.models import Club, ClubMember, ClubRole
from campus.institutions.admin import narrow
from campus.institutions.scope import within_scope
from campus.people.choosers import account_chooser, staff_chooser
from campus.people.models import StaffProfile
from portal.permissions import requires
from portal.service_forms import ServiceForm, Way

CLUBS, MEMBERS = "club", "clubmember"


class _OfClub(ServiceForm):
    """Does one thing to a club within reach; what is outside answers 404."""

    policy = requires(rules.ADMINISTER)
    list_name = CLUBS
    header_icon = "group"
    keeps = True
    club: Club

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Find the club."""
        clubs = within_scope(Club.objects.select_related("institution"), request.user)
        self.club = get_object_or_404(clubs, pk=kwargs["pk"])
        return super().dispatch(request, *args, **kwargs)

    def get_page_subtitle(self) -> str:
        """Which."""
        return self.club.name

    def get_form(self, form_class: Any = None) -> Any:
        """With what is within reach to choose from."""
        form = super().get_form(form_class)
        if "role" in form.fields:
            form.fields["role"].queryset = self.club.roles.all()
        if "state" in form.fields:
            after = Club.TRANSITIONS[self.club.state]
            form.fields["state"].choices = [
                (one.value, one.label) for one in Club.State if one in after
            ]
        narrow(form, self.request.user)
        return form


class StateForm(forms.Form):
    """To which state."""

    state = forms.ChoiceField(
        label=gettext_lazy("State"),
        help_text=gettext_lazy("A dissolved club stays so."),
    )


class OfficeForm(forms.Form):
    """Which office to whom."""

    user = forms.ModelChoiceField(
        label=gettext_lazy("Person"),
        queryset=User.objects.filter(is_active=True),
        widget=account_chooser.widget_class,
    )
    role = forms.ModelChoiceField(label=gettext_lazy("Office"), queryset=ClubRole.objects.none())


class HeadForm(forms.Form):
    """Who is the head, or nobody."""

    user = forms.ModelChoiceField(
        label=gettext_lazy("Person"),
        queryset=User.objects.filter(is_active=True),
        widget=account_chooser.widget_class,
        required=False,
    )


class CoordinatorForm(forms.Form):
    """Who is the coordinator, or nobody."""

    staff = forms.ModelChoiceField(
        label=gettext_lazy("Person"),
        queryset=StaffProfile.objects.filter(user__isnull=False),
        widget=staff_chooser.widget_class,
        required=False,
    )


class SetStateView(_OfClub):
    """Pause, wake or dissolve the club."""

    policy = requires(rules.ADMINISTER)
    page_title = gettext_lazy("Change a club's state")
    form_class = StateForm

    def call(self, form: forms.Form) -> str:
        """Move it."""
        club = services.set_state(
            club_id=self.club.pk,
            state=Club.State(form.cleaned_data["state"]),
            actor=acting_user(self.request),
        )
        return f"{club.name}: {club.get_state_display()}"


class OfficeView(_OfClub):
    """Give somebody an office; they are a member and an organizer from then on."""

    policy = requires(rules.ADMINISTER)
    page_title = gettext_lazy("Give an office")
    form_class = OfficeForm

    def call(self, form: forms.Form) -> str:
        """Give it."""
        services.assign_organizer(
            club_id=self.club.pk, actor=acting_user(self.request), **form.cleaned_data
        )
        return _("Office given")


class HeadView(_OfClub):
    """Name the head."""

    policy = requires(rules.ADMINISTER)
    page_title = gettext_lazy("Name the head")
    form_class = HeadForm

    def get_initial(self) -> dict[str, Any]:
        """Who is it now."""
        return {"user": self.club.head_id}

    def call(self, form: forms.Form) -> str:
        """Name them."""
        services.assign_head(
            club_id=self.club.pk, actor=acting_user(self.request), **form.cleaned_data
        )
        return _("Head named")


class CoordinatorView(_OfClub):
    """Name the faculty coordinator."""

    policy = requires(rules.ADMINISTER)
    page_title = gettext_lazy("Name the coordinator")
    form_class = CoordinatorForm

    def get_initial(self) -> dict[str, Any]:
        """Who is it now."""
        return {"staff": self.club.coordinator_id}

    def call(self, form: forms.Form) -> str:
        """Name them."""
        services.assign_coordinator(
            club_id=self.club.pk, actor=acting_user(self.request), **form.cleaned_data
        )
        return _("Coordinator named")


CLUB_DEEDS: tuple[tuple[str, Any, str], ...] = (
    ("office", OfficeView, "key"),
    ("head", HeadView, "user"),
    ("coordinator", CoordinatorView, "user"),
    ("state", SetStateView, "lock"),
)


def deeds_of(club: Club) -> list[Way]:
    """What can be done to the club as it is."""
    return [
        Way(view.page_title, reverse(f"{CLUBS}:{name}", args=[club.pk]), icon)
        for name, view, icon in CLUB_DEEDS
        if Club.TRANSITIONS[club.state] and (name != "office" or club.state == Club.State.ACTIVE)
    ]


# --- members --------------------------------------------------------------------------------------
class _OfMember(ServiceForm):
    """Decides about one member of a club within reach."""

    policy = requires(rules.ADMINISTER)
    list_name = MEMBERS
    header_icon = "group"
    member: ClubMember
    service: Any = None
    sentence: Any = ""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Find the member."""
        members = within_scope(ClubMember.objects.select_related("club", "user"), request.user)
        self.member = get_object_or_404(members, pk=kwargs["pk"])
        return super().dispatch(request, *args, **kwargs)

    def get_page_subtitle(self) -> str:
        """Who, and where."""
        return f"{self.member.user.full_name} · {self.member.club}"

    def call(self, form: forms.Form) -> str:
        """Call the service."""
        type(self).service(member_id=self.member.pk, actor=acting_user(self.request))
        return str(self.sentence)


class AcceptView(_OfMember):
    """Take who asked."""

    policy = requires(rules.ADMINISTER)
    page_title = gettext_lazy("Accept")
    service = staticmethod(services.accept)
    sentence = gettext_lazy("Joined")


class RefuseView(_OfMember):
    """Do not take who asked."""

    policy = requires(rules.ADMINISTER)
    page_title = gettext_lazy("Refuse")
    service = staticmethod(services.refuse)
    sentence = gettext_lazy("Not taken")


class RemoveView(_OfMember):
    """End a membership; an office goes with it."""

    policy = requires(rules.ADMINISTER)
    page_title = gettext_lazy("Remove")
    service = staticmethod(services.remove)
    sentence = gettext_lazy("Left")


_Asked, _Active = ClubMember.State.ASKED, ClubMember.State.ACTIVE
MEMBER_DEEDS: tuple[tuple[str, Any, str, str], ...] = (
    ("accept", AcceptView, "check", _Asked),
    ("refuse", RefuseView, "cross", _Asked),
    ("remove", RemoveView, "bin", _Active),
)
"""Name, view, icon, and the state in which it is offered."""


def decisions_on(member: ClubMember) -> list[Way]:
    """What can be decided about the member as they stand."""
    return [
        Way(view.page_title, reverse(f"{MEMBERS}:{name}", args=[member.pk]), icon)
        for name, view, icon, state in MEMBER_DEEDS
        if member.state == state
    ]
