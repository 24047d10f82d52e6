"""One door to the Wagtail admin, roles there, and users in it (P6, roles.md, journey step 5)."""

from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from wagtail.models import GroupApprovalTask, ModelLogEntry, Page, WorkflowState

from campus.accounts import services
from campus.accounts.models import User
from campus.accounts.setup import ensure_roles
from home.models import StandardPage
from portal.roles import Role
from tests import factories
from tests.campus.accounts.calls import sign_in

pytestmark = pytest.mark.django_db
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user, backend=BACKEND)
    return client


@pytest.mark.parametrize(
    ("asked", "leads_to"),
    [
        ("/admin/", "/admin/login/"),
        ("/admin/login/", "/account/login/"),
        ("/admin/login/?next=/admin/pages/", "/account/login/?next=/admin/pages/"),
        ("/admin/password_reset/", "/account/password/reset/"),
        ("/admin/password_reset/confirm/MQ/set-password/", "/account/password/reset/"),
        ("/admin/password_reset/done/", "/account/password/reset/"),
        ("/en/_util/login/", "/account/login/"),
        ("/ar/_util/login/?next=/ar/x/", "/account/login/?next=/ar/x/"),
    ],
)
@pytest.mark.parametrize("method", ["get", "post"])
def test_p6_wagtails_own_forms_are_unreachable(asked: str, leads_to: str, method: str) -> None:
    user = factories.user(Role.ADMIN)
    client = Client()
    response = getattr(client, method)(
        asked, {"username": user.email, "password": factories.PASSWORD} if method == "post" else {}
    )
    if asked == "/admin/":
        assert "/account/login/" in response["Location"]
    else:
        assert response.status_code == 302 and response["Location"].endswith(leads_to)
    assert "_auth_user_id" not in client.session


def test_p6_who_may_edit_comes_back_to_the_admin_after_the_door(editor: User) -> None:
    client = Client()
    response = client.post(
        "/en/account/login/",
        {"login": str(editor.email), "password": factories.PASSWORD, "next": "/admin/"},
    )
    assert response["Location"] == "/admin/"
    assert client.get("/admin/").status_code == 200


@pytest.mark.parametrize("role", [Role.STUDENT, Role.PARENT])
def test_who_is_neither_editor_nor_admin_is_not_let_into_the_admin(role: Role) -> None:
    assert client_of(factories.user(role)).get("/admin/").status_code in {302, 403}


def test_roles_exist_as_groups_and_wagtails_own_are_gone() -> None:
    names = set(Group.objects.values_list("name", flat=True))
    assert set(Role.values) <= names
    assert not names & {"Editors", "Moderators"}
    before = Group.objects.get(name="editor").page_permissions.count()
    ensure_roles()
    assert Group.objects.get(name="editor").page_permissions.count() == before
    assert GroupApprovalTask.objects.filter(active=True).count() == 1


def new_page(**fields: str) -> dict[str, Any]:
    return {
        "title": "Library hours",
        "slug": "library-hours",
        "body-count": "0",
        "comments-TOTAL_FORMS": "0",
        "comments-INITIAL_FORMS": "0",
        "comments-MIN_NUM_FORMS": "0",
        "comments-MAX_NUM_FORMS": "",
        **fields,
    }


def test_s4_an_editor_submits_and_an_admin_publishes(editor: User, admin: User) -> None:
    home = Page.objects.filter(depth=2).first()
    assert home is not None
    add = f"/admin/pages/add/home/standardpage/{home.pk}/"
    by_editor, by_admin = client_of(editor), client_of(admin)

    by_editor.post(add, new_page(**{"action-publish": "1"}))
    made = StandardPage.objects.filter(slug="library-hours").first()
    assert made is None or not made.live  # an editor cannot publish, whatever the form says
    if made is None:
        by_editor.post(add, new_page())
        made = StandardPage.objects.get(slug="library-hours")

    edit = f"/admin/pages/{made.pk}/edit/"
    by_editor.post(edit, new_page(**{"action-submit": "1"}))
    state = WorkflowState.objects.get(object_id=str(made.pk))
    assert state.status == WorkflowState.STATUS_IN_PROGRESS
    made.refresh_from_db()
    assert not made.live

    task = state.current_task_state
    approve = reverse("wagtailadmin_pages:workflow_action", args=(made.pk, "approve", task.pk))
    assert by_editor.post(approve, {"comment": ""}).status_code in {302, 403}
    made.refresh_from_db()
    assert not made.live  # nor approve their own
    by_admin.post(approve, {"comment": "good"})
    made.refresh_from_db()
    assert made.live


