"""What a page of somebody signed in is rendered with: the count in the bell, and where its events go on.

The page carries the head of the person's own stream, so that its socket resumes from there and nothing
has to be fetched a second time. The head is read *before* what the page shows: a view whose page
follows live events asks for it first, and an event that commits in between is repeated, never missed.
"""

import uuid
from dataclasses import dataclass

from django.db import connection
from django.http import HttpRequest

from portal.realtime.streams import user_stream

_KEPT = "_bell"
# By hand: every page that somebody signed in opens asks it, and as querysets it took three times as long.
STATEMENT = """
SELECT stream.epoch, stream.head,
       (SELECT COUNT(*) FROM notifications_notification WHERE user_id = %s AND read_at IS NULL)
  FROM (SELECT 1) AS one LEFT JOIN portal_stream stream ON stream.name = %s
"""


@dataclass(frozen=True)
class Bell:
    """The stream with the number of its last event, and how many notifications are unread by then.

    ``epoch`` is empty and ``head`` 0 for a stream that nothing was published to yet.
    """

    stream: str
    epoch: str
    head: int
    unread: int


def bell_of(request: HttpRequest | None) -> Bell | None:
    """The bell of who is signed in, as of the first time this request asked; None for a visitor.

    One query, so that count and head are of one moment.
    """
    user = getattr(request, "user", None)
    if request is None or user is None or not user.is_authenticated:
        return None
    kept: Bell | None = getattr(request, _KEPT, None)
    if kept is None:
        kept = _read(user.pk)
        setattr(request, _KEPT, kept)
    return kept


def _read(user_id: int) -> Bell:
    name = user_stream(user_id)
    with connection.cursor() as cursor:
        cursor.execute(STATEMENT, [user_id, name])
        epoch, head, unread = cursor.fetchone()
    known = uuid.UUID(str(epoch)) if epoch else ""
    return Bell(name, str(known), head or 0, unread)
