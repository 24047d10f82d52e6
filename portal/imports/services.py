"""What people do with imports: bring a file, look, apply it or let it go."""

import csv
import datetime as dt
import hashlib
import io
import uuid
from collections.abc import Mapping, Sequence
from pathlib import PurePath
from typing import IO, Any

from django.core.files import File
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from portal import audit
from portal.errors import NotAllowed
from portal.imports import engine, progress, reading
from portal.imports.errors import BadFile, NoSuchImporter, WrongState
from portal.imports.models import Import, ImportRow
from portal.imports.registry import importer_of
from portal.jobs import enqueue
from portal.models import OutboxMessage
from portal.text import refusal

State = Import.State
CHECK, APPLY = "portal.imports.tasks.check", "portal.imports.tasks.apply"
KEPT_DAYS = 30
"""After so many days the file and the rows go; the import itself stays, with its counts."""


def upload(
    *, kind: str, file: IO[bytes], name: str, actor: Any, subject: uuid.UUID | None = None
) -> Import:
    """Store a file and have it checked in the background.

    ``subject`` is the id of what the rows are about, for kinds that have such; that ``actor`` may write
    about it, the caller has seen. Raises ``NoSuchImporter`` for a kind that ``actor`` may not bring, or
    with a subject missing or too many, and ``BadFile`` for what can be
    seen to be no such file at once.
    """
    importer = importer_of(kind)
    if not importer.may_use(actor) or importer.has_subject != (subject is not None):
        raise NoSuchImporter
    name = PurePath(name.replace("\\", "/")).name.replace("\0", "")[-200:]
    if (told := refusal(name)) is not None:
        raise BadFile(told)
    reading.check_upload(file, name, archive=importer.archive)
    digest = hashlib.sha256()
    while piece := file.read(reading.CHUNK):
        digest.update(piece)
    size = file.tell()
    file.seek(0)
    owner = Import(
        kind=kind,
        subject=subject,
        actor=actor,
        file_name=name,
        file_size=size,
        digest=digest.hexdigest(),
    )
    owner.file.save(name, File(file), save=False)
    try:
        with transaction.atomic():
            owner.save()
            audit.record(
                action="imports.upload",
                instance=owner,
                actor=actor,
                label=kind,
                file=name,
                digest=owner.digest,
            )
            hand_over_check(owner)
    except BaseException:
        owner.file.delete(save=False)
        raise
    return owner


def upload_rows(*, kind: str, rows: Sequence[Mapping[str, Any]], actor: Any) -> Import:
    """As ``upload``, for rows that came as JSON objects: they are kept as a CSV file.

    Lists become words with commas between. Raises ``BadFile`` for values that are no single cell.
    """
    names = list(dict.fromkeys(name for row in rows for name in row))
    if not names:
        raise BadFile(_("There are no rows."))
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(names)
    for row in rows:
        writer.writerow([_as_cell(row.get(name)) for name in names])
    content = io.BytesIO(text.getvalue().encode())
    return upload(kind=kind, file=content, name="rows.csv", actor=actor)


def _as_cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, list) and all(isinstance(one, str | int) for one in value):
        return ", ".join(str(one) for one in value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int | float):
        return str(value)
    raise BadFile(_("A value must be a text, a number or a list of them."))


def hand_over_check(owner: Import) -> None:
    """Have a worker check ``owner``, whose state already says so; in the caller's transaction."""
    owner.job_id = enqueue(CHECK, import_id=str(owner.pk)).pk
    owner.save(update_fields=["job_id"])


def check_again(*, owner: Import, actor: Any) -> Import:
    """Check the file anew: after an error, or because what is stored has changed."""
    return _from(owner, {State.REFUSED, State.READY, State.FAILED}, State.CHECKING, actor)


def apply(*, owner: Import, actor: Any) -> Import:
    """Have a worker write what the preview showed, all or nothing. Applied twice, it is written once."""
    return _from(owner, {State.READY}, State.APPLYING, actor)


def discard(*, owner: Import, actor: Any) -> Import:
    """Let the upload go: its file and its rows are removed."""
    owner = _from(owner, {State.REFUSED, State.READY, State.FAILED}, State.DISCARDED, actor)
    _empty(owner)
    return owner


def _from(owner: Import, states: set[Import.State], after: Import.State, actor: Any) -> Import:
    importer = importer_of(owner.kind)
    if not importer.may_use(actor):
        raise NotAllowed
    with transaction.atomic():
        locked = Import.objects.select_for_update(of=("self",)).get(pk=owner.pk)
        before = locked.state
        if before == after:  # asked twice
            return locked
        if before not in states:
            raise WrongState(state=before)
        if after in {State.CHECKING, State.APPLYING} and not locked.file:  # let go after a while
            raise WrongState(_("The file is not kept any more. Bring it again."), state=before)
        engine.move(locked, before, after)
        fields = ["job_id", "actor", "ended_at", "problem"]
        locked.ended_at, locked.problem = None, ""
        if after == State.APPLYING:
            # Who says yes is who does it, and whose rights are asked for.
            locked.actor = actor
            locked.job_id = enqueue(APPLY, import_id=str(locked.pk)).pk
        elif after == State.CHECKING:
            locked.actor = actor
            locked.job_id = enqueue(CHECK, import_id=str(locked.pk)).pk
        else:
            locked.ended_at = timezone.now()
            audit.record(action="imports.discard", instance=locked, actor=actor, label=locked.kind)
        locked.save(update_fields=fields)
        progress.forget(locked)
        progress.tell_state(locked)
    return locked


def _empty(owner: Import) -> None:
    ImportRow.objects.filter(owner=owner)._raw_delete(using="default")
    if owner.file:
        owner.file.delete(save=False)
        Import.objects.filter(pk=owner.pk).update(file="")


def forget_old() -> int:
    """Remove files and rows of imports older than ``KEPT_DAYS``; how many were emptied."""
    limit = timezone.now() - dt.timedelta(days=KEPT_DAYS)
    busy = {State.CHECKING, State.APPLYING}
    old = Import.objects.filter(created_at__lt=limit).exclude(Q(file="") | Q(state__in=busy))
    count = 0
    for owner in old[:500]:
        _empty(owner)
        count += 1
    return count


def end_stuck() -> int:
    """Tell as failed what is still busy though its job has failed for good; how many there were."""
    count = 0
    for owner in Import.objects.filter(state__in=[State.CHECKING, State.APPLYING]):
        job = OutboxMessage.objects.filter(pk=owner.job_id or 0).first()
        if job is None or job.failed_at is not None:
            engine.finish(
                owner,
                owner.state,
                State.FAILED,
                problem=_("The work was tried several times and failed."),
            )
            count += 1
    return count
