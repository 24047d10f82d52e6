"""What a migration gives to the roles: once, and never back what somebody took away."""

from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from wagtail.models import GroupCollectionPermission, GroupPagePermission

from campus.accounts import setup
from portal.roles import Role

pytestmark = pytest.mark.django_db


def migrate_again(meanwhile: Any = None) -> None:
    """The two signals of a migration, and what it brings in between."""
    configs = [config for config in apps.get_app_configs() if config.models_module]
    for config in configs:
        setup.before_migrate(sender=config)
    if meanwhile:
        meanwhile()
    for config in configs:
        setup.after_migrate(sender=config)


def held(role: Role) -> dict[str, set[Any]]:
    group = Group.objects.get(name=role)
    return {
        "permissions": set(group.permissions.values_list("codename", flat=True)),
        "pages": set(
            GroupPagePermission.objects.filter(group=group).values_list(
                "permission__codename", flat=True
            )
        ),
        "files": set(
            GroupCollectionPermission.objects.filter(group=group).values_list(
                "permission__codename", flat=True
            )
        ),
    }


def test_a_new_portal_gives_each_role_its_first_set() -> None:
    admins = held(Role.ADMIN)
    assert admins["permissions"] == set(Permission.objects.values_list("codename", flat=True))
    assert "publish_page" in admins["pages"]
    editors = held(Role.EDITOR)
    assert editors["permissions"] == {"access_admin"}
    assert editors["pages"] == {"add_page", "change_page"}
    assert held(Role.ORGANIZER) == {"permissions": {"access_admin"}, "pages": set(), "files": set()}
    assert "add_image" in editors["files"] and "delete_image" not in editors["files"]


def test_what_was_taken_from_a_role_stays_taken_and_what_is_new_is_the_admins() -> None:
    admins, editors = Group.objects.get(name=Role.ADMIN), Group.objects.get(name=Role.EDITOR)
    admins.permissions.remove(*Permission.objects.filter(codename="delete_course"))
    editors.page_permissions.filter(permission__codename="add_page").delete()
    editors.collection_permissions.filter(permission__codename="add_image").delete()

    def brings_a_permission() -> None:
        kind = ContentType.objects.get(app_label="catalog", model="course")
        Permission.objects.create(content_type=kind, codename="paint_course", name="Can paint")

    migrate_again(brings_a_permission)
    found = held(Role.ADMIN)["permissions"]
    assert "delete_course" not in found
    assert {"paint_course", "change_course"} <= found
    assert held(Role.EDITOR)["pages"] == {"change_page"}
    assert "add_image" not in held(Role.EDITOR)["files"]
    assert held(Role.EDITOR)["permissions"] == {"access_admin"}


def test_nothing_is_given_twice() -> None:
    before = {role: held(role) for role in Role}
    migrate_again()
    assert {role: held(role) for role in Role} == before
