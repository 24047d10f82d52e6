"""Writing notifications: rows and live events in the caller's transaction (N1), mail after it (N4)."""

import re
import uuid
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import CharField, Count, IntegerField, QuerySet, Value
from django.utils import timezone, translation

from campus.accounts.models import User
from campus.notifications import registry
from campus.notifications.errors import NoAction, NotificationNotFound
from campus.notifications.models import (
    HELD,
    Channel,
    Notification,
    NotificationDelivery,
    NotificationPreference,
    Timing,
)
from portal.jobs.outbox import enqueue, enqueue_many
from portal.realtime.streams import NewEvent, publish, publish_many, together, user_stream

DELIVER = "campus.notifications.tasks.deliver"
MANY = 50
"""Of more mails than these at once the jobs go in by one statement, behind what else there is to do."""
_LANGUAGE_PREFIX = re.compile(rf"^/({'|'.join(code for code, _ in settings.LANGUAGES)})(?=/)")


def localized_path(path: str, language: str) -> str:
    """A stored path as an address in ``language``; what is not a page of ours is left as it is."""
    return f"/{language}{path}" if path.startswith("/") else path


def as_event(notification: Notification, *, unread: int, language: str) -> dict[str, Any]:
    """The payload of ``notification.created``: the sentence in the reader's language and the count."""
    kind = registry.find(notification.type)
    with translation.override(language):
        return {
            "id": str(notification.pk),
            "type": notification.type,
            "title": kind.title_for(notification.params),
            "body": kind.body_for(notification.params),
            "path": localized_path(notification.path, language),
            "action": notification.action if notification.has_open_action else "",
            "created_at": notification.created_at.isoformat(),
            "unread": unread,
        }


def notify(
    *,
    users: Iterable[User],
    type: str,
    params: Mapping[str, Any],
    path: str = "",
    action: str = "",
    action_target: str | uuid.UUID = "",
) -> list[Notification]:
    """Tell ``users`` one thing: a row for each, an event in each one's stream, mail where it is wanted.

    Must run in the transaction of what it tells of: a rollback tells nobody (N1). Rows go in by one
    statement, events by two. Streams are locked in one order within a call; so a caller with several
    things to say uses :func:`notify_all`, and two transactions never wait for each other in a circle.
    Raises ``KeyError`` for a type that no app declared.
    """
    return notify_all(
        [
            (user, type, params, path, action, str(action_target))
            for user in {user.pk: user for user in users}.values()
        ]
    )


Message = tuple[User, str, Mapping[str, Any], str, str, str]
LiveEvent = tuple[int, str, dict[str, Any]]


def notify_all(
    messages: Sequence[Message], *, events: Sequence[LiveEvent] = ()
) -> list[Notification]:
    """Store and send several messages, each ``(user, type, params, path, action, action_target)``.

    ``events`` are live events that are no notification, ``(user id, type, payload)``; they go out before
    the messages.
    """
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("notify() needs a transaction: what is told and what is done are one.")
    kinds = {type: registry.get(type) for _user, type, *_rest in messages}
    if not messages:
        _send_live([], {}, events)
        return []
    now = timezone.now()
    messages = sorted(messages, key=lambda message: message[0].pk)
    users = {user.pk: user for user, *_rest in messages}
    chosen, unread = _choices_and_unread(users, kinds)

    def timing(user_id: int, type: str, channel: Channel) -> str:
        kind = kinds[type]
        choice = chosen.get((user_id, type, channel))
        return choice if choice in kind.allowed(channel) else kind.default(channel)

    rows = [
        Notification(
            user=user,
            type=type,
            params=dict(params),
            path=_LANGUAGE_PREFIX.sub("", path),
            action=action,
            action_target=target,
            created_at=now,
            # Where the bell is to be silent it stands in the inbox, already read.
            read_at=None if timing(user.pk, type, Channel.IN_APP) == Timing.AT_ONCE else now,
        )
        for user, type, params, path, action, target in messages
    ]
    Notification.objects.bulk_create(rows)
    _send_live(rows, unread, events)
    _plan(
        [
            (row, channel, timing(row.user_id, row.type, channel))
            for row in rows
            for channel in Channel
        ]
    )
    return rows


def _choices_and_unread(
    users: Iterable[int], types: Iterable[str]
) -> tuple[dict[tuple[int, str, str], str], dict[int, int]]:
    """What people chose for the types, and how many they have not read: one statement."""
    ids, nothing = list(users), Value("", CharField())
    choices = (
        NotificationPreference.objects.filter(user_id__in=ids, type__in=list(types))
        .order_by()
        .values_list("user_id", "type", "channel", "timing", Value(0, IntegerField()))
    )
    counts = _unread_by_user(ids).values_list("user_id", nothing, nothing, nothing, Count("pk"))
    chosen, unread = {}, {}
    for user_id, type, channel, timing, number in choices.union(counts, all=True):
        if channel:
            chosen[user_id, type, channel] = timing
        else:
            unread[user_id] = number
    return chosen, unread


