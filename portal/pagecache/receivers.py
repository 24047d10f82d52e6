"""What the cache listens to: Wagtail's pages, and its other things that pages show."""

from typing import Any

from django.db import models
from django.db.models.signals import post_delete, post_save
from wagtail.contrib.redirects.models import Redirect
from wagtail.documents import get_document_model
from wagtail.images import get_image_model
from wagtail.models import Locale, Page, PageViewRestriction, Site
from wagtail.signals import (
    page_published,
    page_slug_changed,
    page_unpublished,
    post_page_move,
)

from portal.pagecache.marks import EVERYTHING
from portal.pagecache.registry import register
from portal.pagecache.versions import touch

# What Wagtail writes on a page's row when only a draft is saved or a review moves on.
DRAFT_FIELDS = frozenset(
    {
        "draft_title",
        "has_unpublished_changes",
        "latest_revision",
        "latest_revision_created_at",
        "locked",
        "locked_at",
        "locked_by",
    }
)


def _everything(_: Any) -> tuple[str]:
    return (EVERYTHING,)


def page_changed(**kwargs: Any) -> None:
    """An editor's page was published, taken down, moved or given another address."""
    touch(EVERYTHING)


def page_saved(
    sender: type[models.Model],
    instance: models.Model,
    update_fields: frozenset[str] | None = None,
    **kwargs: Any,
) -> None:
    """A page was written by code rather than published: a seed, a translation, a form of the admin."""
    if isinstance(instance, Page) and not (update_fields and update_fields <= DRAFT_FIELDS):
        touch(EVERYTHING)


def connect() -> None:
    """Connect all of them; called once, when the apps are ready."""
    for signal in (page_published, page_unpublished, page_slug_changed, post_page_move):
        signal.connect(page_changed, dispatch_uid="pagecache:page")
    post_save.connect(page_saved, dispatch_uid="pagecache:page_saved")
    post_delete.connect(page_changed, sender=Page, dispatch_uid="pagecache:page_deleted")
    for model in (
        *(Site, Locale, Redirect, PageViewRestriction),
        *(get_image_model(), get_document_model()),
    ):
        register(model, _everything)
