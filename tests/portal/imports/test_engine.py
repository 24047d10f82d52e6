"""P11: all or nothing, in the background, taken up again where a worker was killed."""

import datetime as dt
import io
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.utils import timezone
from openpyxl import load_workbook

from campus.accounts import importers
from campus.accounts.models import User
from portal.imports import engine, files, progress, services
from portal.imports.errors import BadFile
from portal.imports.models import Import, ImportRow
from portal.jobs import outbox
from portal.models import OutboxMessage, StreamEvent
from portal.realtime.streams import user_stream
from portal.roles import Role
from tests import factories
from tests.portal.imports.bring import applied, brought, csv_bytes, xlsx_bytes

pytestmark = pytest.mark.django_db
HEAD = "email,full_name,roles"
State = Import.State


class Killed(BaseException):
    """What ends a worker: no handler of errors sees it."""


def people(count: int) -> bytes:
    return csv_bytes(HEAD, *(f"p{n}@x.example,Person {n},student" for n in range(count)))


def body(response: Any) -> bytes:
    return b"".join(response.streaming_content)


@pytest.fixture
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "BATCH", 4)


@pytest.mark.django_db(transaction=True)
def test_p11_a_worker_killed_in_the_middle_leaves_nothing_and_is_taken_up(
    admin: User, monkeypatch: pytest.MonkeyPatch, small_batches: None
) -> None:
    owner = brought("users", people(10), admin)
    services.apply(owner=owner, actor=admin)
    whole, calls = importers.UsersImporter.apply, []

    def dies(self: Any, table: str, rows: Any, run: Any) -> None:
        whole(self, table, rows, run)
        calls.append(len(rows))
        if len(calls) == 2:
            raise Killed

    job = OutboxMessage.objects.get(pk=Import.objects.get(pk=owner.pk).job_id)
    with monkeypatch.context() as patch:
        patch.setattr(importers.UsersImporter, "apply", dies)
        with pytest.raises(Killed):
            outbox.run(job.pk)
    assert calls == [4, 4]
    assert not User.objects.filter(email__endswith="@x.example").exists()
    assert not OutboxMessage.objects.filter(actor__endswith="send_invitation").exists()
    assert Import.objects.get(pk=owner.pk).state == State.APPLYING
    # The claim of the dead worker ends, and the sweeper's next one takes it up.
    assert outbox.run(job.pk) is False
    OutboxMessage.objects.filter(pk=job.pk).update(claimed_until=timezone.now())
    assert outbox.run(job.pk) is True
    assert Import.objects.get(pk=owner.pk).state == State.DONE
    assert User.objects.filter(email__endswith="@x.example").count() == 10
    # Twice is once.
    engine.apply(owner.pk)
    assert User.objects.filter(email__endswith="@x.example").count() == 10
    assert OutboxMessage.objects.filter(actor__endswith="send_invitation").count() == 10


@pytest.mark.django_db(transaction=True)
def test_p11_a_check_that_was_killed_starts_over(
    admin: User, monkeypatch: pytest.MonkeyPatch, small_batches: None
) -> None:
    owner = services.upload(kind="users", file=io.BytesIO(people(10)), name="p.csv", actor=admin)
    whole, calls = importers.UsersImporter.plan, []

    def dies(self: Any, table: str, rows: Any, run: Any) -> None:
        calls.append(len(rows))
        if len(calls) == 2:
            raise Killed
        whole(self, table, rows, run)

    with monkeypatch.context() as patch:
        patch.setattr(importers.UsersImporter, "plan", dies)
        with pytest.raises(Killed):
            engine.check(owner.pk)
    assert owner.rows.count() == 4
    engine.check(owner.pk)
    owner.refresh_from_db()
    assert (owner.state, owner.rows.count(), owner.rows_create) == (State.READY, 10, 10)


@pytest.mark.django_db(transaction=True)
def test_p11_progress_is_told_live_and_on_asking(
    admin: User, monkeypatch: pytest.MonkeyPatch, small_batches: None
) -> None:
    monkeypatch.setattr(progress, "EVERY", 0)
    seen: list[Any] = []
    whole = importers.UsersImporter.apply

    def looks(self: Any, table: str, rows: Any, run: Any) -> None:
        whole(self, table, rows, run)
        seen.append(progress.of(Import.objects.get(state=State.APPLYING)))

    owner = brought("users", people(10), admin)
    monkeypatch.setattr(importers.UsersImporter, "apply", looks)
    applied(owner, admin)
    assert seen == [(0, 10), (4, 10), (8, 10)]
    assert progress.of(owner) == (10, 10)
    told = [
        (event.payload["state"], event.payload["done"])
        for event in StreamEvent.objects.filter(
            stream__name=user_stream(admin.pk), type="import.progressed"
        ).order_by("number")
    ]
    checking = [("checking", 4), ("checking", 8), ("checking", 10), ("ready", 10)]
    assert told[:4] == checking
    assert told[-1] == ("done", 10)
    if connection.vendor == "postgresql":  # SQLite has one writer: there the page asks
        assert ("applying", 8) in told


