"""The admin of clubs: their rooms, and what the log calls its actions."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.log_actions import LogFormatter

from campus.clubs.viewsets import ClubsGroup


@hooks.register("register_admin_viewset")
def register_clubs() -> ClubsGroup:
    """Add them to the admin."""
    return ClubsGroup()


_ACTIONS = [
    ("clubs.create", _("Found a club"), _("Club founded")),
    ("clubs.edit", _("Edit a club"), _("Club edited")),
    ("clubs.set_state", _("Change a club's state"), _("State of the club changed")),
    ("clubs.write_role", _("Write an office"), _("Office written")),
    ("clubs.assign_organizer", _("Give an office"), _("Office given")),
    ("clubs.assign_coordinator", _("Name the coordinator"), _("Coordinator named")),
    ("clubs.assign_head", _("Name the head"), _("Head named")),
    ("clubs.ask_to_join", _("Ask to join a club"), _("Asked to join")),
    ("clubs.join", _("Join a club"), _("Joined")),
    ("clubs.refuse", _("Refuse a member"), _("Not taken")),
    ("clubs.leave", _("Leave a club"), _("Left")),
]


class _WithChanges(LogFormatter):
    """A message, and beside it what changed."""

    def format_comment(self, log_entry: Any) -> str:
        before, after = log_entry.data.get("before", {}), log_entry.data.get("after", {})
        return "; ".join(
            f"{name}: {before.get(name, '–')} → {value}" for name, value in after.items()
        )


@hooks.register("register_log_actions")
def register_log_actions(actions: Any) -> None:
    """The names under which the history shows what the services logged, with before and after."""
    for action, label, message in _ACTIONS:
        formatter = type("ClubLogFormatter", (_WithChanges,), {"label": label, "message": message})
        actions.register_action(action)(formatter)
