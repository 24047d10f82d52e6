"""Commands of operators about admins: another e-mail, addresses taken for proved."""

from io import StringIO

import pytest
from allauth.account.models import EmailAddress
from django.core.management import CommandError, call_command
from wagtail.models import ModelLogEntry

from campus.accounts.models import User
from portal.roles import Role
from tests import factories
from tests.campus.accounts.calls import sign_in

pytestmark = pytest.mark.django_db


def run(*args: str) -> str:
    out = StringIO()
    call_command(*args, stdout=out)
    return out.getvalue()


def test_set_admin_email_gives_the_one_admin_another_verified_e_mail() -> None:
    admin = factories.user(Role.ADMIN, email="old@example.org")
    bystander = factories.user(Role.TEACHER)
    assert "new@example.org" in run("set_admin_email", "New@Example.org")
    admin.refresh_from_db()
    assert admin.email == "new@example.org"
    assert list(EmailAddress.objects.filter(user=admin).values_list("email", "verified")) == [
        ("new@example.org", True)
    ]
    assert sign_in(factories.PASSWORD, email="new@example.org")[0] == 200
    assert sign_in(factories.PASSWORD, email="old@example.org")[0] == 400
    entry = ModelLogEntry.objects.get(action="accounts.change_email")
    assert entry.object_id == str(admin.pk)
    bystander.refresh_from_db()
    assert bystander.email != "new@example.org"


def test_set_admin_email_asks_whose_where_there_are_several() -> None:
    first = factories.user(Role.ADMIN, email="first@example.org")
    second = factories.user(email="second@example.org", is_superuser=True)
    with pytest.raises(CommandError, match="--admin"):
        run("set_admin_email", "new@example.org")
    run("set_admin_email", "new@example.org", "--admin", "second@example.org")
    first.refresh_from_db()
    second.refresh_from_db()
    assert [first.email, second.email] == ["first@example.org", "new@example.org"]


def test_set_admin_email_refuses_what_cannot_be() -> None:
    with pytest.raises(CommandError, match="seed_admin"):
        run("set_admin_email", "new@example.org")
    factories.user(Role.ADMIN, email="admin@example.org")
    factories.user(Role.STUDENT, email="taken@example.org")
    for wrong in ("taken@example.org", "no-address"):
        with pytest.raises(CommandError):
            run("set_admin_email", wrong)
    with pytest.raises(CommandError, match="seed_admin"):
        run("set_admin_email", "new@example.org", "--admin", "taken@example.org")
    assert User.objects.filter(email="admin@example.org").exists()


def test_verify_all_admins_verifies_admins_and_nobody_else() -> None:
    admin = factories.user(Role.ADMIN, phone="+12173334666")
    EmailAddress.objects.filter(user=admin).delete()
    superuser = User.objects.create_superuser("root@example.org", "x")
    done = factories.user(Role.ADMIN)
    student = factories.user(Role.STUDENT, phone="+12173334777")
    EmailAddress.objects.filter(user=student).update(verified=False)
    assert run("verify_all_admins").startswith("2 ")
    admin.refresh_from_db()
    student.refresh_from_db()
    assert admin.phone_verified and not student.phone_verified
    for user, verified in ((admin, True), (superuser, True), (done, True), (student, False)):
        assert EmailAddress.objects.get(user=user).verified is verified
    assert run("verify_all_admins").startswith("0 "), "a second time changes nothing"
    assert ModelLogEntry.objects.filter(action="accounts.verify").count() == 2