def test_p11_an_error_in_the_portal_ends_the_import_and_writes_nothing(
    admin: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(*args: Any, **kwargs: Any) -> None:
        raise ValueError("a bug")

    owner = brought("users", people(3), admin)
    services.apply(owner=owner, actor=admin)
    with monkeypatch.context() as patch:
        patch.setattr(importers.UsersImporter, "finish", breaks)
        assert outbox.run(Import.objects.get(pk=owner.pk).job_id or 0)
    owner.refresh_from_db()
    assert owner.state == State.FAILED
    assert "a bug" not in owner.problem
    assert not User.objects.filter(email__endswith="@x.example").exists()
    services.check_again(owner=owner, actor=admin)
    engine.check(owner.pk)
    owner.refresh_from_db()
    assert owner.state == State.READY


def test_p11_what_no_worker_will_finish_is_told(admin: User) -> None:
    owner = services.upload(kind="users", file=io.BytesIO(people(1)), name="p.csv", actor=admin)
    assert services.end_stuck() == 0
    OutboxMessage.objects.filter(pk=owner.job_id).update(failed_at=timezone.now())
    assert services.end_stuck() == 1
    owner.refresh_from_db()
    assert owner.state == State.FAILED


@pytest.mark.parametrize("form", files.FORMATS)
def test_p11_the_file_of_errors_holds_the_rows_and_comes_back_corrected(
    form: str, admin: User
) -> None:
    rows = [
        ["email", "full_name", "roles"],
        ["a@x.example", "=HYPERLINK(1)", "student"],
        ["bad", "B", "student"],
    ]
    owner = brought("users", csv_bytes(*(",".join(row) for row in rows)), admin)
    content = body(files.rows_with_errors(owner, form))
    if form == "csv":
        lines = [line.split(",") for line in content.decode("utf-8-sig").splitlines()]
    else:
        sheet = load_workbook(io.BytesIO(content)).active
        assert all(cell.data_type != "f" for row in sheet.iter_rows() for cell in row)
        lines = [[str(v or "") for v in row] for row in sheet.iter_rows(values_only=True)]
    assert lines[0] == [*rows[0], "what_is_wrong"]
    assert lines[1] == ["a@x.example", "'=HYPERLINK(1)", "student", ""]
    assert lines[2] == ["bad", "B", "student", "email: Enter an e-mail address."]
    lines[2][0] = "b@x.example"
    if form == "csv":
        again = brought("users", csv_bytes(*(",".join(line) for line in lines)), admin)
    else:
        again = brought("users", xlsx_bytes(lines), admin, name="e.xlsx")
    assert (again.state, again.rows_create) == (State.READY, 2)
    assert again.rows.first().label == "=HYPERLINK(1)"
    only = body(files.rows_with_errors(owner, "csv", only_wrong=True)).decode()
    assert "bad" in only
    assert "a@x.example" not in only


def test_p11_a_workbook_that_breaks_while_it_is_read_is_refused(admin: User) -> None:
    owner = brought("users", csv_bytes(HEAD, "a@x.example,A,student", "b,c,d,e"), admin)
    assert owner.state == State.REFUSED
    assert "Line 3" in owner.problem
    with pytest.raises(BadFile):
        services.upload(kind="users", file=io.BytesIO(b"x"), name="a.pdf", actor=admin)


def test_p11_files_and_rows_go_after_a_while(admin: User) -> None:
    owner, fresh = brought("users", people(2), admin), brought("users", people(2), admin)
    old = timezone.now() - dt.timedelta(days=services.KEPT_DAYS + 1)
    Import.objects.filter(pk=owner.pk).update(created_at=old)
    storage, name = owner.file.storage, owner.file.name
    assert services.forget_old() == 1
    owner.refresh_from_db()
    assert not owner.file
    assert not storage.exists(name)
    assert not owner.rows.exists()
    assert owner.rows_create == 2
    assert ImportRow.objects.filter(owner=fresh).count() == 2
    assert services.forget_old() == 0


def test_p11_rows_by_json_are_a_file_too(admin: User) -> None:
    owner = services.upload_rows(
        kind="users",
        rows=[
            {"email": "j@x.example", "full_name": "J", "roles": ["teacher", "mentor"]},
            {"phone": "+12173334666", "full_name": "K", "roles": "student"},
        ],
        actor=admin,
    )
    engine.check(owner.pk)
    owner.refresh_from_db()
    assert (owner.state, owner.rows_create) == (State.READY, 2)
    with pytest.raises(BadFile):
        services.upload_rows(kind="users", rows=[{"email": {"a": 1}}], actor=admin)


def test_imports_are_seen_by_who_may_use_their_kind(admin: User, editor: User) -> None:
    owner = brought("users", people(1), admin)
    colleague = factories.user(Role.ADMIN)
    assert list(Import.objects.visible_to(colleague)) == [owner]
    assert not Import.objects.visible_to(editor).exists()
    cache.clear()
