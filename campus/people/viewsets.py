"""Students and guardianships in the Wagtail admin: lists within one's reach, every write a service's."""

from typing import Any

from django import forms
from django.db.models import Count, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail.admin.forms import WagtailAdminModelForm
from wagtail.admin.panels import FieldPanel, ObjectList, Panel
from wagtail.admin.ui.tables import Column
from wagtail.admin.views.generic import IndexView

from campus.accounts.fields import in_e164
from campus.accounts.models import User
from campus.institutions.admin import ServiceCreateView, ServiceViewSet
from campus.institutions.scope import within
from campus.people import services
from campus.people.models import Guardianship, StaffProfile, Student
from portal.permissions import ADMIN_SITE
from portal.roles import Role


class AccountField(forms.CharField):
    """An account, by its e-mail or phone; gives the ``User``, or None where it is empty."""

    def clean(self, value: Any) -> Any:
        """The account with this address or number; refused where there is none."""
        text = super().clean(value).strip()
        if not text:
            return None
        known = {"email": text.lower()} if "@" in text else {"phone": in_e164(text) or text}
        found = User.objects.filter(**known).first()
        if found is None:
            raise forms.ValidationError(_("There is no account with this e-mail or phone."))
        return found


class StudentForm(WagtailAdminModelForm):
    """A student; the account by its address, for a list of all accounts would be no choice."""

    account = AccountField(
        label=gettext_lazy("Account"),
        required=False,
        help_text=gettext_lazy("E-mail or phone; empty for a student without an account."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        user = self.instance.user
        self.initial["account"] = (user.email or user.phone_number or "") if user else ""
        mentors = StaffProfile.objects.filter(user__groups__name=Role.MENTOR.value)
        self.fields["mentor"].queryset = mentors


class GuardiansPanel(Panel):
    """Who cares for the student, with the ways to add and to end it, inside the student's form."""

    class BoundPanel(Panel.BoundPanel):
        """The panel of one student."""

        template_name = "people/admin/guardians.html"

        def get_context_data(self, parent_context: Any = None) -> dict[str, Any]:
            """With the guardianships, the primary one first."""
            context: dict[str, Any] = super().get_context_data(parent_context)
            links = self.instance.guardianships.select_related("guardian")
            return {**context, "student": self.instance, "links": list(links)}

        def is_shown(self) -> bool:
            """Once there is a student."""
            return not self.instance._state.adding


class StudentIndexView(IndexView):
    """The list, with what its columns show in one query."""

    policy = ADMIN_SITE

    def get_base_queryset(self) -> "QuerySet[Student]":
        """With department, mentor and the number of guardians."""
        found: QuerySet[Student] = super().get_base_queryset()
        return found.select_related("department", "mentor", "institution").annotate(
            guardian_count=Count("guardianships")
        )


class StudentViewSet(ServiceViewSet):
    """Students, with and without an account."""

    model = Student
    icon = "group"
    menu_label = gettext_lazy("Students")
    index_view_class = StudentIndexView
    list_display = [
        *("name", "number", "department", "program", "mentor"),
        Column("guardian_count", label=gettext_lazy("Guardians")),
        "state",
    ]
    list_filter = ["state", "department", "mentor", "semester", "batch"]
    list_per_page = 50
    search_fields = ["name", "number"]
    ordering = ["name"]
    inspect_view_enabled = True
    inspect_view_fields = [
        *("institution", "name", "number", "user", "department", "program", "semester", "batch"),
        *("admission_year", "date_of_birth", "mentor", "state"),
    ]
    edit_handler = ObjectList(
        [
            *(FieldPanel(name) for name in ("institution", "name", "number")),
            FieldPanel("account"),
            *(FieldPanel(name) for name in ("date_of_birth", "department", "program")),
            *(FieldPanel(name) for name in ("semester", "batch", "admission_year")),
            *(FieldPanel(name) for name in ("mentor", "state")),
            GuardiansPanel(heading=gettext_lazy("Guardians"), icon="user"),
        ],
        base_form_class=StudentForm,
    )

    def write(self, actor: Any, changes: dict[str, Any], held: Any) -> Student:
        """By the service."""
        fields = dict(changes)
        if "account" in fields:
            fields["user"] = fields.pop("account")
        return services.save_student(student=held or Student(), fields=fields, actor=actor)

    def remove(self, actor: Any, held: Any) -> None:
        """By the service, which keeps who has a history."""
        services.remove_student(student=held, actor=actor)


class NewGuardianshipForm(WagtailAdminModelForm):
    """Who begins to care for whom: both are named as one knows them, by number and by address."""

    number = forms.CharField(label=gettext_lazy("Student number"), max_length=40)
    account = AccountField(
        label=gettext_lazy("Guardian"),
        help_text=gettext_lazy("E-mail or phone of the account; it gets the role parent."),
    )

    class Meta:
        model = Guardianship
        fields = ["relationship", "is_primary"]

    def clean_number(self) -> Student:
        """The student with that number, within the admin's reach."""
        number = self.cleaned_data["number"].strip()
        found = within(Student.objects.all(), self.for_user).filter(number=number)[:2]
        if len(found) != 1:
            raise forms.ValidationError(
                _("Students of several institutions have this number.")
                if found
                else _("There is no student with this number.")
            )
        return found[0]


class GuardianshipCreateView(ServiceCreateView):
    """Add a guardian; ``?number=`` names the student already."""

    def get_initial(self) -> dict[str, Any]:
        """With the student whose form led here."""
        return {**super().get_initial(), "number": self.request.GET.get("number", "")[:40]}

    def form_valid(self, form: Any) -> Any:
        """Tie the two together, so that what is out of reach is refused as everywhere."""
        form.instance.student = form.cleaned_data["number"]
        form.instance.guardian = form.cleaned_data["account"]
        return super().form_valid(form)


class GuardianshipIndexView(IndexView):
    """The list, in one query."""

    policy = ADMIN_SITE

    def get_base_queryset(self) -> "QuerySet[Guardianship]":
        """With student and guardian."""
        found: QuerySet[Guardianship] = super().get_base_queryset()
        return found.select_related("student", "guardian")


class GuardianshipViewSet(ServiceViewSet):
    """Who cares for whom."""

    model = Guardianship
    icon = "user"
    menu_label = gettext_lazy("Guardians")
    index_view_class = GuardianshipIndexView
    add_view_class = GuardianshipCreateView
    list_display = ["student", "guardian", "relationship", "is_primary", "created_at"]
    list_filter = ["relationship", "is_primary"]
    list_per_page = 50
    search_fields = ["student__name", "student__number", "guardian__full_name", "guardian__email"]
    ordering = ["student__name"]
    inspect_view_enabled = True
    inspect_view_fields = ["student", "guardian", "relationship", "is_primary", "created_at"]
    form_fields = ["relationship", "is_primary"]

    def get_form_class(self, for_update: bool = False) -> Any:
        """Who and whom stay; what they are to each other can be corrected."""
        return super().get_form_class(for_update) if for_update else NewGuardianshipForm

    def write(self, actor: Any, changes: dict[str, Any], held: Any) -> Guardianship:
        """By the services."""
        if held is not None:
            return services.change_guardianship(
                guardianship_id=held.pk,
                relationship=changes.get("relationship"),
                is_primary=changes.get("is_primary"),
                actor=actor,
            )
        return services.add_guardian(
            student=changes["number"],
            guardian=changes["account"],
            relationship=changes["relationship"],
            is_primary=changes["is_primary"],
            actor=actor,
        )

    def remove(self, actor: Any, held: Any) -> None:
        """By the service."""
        services.remove_guardian(guardianship_id=held.pk, actor=actor)
