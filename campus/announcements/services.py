"""Telling of announcements: once, in the background, in batches that go on where they were cut off."""

from typing import Any

from django.db import transaction
from django.utils import timezone

from campus.announcements import audiences
from campus.announcements.models import AnnouncementNotice, AnnouncementPage
from campus.notifications.services import Message, notify_all
from portal.jobs.outbox import enqueue

TELL = "campus.announcements.tasks.tell"
BATCH = 200
TYPE = "announcements.published"


@transaction.atomic
def announce(page: AnnouncementPage) -> bool:
    """Begin to tell of a page that was published; whether this was the first time, and so is told.

    A page and its translations are one announcement. A later edit, or publishing again after it was taken
    down, finds the notice and tells nobody. Publishing for a later date tells then: Wagtail sends its signal
    at both moments.
    """
    if not AnnouncementPage.objects.current().filter(pk=page.pk).exists():
        return False
    notice, created = AnnouncementNotice.objects.get_or_create(translation_key=page.translation_key)
    if created:
        enqueue(TELL, notice_id=notice.pk)
    return created


def untold() -> Any:
    """Published announcements of which nobody has begun to tell: a crash came between."""
    told = AnnouncementNotice.objects.values("translation_key")
    return AnnouncementPage.objects.current().exclude(translation_key__in=told)


@transaction.atomic
def tell_batch(notice_id: int) -> bool:
    """Tell the next people of the audience; whether there may be more.

    The row is locked, and the place in the audience moves in the same transaction: killed in between, or run
    twice at once, each person is told once. What was taken down meanwhile is told to nobody more.
    """
    notice = AnnouncementNotice.objects.select_for_update(no_key=True).get(pk=notice_id)
    if notice.done_at is not None:
        return False
    pages = list(
        AnnouncementPage.objects.current()
        .filter(translation_key=notice.translation_key)
        .select_related("locale")
        .order_by("pk")
    )
    people = []
    if pages:
        people = list(
            audiences.people_of(pages[0]).filter(pk__gt=notice.cursor).order_by("pk")[:BATCH]
        )
    if people:
        words = {page.locale.language_code: page for page in pages}
        messages: list[Message] = []
        for person in people:
            page = words.get(person.language, pages[0])
            facts = {"title": page.title, "summary": page.summary}
            messages.append((person, TYPE, facts, f"/announcements/{page.slug}/", "", ""))
        notify_all(messages)
        notice.cursor = people[-1].pk
        notice.told += len(people)
    if len(people) < BATCH:
        notice.done_at = timezone.now()
    notice.save(update_fields=["cursor", "told", "done_at"])
    return notice.done_at is None
