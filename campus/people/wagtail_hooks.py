"""Students and staff in the Wagtail admin."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.panels import FieldPanel
from wagtail.admin.viewsets.model import ModelViewSetGroup

from campus.institutions.admin import ServiceViewSet, scoped_policies
from campus.people.choosers import account_chooser, staff_chooser
from campus.people.models import Guardianship, StaffProfile, Student
from campus.people.services import delete_staff, write_staff
from campus.people.viewsets import GuardianshipViewSet, StudentViewSet

scoped_policies(Student, StaffProfile, Guardianship)

LOG_ACTIONS: list[tuple[str, Any, Any]] = [
    ("people.add_student", _("Add student"), _("Student added")),
    ("people.change_student", _("Change student"), _("Student changed")),
    ("people.remove_student", _("Remove student"), _("Student removed")),
    ("people.add_staff", _("Add staff"), _("Staff added")),
    ("people.remove_staff", _("Remove staff"), _("Staff removed")),
    ("people.change_staff", _("Change staff"), _("Staff changed")),
    ("people.create_child", _("Create child"), _("Child created")),
    ("people.add_guardian", _("Add guardian"), _("Guardian added")),
    ("people.change_guardian", _("Change guardian"), _("Guardian changed")),
    ("people.remove_guardian", _("Remove guardian"), _("Guardian removed")),
    ("people.assign_mentor", _("Assign mentor"), _("Mentor assigned")),
    ("people.invite", _("Invite"), _("Code sent")),
    ("people.withdraw_invitation", _("Withdraw invitation"), _("Code withdrawn")),
    ("people.hand_over", _("Hand over account"), _("Account taken over by the student")),
    ("people.give_way", _("Give way"), _("Empty record given up for another")),
]


class StaffViewSet(ServiceViewSet):
    """Teachers, mentors and others who work here; a catalogue names many who have no account yet."""

    model = StaffProfile
    icon = "user"
    menu_label = _("Staff")
    list_display = ["name", "number", "department", "title"]
    list_filter = ["department"]
    search_fields = ["name", "number"]
    ordering = ["name"]
    inspect_view_enabled = True
    panels = [
        FieldPanel("institution"),
        FieldPanel("name"),
        FieldPanel("number"),
        FieldPanel("user"),
        FieldPanel("department"),
        FieldPanel("title"),
        FieldPanel("qualifications"),
        FieldPanel("is_listed"),
        FieldPanel("left_on"),
    ]

    def write(self, actor: Any, changes: dict[str, Any], held: Any) -> StaffProfile:
        """By the service."""
        return write_staff(actor=actor, changes=changes, staff=held)

    def remove(self, actor: Any, held: Any) -> None:
        """By the service."""
        delete_staff(staff=held, actor=actor)


class PeopleGroup(ModelViewSetGroup):
    """One entry of the menu."""

    menu_label = _("People")
    menu_icon = "group"
    menu_order = 300
    items = (StudentViewSet, GuardianshipViewSet, StaffViewSet)


@hooks.register("register_admin_viewset")
def register_people() -> list[Any]:
    """Add them to the admin."""
    return [PeopleGroup(), account_chooser, staff_chooser]


@hooks.register("register_log_actions")
def register_log_actions(actions: Any) -> None:
    """What the log of students and staff may say."""
    for action, label, message in LOG_ACTIONS:
        actions.register_action(action, label, message)