# --- users --------------------------------------------------------------------------------------
def user_form(**fields: Any) -> dict[str, Any]:
    return {
        "email": "",
        "phone": "",
        "full_name": "Mara Lind",
        "language": "en",
        "timezone": "",
        "password1": "",
        "password2": "",
        **fields,
    }


def groups(*roles: Role) -> list[int]:
    names = [role.value for role in roles]
    return list(Group.objects.filter(name__in=names).values_list("pk", flat=True))


def test_p2_an_admin_invites_staff_who_set_a_password_by_code(admin: User) -> None:
    response = client_of(admin).post(
        "/admin/users/new/", user_form(email="Mara@Example.org", groups=groups(Role.TEACHER))
    )
    assert response.status_code == 302, response.content.decode()
    mara = User.objects.get(email="mara@example.org")
    assert mara.roles == {Role.TEACHER} and not mara.has_usable_password()
    assert ModelLogEntry.objects.filter(
        action="accounts.set_roles", object_id=str(mara.pk), user=admin
    ).exists()


def test_an_admin_lists_searches_and_edits_users(admin: User) -> None:
    client = client_of(admin)
    person = factories.user(Role.STUDENT, full_name="Zora Quist")
    assert b"Zora Quist" in client.get("/admin/users/").content
    assert b"Zora Quist" in client.get("/admin/users/?q=Zora").content
    assert b"Zora Quist" not in client.get("/admin/users/?q=Nobody").content
    edit = f"/admin/users/edit/{person.pk}/"
    assert client.get(edit).status_code == 200
    response = client.post(
        edit,
        user_form(
            email=str(person.email),
            full_name="Zora Berg",
            is_active="on",
            groups=groups(Role.STUDENT, Role.EDITOR),
        ),
    )
    assert response.status_code == 302, response.content.decode()
    person = User.objects.get(pk=person.pk)
    assert person.full_name == "Zora Berg"
    assert person.roles == {Role.STUDENT, Role.EDITOR}
    assert person.is_active and person.check_password(factories.PASSWORD)


def test_p3_unticking_active_in_the_admin_ends_the_sessions(admin: User) -> None:
    person = factories.user(Role.STUDENT)
    theirs = client_of(person)
    assert theirs.get("/en/profile/").status_code == 200
    client_of(admin).post(
        f"/admin/users/edit/{person.pk}/",
        user_form(email=str(person.email), groups=groups(Role.STUDENT)),
    )
    assert not User.objects.get(pk=person.pk).is_active
    assert theirs.get("/en/profile/").status_code == 302
    assert ModelLogEntry.objects.filter(action="accounts.disable", user=admin).exists()


def test_p3_a_password_set_by_an_admin_ends_the_sessions(admin: User) -> None:
    person = factories.user(Role.STUDENT)
    theirs = client_of(person)
    new = "another-horse-77"
    client_of(admin).post(
        f"/admin/users/edit/{person.pk}/",
        user_form(
            email=str(person.email),
            is_active="on",
            password1=new,
            password2=new,
            groups=groups(Role.STUDENT),
        ),
    )
    assert theirs.get("/en/profile/").status_code == 302
    assert sign_in(new, email=str(person.email))[0] == 200


@pytest.mark.parametrize(
    "wrong",
    [
        {"email": "TAKEN@example.org"},
        {"phone": "+1 217 333 4666"},
        {"phone": "12"},
        {"email": "", "phone": ""},
    ],
)
def test_wrong_users_are_refused_in_the_admin(admin: User, wrong: dict[str, str]) -> None:
    factories.user(Role.STUDENT, email="taken@example.org", phone="+12173334666")
    count = User.objects.count()
    response = client_of(admin).post("/admin/users/new/", user_form(**wrong))
    assert response.status_code == 200
    assert User.objects.count() == count


