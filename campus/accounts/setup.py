"""What must be there for roles to work: groups, their permissions in the admin, the review of pages.

The table of roles is the code's (``roles.md``), so this is made again after every migration; an admin who
wants other rights makes other groups.
"""

from typing import Any

from django.apps import apps
from django.contrib.auth.management import create_permissions
from django.contrib.auth.models import Group, Permission
from django.db import connections
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


def ensure_roles(**kwargs: Any) -> None:
    """Make the groups of all roles and what editor and admin may do in the admin (journey, step 5).

    Editors write and submit pages; publishing them, and all else, is the admins'. Idempotent.
    """
    groups = {role: Group.objects.get_or_create(name=role.value)[0] for role in Role}
    groups[Role.ADMIN].permissions.set(Permission.objects.all())
    # Editors for pages, teachers for the modules and contents of their own courses.
    for role in (Role.EDITOR, Role.TEACHER):
        groups[role].permissions.add(
            *Permission.objects.filter(
                content_type__app_label="wagtailadmin", codename="access_admin"
            )
        )
    root = Page.get_first_root_node()
    if root is not None:
        _allow_pages(groups[Role.EDITOR], root, EDITOR_PAGE_PERMISSIONS)
        _allow_pages(groups[Role.ADMIN], root, ADMIN_PAGE_PERMISSIONS)
        _ensure_review(groups[Role.ADMIN], root)
    files = Collection.get_first_root_node()
    if files is not None:
        for permission in Permission.objects.filter(
            content_type__app_label__in=["wagtailimages", "wagtaildocs"]
        ):
            if permission.codename in EDITOR_FILE_PERMISSIONS:
                GroupCollectionPermission.objects.get_or_create(
                    group=groups[Role.EDITOR], collection=files, permission=permission
                )
            if permission.content_type.model in {"image", "document"}:
                GroupCollectionPermission.objects.get_or_create(
                    group=groups[Role.ADMIN], collection=files, permission=permission
                )


def _allow_pages(group: Group, root: Page, codenames: list[str]) -> None:
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


def after_migrate(sender: Any, using: str = "default", **kwargs: Any) -> None:
    """Once all apps are migrated: see ``ensure_roles``."""
    last = [config for config in apps.get_app_configs() if config.models_module][-1]
    if sender.label != last.label:
        return
    tables = set(connections[using].introspection.table_names())
    needed = {Group._meta.db_table, WorkflowPage._meta.db_table, "wagtailimages_image"}
    if not needed <= tables:
        return  # a part of the apps only
    create_permissions(last, using=using, verbosity=0)
    ensure_roles()