def _send_live(
    rows: Sequence[Notification], unread: Mapping[int, int], events: Sequence[LiveEvent]
) -> None:
    """Publish the rows, but for what is read already; ``unread`` counts what there was before them."""
    loud = [row for row in rows if row.read_at is None]
    counts = Counter(unread)
    counts.update(row.user_id for row in loud)
    outgoing = list(events)
    for row in loud:
        language = row.user.language or settings.LANGUAGE_CODE
        payload = as_event(row, unread=counts[row.user_id], language=language)
        outgoing.append((row.user_id, "notification.created", payload))
    publish_many(
        NewEvent(user_stream(user_id), type, payload) for user_id, type, payload in outgoing
    )


def _plan(wanted: Iterable[tuple[Notification, Channel, str]]) -> None:
    """Mail now, or what a digest will take (N2). The bell itself has rung already, or stays silent."""
    planned = [
        NotificationDelivery(notification=row, channel=channel, timing=timing)
        for row, channel, timing in wanted
        if timing in HELD or (channel == Channel.EMAIL and timing == Timing.AT_ONCE)
        if channel == Channel.IN_APP or row.user.email
    ]
    if not planned:
        return
    now = [
        delivery.pk
        for delivery in NotificationDelivery.objects.bulk_create(planned)
        if delivery.timing == Timing.AT_ONCE
    ]
    if len(now) > MANY:
        enqueue_many(DELIVER, [{"delivery_id": pk} for pk in now])
        return
    for pk in now:
        enqueue(DELIVER, delivery_id=pk)


def unread_counts(user_ids: Iterable[int]) -> dict[int, int]:
    """How many each of these people have not read, by one query; every id asked for is there."""
    wanted = set(user_ids)
    found = _unread_by_user(wanted).annotate(number=Count("pk")) if wanted else []
    return {**dict.fromkeys(wanted, 0), **dict(found)}


def _unread_by_user(user_ids: Iterable[int]) -> "QuerySet[Notification, Any]":
    return (
        Notification.objects.unread().filter(user_id__in=user_ids).order_by().values_list("user_id")
    )


def unread_count(user: User) -> int:
    """How many one person has not read; one query."""
    return unread_counts([user.pk])[user.pk]


@transaction.atomic
def mark_read(*, user: User, notification_id: uuid.UUID | str) -> Notification:
    """Mark one of the reader's own as read; again is harmless and tells nobody twice."""
    notification = _own(user, notification_id)
    changed = (
        Notification.objects.unread()
        .filter(pk=notification.pk)
        .update(read_at=notification.read_at or timezone.now())
    )
    if changed:
        notification.refresh_from_db(fields=["read_at"])
        _tell_read(user, ids=[str(notification.pk)])
    return notification


@transaction.atomic
def mark_all_read(*, user: User) -> int:
    """Mark all of the reader's own as read; how many there were."""
    changed = Notification.objects.visible_to(user).unread().update(read_at=timezone.now())
    if changed:
        _tell_read(user, all=True)
    return changed


def _tell_read(user: User, **which: Any) -> None:
    unread = unread_count(user)
    publish(user_stream(user.pk), "notification.read", {**which, "unread": unread})


def _own(user: User, notification_id: uuid.UUID | str) -> Notification:
    found = Notification.objects.visible_to(user).filter(pk=notification_id).first()
    if found is None:
        raise NotificationNotFound
    return found


@transaction.atomic
def take_action(*, user: User, notification_id: uuid.UUID | str, action: str = "") -> Notification:
    """Do what the notification asks for (N3), with the permission that it takes anywhere else.

    The action's own service checks, locks and refuses; a second one at the same moment is refused by
    it, since what it decides has moved on. The notification's row is not locked before, as the service
    closes the same action in the inboxes of others: the two would wait for each other. Raises
    :class:`NoAction` where nothing is left to do, and whatever the service raises.
    """
    notification = _own(user, notification_id)
    handlers = registry.find(notification.type).actions
    action = action or notification.action
    if not notification.has_open_action or action not in handlers:
        raise NoAction
    _label, handler = handlers[action]
    with together():  # the service tells others, and we the reader: one order of locks for all
        handler(target=notification.action_target, actor=user)
        Notification.objects.filter(pk=notification.pk, action_taken_at__isnull=True).update(
            action_taken_at=timezone.now()
        )
        mark_read(user=user, notification_id=notification.pk)
    notification.refresh_from_db()
    return notification


def close_actions(*, target: str | uuid.UUID) -> int:
    """What ``target`` asked for is settled: nobody's inbox offers it any more. How many did.

    Called by the service that settled it, in its transaction. Rows are locked in one order.
    """
    return close_actions_of([str(target)])


def close_actions_of(targets: Collection[str]) -> int:
    """As :func:`close_actions`, for several at once."""
    open_ids = list(
        Notification.objects.filter(action_target__in=targets, action_taken_at__isnull=True)
        .exclude(action="")
        .order_by("pk")
        .select_for_update(no_key=True)
        .values_list("pk", flat=True)
    )
    if not open_ids:
        return 0
    return Notification.objects.filter(pk__in=open_ids).update(action_taken_at=timezone.now())