def test_an_editor_cannot_reach_the_users(editor: User) -> None:
    client = client_of(editor)
    assert client.get("/admin/users/").status_code in {302, 403}
    person = factories.user(Role.STUDENT)
    client.post(
        f"/admin/users/edit/{person.pk}/",
        user_form(email=str(person.email), is_active="on", groups=groups(Role.ADMIN)),
    )
    assert User.objects.get(pk=person.pk).roles == {Role.STUDENT}


def test_students_and_staff_are_in_the_admin(admin: User) -> None:
    client = client_of(admin)
    student = factories.student(name="Ida Falk")
    assert b"Ida Falk" in client.get("/admin/student/?q=Ida").content
    assert client.get(f"/admin/student/edit/{student.pk}/").status_code == 200
    assert client.get("/admin/staffprofile/").status_code == 200


def test_roles_are_written_to_the_log_once(admin: User) -> None:
    person = factories.user(Role.STUDENT)
    services.set_roles(user=person, roles={Role.STUDENT, Role.TEACHER}, actor=admin)
    services.set_roles(user=person, roles={Role.STUDENT, Role.TEACHER}, actor=admin)
    entry = ModelLogEntry.objects.get(action="accounts.set_roles", object_id=str(person.pk))
    assert entry.data["before"] == {"roles": ["student"]}
    assert entry.data["after"] == {"roles": ["student", "teacher"]}


# --- commands -----------------------------------------------------------------------------------
def test_seed_admin_makes_one_admin_and_can_run_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ADMIN_PASSWORD", "a-good-long-one-9")
    call_command("seed_admin", email="Root@Example.org", noinput=True)
    call_command("seed_admin", email="root@example.org", noinput=True)
    root = User.objects.get(email="root@example.org")
    assert root.is_superuser and root.groups.filter(name="admin").exists()
    assert sign_in("a-good-long-one-9", email="root@example.org")[0] == 200


@pytest.mark.parametrize(("email", "password"), [("", "x"), ("no", "x"), ("a@example.org", "123")])
def test_seed_admin_refuses_what_is_no_account(
    monkeypatch: pytest.MonkeyPatch, email: str, password: str
) -> None:
    monkeypatch.setenv("ADMIN_PASSWORD", password)
    with pytest.raises(CommandError):
        call_command("seed_admin", email=email, noinput=True)
    assert not User.objects.exists()


def test_sync_superuser_roles() -> None:
    root = User.objects.create_superuser("root@example.org", "x")
    call_command("sync_superuser_roles")
    assert root.groups.filter(name="admin").exists()
    assert services.sync_superuser_roles() == 0


def test_the_settings_of_wagtails_own_account_page_work_without_a_user_name(editor: User) -> None:
    client = client_of(editor)
    page = client.get("/admin/account/")
    assert page.status_code == 200
    html = page.content.decode()
    # Name, e-mail and password belong to the profile, behind codes and the one door.
    assert "first_name" not in html and 'type="password"' not in html
    assert Client().get("/admin/account/").status_code == 302
    assert client.get("/admin/account/change_password/").status_code in {302, 404}


def test_p3_disabling_several_users_at_once_in_the_admin_ends_their_sessions(admin: User) -> None:
    people = [factories.user(Role.STUDENT) for _ in range(2)]
    theirs = client_of(people[0])
    assert theirs.get("/en/profile/").status_code == 200
    ids = "&".join(f"id={person.pk}" for person in people)
    response = client_of(admin).post(
        f"/admin/bulk/accounts/user/set_active_state/?{ids}&next=/admin/users/",
        {"mark_as_active": "False"},
    )
    assert response.status_code == 302
    assert not User.objects.filter(pk__in=[p.pk for p in people], is_active=True).exists()
    assert theirs.get("/en/profile/").status_code == 302
    assert all(
        User.objects.get(pk=person.pk).session_epoch > person.session_epoch for person in people
    )
    assert ModelLogEntry.objects.filter(action="accounts.disable", user=admin).count() == 2
