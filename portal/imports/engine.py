"""Two passes over a file: checking, which stores each row with what it would do, and applying.

Both take ``BATCH`` rows at a time, so that memory and the number of queries for each thousand rows stay
the same however long the file is. Checking commits batch by batch and starts over if it is run again;
applying is one transaction, so a worker that dies in it leaves nothing, and the job that is taken up again
begins anew, or finds it done.
"""

import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any
from uuid import UUID

import structlog
from django.core.exceptions import ValidationError
from django.db import DataError, IntegrityError, OperationalError, connection, transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from portal import audit
from portal.constraints import broken_constraint, constraint_message
from portal.errors import DomainError
from portal.imports import progress, reading
from portal.imports.errors import BadCell, BadFile, ChangedMeanwhile
from portal.imports.models import Import, ImportRow
from portal.imports.registry import Column, Importer, Row, Run, Table, importer_of
from portal.jobs import GiveUp
from portal.text import refusal

BATCH = 1_000
TURN = 0x1A90
"""The key of PostgreSQL's advisory lock: one import is applied at a time, so that two that lock the same
rows in their own orders never wait for each other."""

State, Outcome = Import.State, ImportRow.Outcome
logger = structlog.get_logger(__name__)


# --- checking -------------------------------------------------------------------------------------
def check(import_id: UUID) -> None:
    """Read the file of an import, store its rows and say whether it can be applied.

    Does nothing unless the state is *being checked*; may run twice.
    """
    owner = Import.objects.select_related("actor").get(pk=import_id)
    if owner.state != State.CHECKING:
        return
    with translation.override(getattr(owner.actor, "language", "") or None):
        _guarded(owner, State.CHECKING, lambda: _check(owner))


def _check(owner: Import) -> None:
    importer = importer_of(owner.kind)
    ImportRow.objects.filter(owner=owner)._raw_delete(using="default")
    run = Run(actor=owner.actor, import_id=owner.pk, subject=owner.subject)
    importer.start(run)
    tally = dict.fromkeys(Outcome.values, 0)
    try:
        with (
            owner.file.open("rb") as file,
            reading.opened(
                file, owner.file_name, importer.tables, archive=importer.archive
            ) as tables,
            progress.Progress(owner, owner.rows_total) as told,
        ):
            position = 0
            owner.headings = {table.name: heading.names for table, heading, _lines in tables}
            for table, heading, lines in tables:
                for batch in _batches(lines):
                    rows = [read_row(table, heading.columns, n, cells) for n, cells in batch]
                    examine(importer, table, rows, run)
                    stored = [_as_stored(owner, row, position + i) for i, row in enumerate(rows)]
                    ImportRow.objects.bulk_create(stored)
                    position += len(rows)
                    for row in rows:
                        tally[row.outcome] += 1
                    told.step(len(rows))
        if not position:
            raise BadFile(_("The file holds no rows under its heading."))
    except BadFile as error:
        finish(owner, State.CHECKING, State.REFUSED, problem=str(error), tally=tally)
    else:
        state = State.REFUSED if tally[Outcome.WRONG] else State.READY
        finish(owner, State.CHECKING, state, tally=tally)


def read_row(table: Table, columns: Sequence[Column | None], number: int, cells: list[str]) -> Row:
    """A row with its values, or with what is wrong in each cell."""
    row = Row(table.name, number, cells)
    for column, cell in zip(columns, cells, strict=True):
        if column is None:
            continue
        if not cell:
            if column.required:
                row.wrong(column.name, _("This must be filled in."))
            continue
        try:
            if (told := refusal(cell)) is not None:
                raise BadCell(told)
            if len(cell) > column.max_length:
                raise BadCell(_("At most %(count)d characters.") % {"count": column.max_length})
            row.values[column.name] = column.parse(cell)
        except (BadCell, ValidationError) as error:
            row.wrong(column.name, getattr(error, "message", error))
    return row


def examine(importer: Importer, table: Table, rows: Sequence[Row], run: Run) -> None:
    """Check a batch and plan what is right in it; afterwards each row has its outcome."""
    for column in table.columns:
        if column.unique:
            _refuse_doubles(table, column, rows, run)
    importer.check(table.name, rows, run)
    right = [row for row in rows if not row.errors]
    if right:
        importer.plan(table.name, right, run)
    for row in rows:
        if row.errors:
            row.outcome, row.before, row.after = Outcome.WRONG, {}, {}


def _refuse_doubles(table: Table, column: Column, rows: Iterable[Row], run: Run) -> None:
    seen = run.seen.setdefault((table.name, column.name), {})
    for row in rows:
        value = row.values.get(column.name)
        if value is None:
            continue
        first = seen.setdefault(value, row.number)
        if first != row.number:
            row.wrong(column.name, _("This stands in line %(line)d too.") % {"line": first})


def _as_stored(owner: Import, row: Row, position: int) -> ImportRow:
    return ImportRow(
        owner=owner,
        position=position,
        table=row.table,
        number=row.number,
        cells=row.cells,
        label=row.label[:200],
        outcome=row.outcome,
        errors=row.errors,
        before=row.before,
        after=row.after,
    )


def _batches(lines: Iterable[Any]) -> Iterator[list[Any]]:
    lines = iter(lines)
    while batch := list(itertools.islice(lines, BATCH)):
        yield batch


