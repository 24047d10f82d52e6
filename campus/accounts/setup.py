"""What must be there for roles to work: groups, their permissions in the admin, the review of pages.

It runs after every migration, and gives once: a role that holds nothing yet gets its first set, and the
admins' role each permission that a migration brought. What somebody took from a role stays taken.
"""

from typing import Any

from django.apps import apps
from django.contrib.auth.management import create_permissions
from django.contrib.auth.models import Group, Permission
from django.db import connections
from django.db.models import Max
from wagtail.models import (
    Collection,
    GroupApprovalTask,
    GroupCollectionPermission,
    GroupPagePermission,
    Page,
    Workflow,
    WorkflowPage,
    WorkflowTask,
)

from portal.roles import Role

EDITOR_PAGE_PERMISSIONS = ["add_page", "change_page"]
ADMIN_PAGE_PERMISSIONS = [
    "add_page", "change_page", "publish_page", "bulk_delete_page", "lock_page", "unlock_page",
]  # fmt: skip
EDITOR_FILE_PERMISSIONS = [
    "add_image", "change_image", "choose_image", "add_document", "change_document", "choose_document",
]  # fmt: skip
REVIEW = "Review by an admin"


def ensure_roles(*, newer_than: int | None = None) -> None:
    """Make the groups of all roles and what editor and admin may do in the admin (journey, step 5).

    Editors write and submit pages; publishing them, and all else, is the admins'. ``newer_than`` is the
    greatest id of a permission before the migration: those above it are new, and the admins'. Running it
    again gives nothing a second time.
    """
    groups = {role: Group.objects.get_or_create(name=role.value)[0] for role in Role}
    everything = Permission.objects.all()
    if not groups[Role.ADMIN].permissions.exists():
        groups[Role.ADMIN].permissions.set(everything)
    elif newer_than is not None:
        groups[Role.ADMIN].permissions.add(*everything.filter(pk__gt=newer_than))
    # Editors for pages, teachers for the modules and contents of their own courses, organizers for what
    # their clubs announce.
    for role in (Role.EDITOR, Role.TEACHER, Role.ORGANIZER):
        if not groups[role].permissions.exists():
            groups[role].permissions.set(
                everything.filter(content_type__app_label="wagtailadmin", codename="access_admin")
            )
    root = Page.get_first_root_node()
    if root is not None:
        _allow_pages(groups[Role.EDITOR], root, EDITOR_PAGE_PERMISSIONS)
        _allow_pages(groups[Role.ADMIN], root, ADMIN_PAGE_PERMISSIONS)
        _ensure_review(groups[Role.ADMIN], root)
    files = Collection.get_first_root_node()
    if files is not None:
        _allow_files(groups, files)


def _allow_files(groups: dict[Role, Group], files: Collection) -> None:
    new = {
        role
        for role in groups
        if not GroupCollectionPermission.objects.filter(group=groups[role]).exists()
    }
    for permission in Permission.objects.filter(
        content_type__app_label__in=["wagtailimages", "wagtaildocs"]
    ).select_related("content_type"):
        roles = {Role.ADMIN} if permission.content_type.model in {"image", "document"} else set()
        if permission.codename in EDITOR_FILE_PERMISSIONS:
            roles.add(Role.EDITOR)
        for role in roles & new:
            GroupCollectionPermission.objects.create(
                group=groups[role], collection=files, permission=permission
            )


def _allow_pages(group: Group, root: Page, codenames: list[str]) -> None:
    if GroupPagePermission.objects.filter(group=group).exists():
        return
    for permission in Permission.objects.filter(
        content_type__app_label="wagtailcore", content_type__model="page", codename__in=codenames
    ):
        GroupPagePermission.objects.get_or_create(group=group, page=root, permission=permission)


def _ensure_review(admins: Group, root: Page) -> None:
    """One workflow over all pages: an admin approves. Left alone once it exists."""
    workflow, made = Workflow.objects.get_or_create(name=REVIEW)
    if not made:
        return
    task = GroupApprovalTask.objects.create(name=REVIEW)
    task.groups.add(admins)
    WorkflowTask.objects.create(workflow=workflow, task=task, sort_order=0)
    WorkflowPage.objects.update_or_create(page=root, defaults={"workflow": workflow})


_newest: dict[str, int] = {}
"""The greatest id of a permission before the migration that runs, by database."""


def before_migrate(sender: Any, using: str = "default", **kwargs: Any) -> None:
    """Remember which permissions there were (see ``ensure_roles``)."""
    if using not in _newest and Permission._meta.db_table in _tables(using):
        newest = Permission.objects.using(using).aggregate(newest=Max("pk"))["newest"]
        _newest[using] = newest or 0


def after_migrate(sender: Any, using: str = "default", **kwargs: Any) -> None:
    """Once all apps are migrated: see ``ensure_roles``."""
    last = [config for config in apps.get_app_configs() if config.models_module][-1]
    if sender.label != last.label:
        return
    newer_than = _newest.pop(using, None)
    if not {Group._meta.db_table, WorkflowPage._meta.db_table, "wagtailimages_image"} <= _tables(
        using
    ):
        return  # a part of the apps only
    create_permissions(last, using=using, verbosity=0)
    ensure_roles(newer_than=newer_than)


def _tables(using: str) -> set[str]:
    return set(connections[using].introspection.table_names())
