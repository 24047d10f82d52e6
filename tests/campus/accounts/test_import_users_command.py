"""import_users: the command stands on the same mechanism (P11)."""

import io
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from campus.accounts.models import User
from portal.imports.models import Import
from tests.portal.imports.bring import csv_bytes

pytestmark = pytest.mark.django_db
HEAD = "email,full_name,roles"


def test_p11_the_command_imports_and_the_second_time_changes_nothing(
    admin: User, tmp_path: Path
) -> None:
    file = tmp_path / "users.csv"
    file.write_bytes(csv_bytes(HEAD, "a@x.example,A,student", "b@x.example,B,teacher"))
    told = io.StringIO()
    call_command("import_users", str(file), dry_run=True, stdout=told)
    assert not User.objects.filter(email="a@x.example").exists()
    call_command("import_users", str(file), actor=admin.email, stdout=told)
    call_command("import_users", str(file), stdout=told)
    assert User.objects.filter(email__endswith="@x.example").count() == 2
    assert told.getvalue().splitlines() == [
        "2 rows: 2 new, 0 changed, 0 unchanged.",
        "2 rows: 2 new, 0 changed, 0 unchanged.",
        "2 created.",
        "2 rows: 0 new, 0 changed, 2 unchanged.",
        "Nothing to change.",
    ]
    assert Import.objects.filter(actor=admin).count() == 3


def test_p11_the_command_tells_lines_and_changes_nothing(admin: User, tmp_path: Path) -> None:
    file = tmp_path / "users.csv"
    file.write_bytes(csv_bytes(HEAD, "a@x.example,A,student", "bad,B,student"))
    errors = io.StringIO()
    with pytest.raises(CommandError):
        call_command("import_users", str(file), stderr=errors)
    assert "line 3: email: Enter an e-mail address." in errors.getvalue()
    assert not User.objects.filter(email="a@x.example").exists()
    for wrong in ({"actor": "nobody@x.example"}, {"actor": None}):
        with pytest.raises(CommandError):
            call_command("import_users", str(tmp_path / "missing.csv"), **wrong)