# --- applying -------------------------------------------------------------------------------------
def apply(import_id: UUID) -> None:
    """Write all rows of an import, or none.

    What each row would do is worked out again, on locked rows; if it is not what the preview showed,
    nothing is written and the import is checked anew. Does nothing unless the state is *being applied*,
    so a second run after the commit is harmless.
    """
    owner = Import.objects.select_related("actor").get(pk=import_id)
    if owner.state != State.APPLYING:
        return
    with translation.override(getattr(owner.actor, "language", "") or None):
        _guarded(owner, State.APPLYING, lambda: _apply(owner))


def _apply(owner: Import) -> None:
    importer = importer_of(owner.kind)
    if owner.actor is None or not importer.may_use(owner.actor):
        finish(
            owner, State.APPLYING, State.FAILED, problem=_("Who brought it may no longer do so.")
        )
        return
    with progress.Progress(owner, owner.rows_total) as told:
        try:
            with transaction.atomic():
                _take_turn()
                if Import.objects.select_for_update(of=("self",)).get(pk=owner.pk).state != (
                    State.APPLYING
                ):
                    return
                run = Run(actor=owner.actor, import_id=owner.pk, subject=owner.subject, locks=True)
                _write(owner, importer, run, told)
                told.close()
                finish(owner, State.APPLYING, State.DONE, result=run.results)
        except (ChangedMeanwhile, IntegrityError) as error:
            told.close()
            _begin_again(owner, error)


def _take_turn() -> None:
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [TURN])


def _write(owner: Import, importer: Importer, run: Run, told: progress.Progress) -> None:
    importer.start(run)
    for table in importer.tables:
        columns = [table.column(name) for name in owner.headings.get(table.name, ())]
        for stored in _stored_batches(owner, table):
            rows = [read_row(table, columns, one.number, one.cells) for one in stored]
            examine(importer, table, rows, run)
            for row, one in zip(rows, stored, strict=True):
                if _shown(row) != (one.outcome, one.before, one.after):
                    raise ChangedMeanwhile(f"{row.table} {row.number}".strip())
            writing = [row for row in rows if row.outcome != Outcome.SAME]
            if writing:
                importer.apply(table.name, writing, run)
            told.step(len(rows))
    importer.finish(run)


def _shown(row: Row) -> tuple[str, dict[str, Any], dict[str, Any]]:
    return (row.outcome, row.before, row.after)


def _stored_batches(owner: Import, table: Table) -> Iterator[list[ImportRow]]:
    after = -1
    while True:
        rows = ImportRow.objects.filter(owner=owner, table=table.name, position__gt=after)
        batch = list(rows.order_by("position")[:BATCH])
        if not batch:
            return
        yield batch
        after = batch[-1].position


def _begin_again(owner: Import, error: Exception) -> None:
    """Nothing was written: have the file checked against what is stored now."""
    from portal.imports.services import hand_over_check  # noqa: PLC0415 (it builds on this module)

    if isinstance(error, IntegrityError):
        what = constraint_message(broken_constraint(error) or "")
    else:
        what = _("First at line %(line)s.") % {"line": error}
    with transaction.atomic():
        if move(owner, State.APPLYING, State.CHECKING):
            owner.problem = (
                _("What is stored changed after the preview, so nothing was applied.") + f" {what}"
            )
            owner.save(update_fields=["problem"])
            hand_over_check(owner)
            progress.tell_state(owner)


# --- states ---------------------------------------------------------------------------------------
def move(owner: Import, before: str, after: str) -> bool:
    """Take an import from one state to the next by one statement; False if it was in another."""
    if after not in Import.TRANSITIONS[before]:
        raise ValueError(f"{before} → {after} is no transition of an import.")
    moved = Import.objects.filter(pk=owner.pk, state=before).update(state=after)
    if moved:
        owner.state = after
    return bool(moved)


def finish(
    owner: Import,
    before: str,
    after: str,
    *,
    problem: str = "",
    tally: dict[str, int] | None = None,
    result: dict[str, int] | None = None,
) -> None:
    """End a pass: state, counts and log entry, told live; in one transaction."""
    now = timezone.now()
    with transaction.atomic():
        if not move(owner, before, after):
            return
        fields = ["problem"]
        if problem:  # (a file that had to be checked anew keeps the sentence that says why)
            owner.problem = problem
        if tally is not None:
            owner.rows_wrong, owner.rows_create, owner.rows_change, owner.rows_same = (
                tally[name] for name in Outcome.values
            )
            owner.rows_total, owner.checked_at = sum(tally.values()), now
            fields += ["rows_wrong", "rows_create", "rows_change", "rows_same"]
            fields += ["rows_total", "checked_at", "headings"]
        if result is not None:
            owner.result = result
            fields.append("result")
        if after in {State.DONE, State.FAILED}:
            owner.ended_at = now
            fields.append("ended_at")
        owner.save(update_fields=fields)
        if after == State.DONE:
            audit.record(
                action="imports.apply",
                instance=owner,
                actor=owner.actor,
                label=owner.kind,
                file=owner.file_name,
                rows=owner.rows_total,
                result=owner.result,
            )
        progress.tell_state(owner)
    progress.forget(owner)


def _guarded(owner: Import, state: str, work: Callable[[], None]) -> None:
    """Run a pass. What another try may mend goes on to the outbox; what it cannot ends the import."""
    try:
        work()
    except OperationalError:
        raise  # a deadlock, a database that restarts: tried again
    except (DomainError, DataError, OSError, LookupError, ValueError, TypeError) as error:
        logger.exception("import_failed", import_id=str(owner.pk), kind=owner.kind)
        told = str(error) if isinstance(error, DomainError) else ""
        finish(
            owner, state, State.FAILED, problem=told or _("An error of the portal; it is logged.")
        )
        raise GiveUp(repr(error)) from error
