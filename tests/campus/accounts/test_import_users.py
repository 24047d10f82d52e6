"""P11: users from files."""

import io
import re
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from wagtail.models import ModelLogEntry

from campus.accounts import services as accounts
from campus.accounts.invitations import Channel, path_for
from campus.accounts.models import User
from portal.errors import DomainError
from portal.imports import engine, services
from portal.imports.models import Import, ImportRow
from portal.jobs import outbox
from portal.models import OutboxMessage
from portal.roles import Role
from tests import factories
from tests.portal.imports.bring import applied, brought, csv_bytes

pytestmark = pytest.mark.django_db
HEAD = "email,phone,full_name,roles,language"
State, Outcome = Import.State, ImportRow.Outcome


def many(count: int, start: int = 0) -> bytes:
    lines = (f"p{n}@x.example,,Person {n},student,en" for n in range(start, start + count))
    return csv_bytes(HEAD, *lines)


def test_p11_an_upload_is_checked_shown_and_applied(admin: User) -> None:
    content = csv_bytes(
        HEAD,
        'lina@x.example,+1 217 333 4666,Lina Haddad,"teacher, mentor",ar',
        ",+12173334667,B,student,",
    )
    owner = brought("users", content, admin)
    assert (owner.state, owner.rows_create, owner.rows_wrong) == (State.READY, 2, 0)
    assert not User.objects.filter(email="lina@x.example").exists()
    applied(owner, admin)
    assert owner.state == State.DONE
    assert owner.result == {"created": 2}
    lina = User.objects.get(email="lina@x.example")
    assert (lina.full_name, lina.phone_number, lina.language) == (
        "Lina Haddad",
        "+12173334666",
        "ar",
    )
    assert lina.roles == {Role.TEACHER, Role.MENTOR}
    assert not lina.has_usable_password()
    assert EmailAddress.objects.get(user=lina).verified is False
    entry = ModelLogEntry.objects.get(action="accounts.invite", object_id=lina.pk)
    assert (entry.user, entry.label) == (admin, f"#{lina.pk}")


def test_p11_the_same_file_twice_changes_nothing(admin: User) -> None:
    content = many(5)
    applied(brought("users", content, admin), admin)
    users = list(User.objects.order_by("pk").values())
    log, jobs = ModelLogEntry.objects.count(), OutboxMessage.objects.count()
    again = brought("users", content, admin)
    assert (again.rows_same, again.rows_create, again.rows_change) == (5, 0, 0)
    applied(again, admin)
    assert again.state == State.DONE
    assert again.result == {}
    assert list(User.objects.order_by("pk").values()) == users
    assert ModelLogEntry.objects.exclude(action__startswith="imports.").count() == log - 2
    assert OutboxMessage.objects.count() == jobs + 2  # its own two passes, no invitation


def test_p11_an_error_names_row_and_column_and_nothing_is_applied(admin: User) -> None:
    content = csv_bytes(
        HEAD,
        "good@x.example,,Good,student,en",
        "bad,,,wizard,xx",
        "good@x.example,,Twice,student,en",
        ",,Nobody,student,",
    )
    owner = brought("users", content, admin)
    assert (owner.state, owner.rows_wrong, owner.rows_create) == (State.REFUSED, 3, 1)
    found = {(row.number, error["column"]) for row in owner.rows.all() for error in row.errors}
    assert found == {
        *((3, name) for name in ("email", "full_name", "roles", "language")),
        (4, "email"),
        (5, "email"),
    }
    with pytest.raises(DomainError):
        services.apply(owner=owner, actor=admin)
    engine.apply(owner.pk)
    assert not User.objects.filter(email="good@x.example").exists()


def test_p11_only_what_the_file_names_is_changed(admin: User) -> None:
    known = factories.user(
        Role.TEACHER, email="k@x.example", full_name="Known", timezone="Asia/Riyadh"
    )
    accounts.set_password(user=known, password="kept-password-1")
    epoch = User.objects.get(pk=known.pk).session_epoch
    owner = brought("users", csv_bytes(HEAD, "K@x.example,+12173334666,New Name,mentor,"), admin)
    row = owner.rows.get()
    assert (row.outcome, row.before["full_name"], row.after["full_name"]) == (
        Outcome.CHANGE,
        "Known",
        "New Name",
    )
    applied(owner, admin)
    known = User.objects.get(pk=known.pk)
    assert (known.full_name, known.timezone, known.language) == ("New Name", "Asia/Riyadh", "en")
    assert (known.phone_number, known.phone_verified) == ("+12173334666", False)
    assert known.roles == {Role.MENTOR}
    assert known.check_password("kept-password-1")
    assert known.session_epoch == epoch
    assert not OutboxMessage.objects.filter(actor__endswith="send_invitation").exists()


def test_p11_an_account_is_never_handed_over(admin: User) -> None:
    factories.user(Role.STUDENT, email="a@x.example", phone="+12173334666")
    factories.user(Role.STUDENT, email="b@x.example")
    content = csv_bytes(
        HEAD,
        "a@x.example,+12173334667,Other phone,student,",
        "b@x.example,+12173334666,Two accounts,student,",
    )
    owner = brought("users", content, admin)
    assert owner.state == State.REFUSED
    assert [r.errors[0]["column"] for r in owner.rows.all()] == ["phone", "phone"]


