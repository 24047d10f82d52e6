"""The admin of events: their room, and what the log calls its actions."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from wagtail import hooks
from wagtail.log_actions import LogFormatter

from campus.events.choosers import event_chooser
from campus.events.publishing import before_publish
from campus.events.viewsets import EventViewSet

hooks.register("before_publish_page", before_publish)


@hooks.register("register_admin_viewset")
def register_events() -> list[Any]:
    """Add them to the admin."""
    return [EventViewSet(), event_chooser]


_ACTIONS = [
    ("events.create", _("Write an event"), _("Event written")),
    ("events.edit", _("Edit an event"), _("Event edited")),
    ("events.questions", _("Change the questions"), _("Questions changed")),
    ("events.organizers", _("Name organizers"), _("Organizers named")),
    ("events.schedule", _("Schedule"), _("Scheduled")),
    ("events.move", _("Move"), _("Moved")),
    ("events.hall", _("Decide about the hall"), _("Hall decided")),
    ("events.start", _("Start"), _("Started")),
    ("events.complete", _("Complete"), _("Completed")),
    ("events.cancel", _("Cancel"), _("Cancelled")),
    ("events.clone", _("Copy an event"), _("Made as a copy")),
    ("events.repeat", _("Repeat an event"), _("Repeated")),
    ("events.generate", _("Make certificates"), _("Certificates asked for")),
    ("events.ask", _("Ask to take part"), _("Asked to take part")),
    ("events.register", _("Register"), pgettext_lazy("at an event", "Registered")),
    ("events.wait", _("Put on the waiting list"), _("On the waiting list")),
    ("events.reject", _("Reject a registration"), _("Registration rejected")),
    ("events.unregister", _("Cancel a registration"), _("Registration cancelled")),
    ("events.mark", _("Mark attendance"), _("Attendance marked")),
    ("events.unmark", _("Take attendance back"), _("Attendance taken back")),
    ("events.close_feed", _("Close the private calendar"), _("Private calendar closed")),
    ("events.feed", _("Replace the private calendar"), _("Private calendar replaced")),
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
        formatter = type("EventLogFormatter", (_WithChanges,), {"label": label, "message": message})
        actions.register_action(action)(formatter)
