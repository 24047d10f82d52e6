"""What people were told of a person by name, once that person is forgotten (P9)."""

from django.db import transaction
from django.db.models import QuerySet

from campus.notifications.models import Notification
from portal.models import StreamEvent
from portal.realtime.streams import user_stream


def forget_name(told: QuerySet[Notification], number: str) -> None:
    """Say the student's ``number`` where ``told`` says a name, and drop the live events that said it.

    The facts ``student`` and ``child`` of a notification hold the name.
    """
    with transaction.atomic():
        for pk in list(told.order_by("pk").values_list("pk", flat=True).distinct()):
            one = Notification.objects.select_for_update(no_key=True).get(pk=pk)
            one.params |= {key: number for key in ("student", "child") if key in one.params}
            one.save(update_fields=["params"])
            StreamEvent.objects.filter(
                stream__name=user_stream(one.user_id),
                type="notification.created",
                payload__id=str(one.pk),
            ).delete()