def test_p11_nobody_takes_the_role_admin_from_themselves(admin: User) -> None:
    owner = brought("users", csv_bytes(HEAD, f"{admin.email},,Me,student,"), admin)
    assert owner.state == State.REFUSED
    assert owner.rows.get().errors[0]["column"] == "roles"


def test_p11_what_changed_after_the_preview_is_checked_again(admin: User) -> None:
    owner = brought("users", many(3), admin)
    assert owner.rows_create == 3
    meanwhile = factories.user(Role.TEACHER, email="p1@x.example", full_name="Meanwhile")
    applied(owner, admin)
    assert owner.state == State.CHECKING
    assert not User.objects.filter(email__in=["p0@x.example", "p2@x.example"]).exists()
    assert User.objects.get(pk=meanwhile.pk).full_name == "Meanwhile"
    engine.check(owner.pk)
    owner.refresh_from_db()
    assert (owner.state, owner.rows_create, owner.rows_change) == (State.READY, 2, 1)
    assert "line 3" in owner.problem
    applied(owner, admin)
    assert owner.result == {"created": 2, "changed": 1}


def test_p11_who_lost_the_right_meanwhile_writes_nothing(admin: User) -> None:
    owner = brought("users", many(2), admin)
    services.apply(owner=owner, actor=admin)
    accounts.set_roles(user=admin, roles=[Role.TEACHER], actor=None)
    engine.apply(owner.pk)
    owner.refresh_from_db()
    assert owner.state == State.FAILED
    assert not User.objects.filter(email="p0@x.example").exists()


def test_p11_an_admin_of_one_institution_and_others_bring_no_users(institution: Any) -> None:
    limited = factories.administrator(institution)
    for user in (limited, factories.user(Role.EDITOR), factories.user(Role.TEACHER)):
        with pytest.raises(DomainError):
            brought("users", many(1), user)
    assert not Import.objects.exists()


@pytest.mark.postgres
def test_p11_queries_do_not_grow_with_rows(admin: User) -> None:
    """Literal numbers: each thousand rows costs the same, to check and to write."""
    counts = {}
    for rows in (1_000, 2_000):
        owner = services.upload(
            kind="users", file=io.BytesIO(many(rows, start=rows * 10)), name="u.csv", actor=admin
        )
        with CaptureQueriesContext(connection) as checking:
            engine.check(owner.pk)
        owner.refresh_from_db()
        services.apply(owner=owner, actor=admin)
        with CaptureQueriesContext(connection) as writing:
            engine.apply(owner.pk)
        counts[rows] = (len(checking), len(writing))
    assert (counts[2_000][0] - counts[1_000][0]) == CHECK_A_THOUSAND, counts
    assert (counts[2_000][1] - counts[1_000][1]) == WRITE_A_THOUSAND, counts


CHECK_A_THOUSAND = 2
"""The accounts by e-mail; the rows are stored."""
WRITE_A_THOUSAND = 8
"""The rows; the accounts again, locked; accounts, addresses, groups (2), log, invitations."""


# --- invitations (P2) -------------------------------------------------------------------------------
def test_p2_who_is_imported_sets_a_password_by_the_link_and_once(
    admin: User, client: Client
) -> None:
    applied(brought("users", csv_bytes(HEAD, "n@x.example,,New,teacher,en"), admin), admin)
    for job in OutboxMessage.objects.filter(actor="campus.accounts.tasks.send_invitation"):
        outbox.run(job.pk)
    [message] = mail.outbox
    assert message.to == ["n@x.example"]
    path = re.search(r"https?://[^/]+(/\S+)", message.body).group(1)  # type: ignore[union-attr]
    assert client.get(path).status_code == 200
    assert client.post(path, {"password1": "a", "password2": "b"}).status_code == 422
    answer = client.post(path, {"password1": "long-enough-77", "password2": "long-enough-77"})
    assert answer.status_code == 302
    user = User.objects.get(email="n@x.example")
    assert user.check_password("long-enough-77")
    assert EmailAddress.objects.get(user=user).verified
    again = client.post(path, {"password1": "other-enough-77", "password2": "other-enough-77"})
    assert again.status_code == 410
    assert User.objects.get(pk=user.pk).check_password("long-enough-77")


def test_p2_a_link_of_another_channel_person_or_a_disabled_one_is_dead(client: Client) -> None:
    user = accounts.invite_staff(
        email="s@x.example", full_name="S", roles=[Role.TEACHER], actor=factories.user(Role.ADMIN)
    )
    other = factories.user(Role.TEACHER)
    path = path_for(user, Channel.EMAIL)
    *_rest, uid, token, _end = path.split("/")
    wrong = [
        path.replace("/email/", "/phone/"),
        path.replace(f"/{uid}/", f"/{path_for(other, Channel.EMAIL).split('/')[-3]}/"),
        path.replace(token, token[:-1] + ("a" if token[-1] != "a" else "b")),
        path.replace(f"/{uid}/", "/%FF/"),
    ]
    assert [client.get(one).status_code for one in wrong] == [410] * 4
    assert client.get(path).status_code == 200
    accounts.set_active(user=user, active=False, actor=None, reason="left")
    assert client.get(path).status_code == 410
