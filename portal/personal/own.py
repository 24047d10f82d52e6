"""What the frame itself holds on a person: live events and answers once given."""

from typing import Any

from django.db import transaction

from portal import personal
from portal.models import IdempotencyKey, StreamEvent
from portal.realtime.streams import user_stream


def export(user: Any) -> personal.Rows:
    """Nothing: events repeat what is stored elsewhere."""
    return []


def erase(user: Any) -> None:
    """Delete the person's live events, which hold sentences, and the answers kept for their requests."""
    with transaction.atomic():
        StreamEvent.objects.filter(stream__name=user_stream(user.pk)).delete()
        IdempotencyKey.objects.filter(user_id=user.pk).delete()


def register() -> None:
    """Register the frame."""
    personal.register("portal", export, erase, ["portal.IdempotencyKey"], order=personal.LATE + 5)
    personal.keep(
        "Works of the site and who wrote them: the account they name has no name any more.",
        *("wagtailcore.Page", "wagtailcore.Revision", "wagtailcore.Comment"),
        *("wagtailcore.CommentReply", "wagtailcore.WorkflowState", "wagtailcore.TaskState"),
        *("wagtailcore.UploadedFile", "wagtaildocs.Document", "wagtailimages.Image"),
        *("wagtail_localize.StringTranslation", "wagtail_localize.SegmentOverride"),
    )
    personal.keep("Who brought a file; it and its rows go after a month.", "imports.Import")
    personal.keep(
        "The log is never changed; it names objects by number.",
        *("wagtailcore.ModelLogEntry", "wagtailcore.PageLogEntry", "audit.AuditEntry"),
    )
