"""Wagtail's own rooms for pages, images and documents, cut to the reach of an admin of institutions.

And opened by what somebody is rather than by a group: who an app says writes pages of a kind may add them
below its index (``register_writers``) and edit their own; publishing stays with those who review.

Wagtail asks the groups of a user, and such an admin is in the group of admins as every other. Three
questions of Wagtail's are answered differently for them, here and nowhere else:

- which pages they may write: those that an app has bound to institutions (``register_pages``), and what
  stands below them; adding is allowed below the index pages that an app names (``register_index``);
- what they may do with images and documents: choose and add, and change what they added themselves;
- whether they review pages: no, that is for the admins of the whole portal. Their own they publish.
"""

from collections.abc import Callable
from typing import Any

from django.contrib.auth.models import Permission
from django.db.models import Q, QuerySet
from wagtail.models import GroupApprovalTask, GroupPagePermission, Page
from wagtail.permission_policies.collections import CollectionPermissionLookupMixin
from wagtail.permission_policies.pages import PagePermissionPolicy

from campus.institutions.scope import managed

PagesOf = Callable[[frozenset[int]], "QuerySet[Any]"]
Writes = Callable[[Any], bool]

OF_THEIR_PAGES = ("add_page", "change_page", "publish_page", "lock_page", "unlock_page")
OF_FILES = frozenset({"add_image", "choose_image", "add_document", "choose_document"})

_pages: list[PagesOf] = []
_indexes: list[type[Page]] = []
_writers: list[tuple[type[Page], Writes]] = []


def register_pages(pages: PagesOf) -> None:
    """Bind pages: ``pages(ids)`` gives those of the institutions with these ids."""
    _pages.append(pages)


def register_index(model: type[Page]) -> None:
    """Let admins of institutions add pages below pages of ``model``; its forms offer what is theirs."""
    _indexes.append(model)


def register_writers(model: type[Page], writes: Writes) -> None:
    """Let those for whom ``writes(user)`` holds add pages below pages of ``model``, for review."""
    _writers.append((model, writes))


def added_permissions(user: Any) -> list[GroupPagePermission]:
    """What ``user`` may do to pages by what they are, in the form that Wagtail asks for."""
    indexes = [model for model, writes in _writers if writes(user)]
    if not indexes:
        return []
    add = Permission.objects.get(
        content_type__app_label="wagtailcore", content_type__model="page", codename="add_page"
    )
    return [
        GroupPagePermission(page=page.page_ptr, permission=add)
        for model in indexes
        for page in model._default_manager.select_related("page_ptr")
    ]


def page_permissions(ids: frozenset[int]) -> list[GroupPagePermission]:
    """What an admin of these institutions may do to which pages, in the form that Wagtail asks for."""
    known = {
        permission.codename: permission
        for permission in Permission.objects.filter(
            content_type__app_label="wagtailcore",
            content_type__model="page",
            codename__in=OF_THEIR_PAGES,
        )
    }
    # As plain pages, all in one query: their words and fields are not asked about.
    theirs = Q(pk__in=[])
    for pages in _pages:
        theirs |= Q(pk__in=pages(ids).values("pk"))
    found = [
        GroupPagePermission(page=page, permission=permission)
        for page in Page.objects.filter(theirs)
        for permission in known.values()
    ]
    if "add_page" in known:
        found += [
            GroupPagePermission(page=page.page_ptr, permission=known["add_page"])
            for model in _indexes
            for page in model._default_manager.select_related("page_ptr")
        ]
    return found


def install() -> None:
    """Answer Wagtail's questions; once, when the apps are ready."""
    of_pages = PagePermissionPolicy.get_all_permissions_for_user
    of_collections = CollectionPermissionLookupMixin.get_all_permissions_for_user
    reviews = GroupApprovalTask._user_in_groups

    def pages_of(self: Any, user: Any) -> Any:
        ids = managed(user)
        if ids:
            return page_permissions(ids)
        added = [] if ids is None else added_permissions(user)
        return [*of_pages(self, user), *added] if added else of_pages(self, user)

    def files_of(self: Any, user: Any) -> Any:
        held = of_collections(self, user)
        return held.filter(permission__codename__in=OF_FILES) if managed(user) else held

    def reviews_of(self: Any, user: Any) -> bool:
        return not managed(user) and bool(reviews(self, user))

    PagePermissionPolicy.get_all_permissions_for_user = pages_of
    CollectionPermissionLookupMixin.get_all_permissions_for_user = files_of
    GroupApprovalTask._user_in_groups = reviews_of
