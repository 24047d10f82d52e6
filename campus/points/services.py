"""Every write of activity points: ask, give, decide, correct, and what may be counted.

**Locks.** A decision locks the transactions it decides, by id, in one statement; notifications and
streams come last, in the order of people. Nothing else needs a lock: a balance is a sum of rows that
are never changed, and that a source gives points once is a constraint of the database (A3).
"""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.core.files.base import File
from django.db import transaction
from django.db.models import ProtectedError, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from campus.notifications.services import close_actions_of
from campus.people.models import Student
from campus.points import rules, tellings
from campus.points.errors import (
    AlreadyDecided,
    CategoryClosed,
    CategoryInUse,
    NotCorrectable,
    OwnPoints,
    TransactionNotFound,
)
from campus.points.models import (
    MOST_POINTS,
    PointCategory,
    PointEvidence,
    PointGoal,
    PointTransaction,
)
from portal import audit
from portal.errors import InvalidInput, NotAllowed

_State = PointTransaction.State

MOST_AT_ONCE = 500
"""Transactions of one bulk decision."""
MOST_EVIDENCE = 5 * 1024 * 1024
"""Bytes of a file of evidence."""
EVIDENCE = {b"%PDF-": ".pdf", b"\xff\xd8\xff": ".jpg", b"\x89PNG\r\n\x1a\n": ".png"}


@dataclass(frozen=True)
class Proposal:
    """Points that something gives a student, such as an event that they attended."""

    student: Student
    category: PointCategory
    points: int
    title: str


def propose(*, proposals: Sequence[Proposal], source: str, actor: Any) -> list[PointTransaction]:
    """Ask the mentors for points that come from ``source``; gives the rows that are new.

    A student has points once for each source (A3): who has them already is left out, so that a job may
    run again. Students must be loaded with ``mentor__user`` and ``user``. A fixed number of statements,
    however many students. Raises :class:`InvalidInput` for an empty source and points out of bounds, and
    :class:`CategoryClosed` for a category of another institution.
    """
    if not source:
        raise InvalidInput(_("Say what the points are from."), param="source")
    for one in proposals:
        _check_points(one.points)
        _check_category(one.category, one.student, even_closed=True)
    with transaction.atomic():
        rows = [
            PointTransaction(
                student=one.student,
                category=one.category,
                points=one.points,
                title=one.title[:300],
                source=source,
                asked_by=actor,
            )
            for one in proposals
        ]
        PointTransaction.objects.bulk_create(rows, ignore_conflicts=True)
        # Whose row it is that stands there now tells who had points before.
        stored = set(
            PointTransaction.objects.filter(
                source=source, pk__in=[row.pk for row in rows]
            ).values_list("pk", flat=True)
        )
        new = [row for row in rows if row.pk in stored]
        _record("points.ask", new, actor)
        if new:
            tellings.tell_asked(new, title=new[0].title)
    return new


def ask(
    *,
    student: Student,
    category: PointCategory,
    points: int,
    title: str,
    actor: Any,
    note: str = "",
    file: File | None = None,
) -> PointTransaction:
    """Ask for points for something done outside the portal, with what shows it.

    Raises :class:`NotAllowed` for another's student, :class:`CategoryClosed`, and :class:`InvalidInput`
    naming the field: points out of bounds, no title, no evidence, a file that is no PDF, JPEG or PNG or
    larger than 5 MB.
    """
    _require(actor, rules.ASK, student)
    _check_points(points)
    _check_category(category, student)
    title = " ".join(title.split())
    if not title:
        raise InvalidInput(_("Say what the points are for."), param="title")
    if file is None and not note.strip():
        raise InvalidInput(_("Show it by a file, or describe it."), param="note")
    if file is not None:
        _check_evidence(file)
    with transaction.atomic():
        row = PointTransaction.objects.create(
            student=student, category=category, points=points, title=title, asked_by=actor
        )
        PointEvidence.objects.create(transaction=row, note=note.strip(), file=file or "")
        _record("points.ask", [row], actor)
        tellings.tell_asked([row], title=title)
    return row


def decide(
    *,
    transactions: Iterable[uuid.UUID | str],
    approve: bool,
    actor: Any,
    reason: str = "",
) -> list[PointTransaction]:
    """Approve or reject: all that are named, or none (A2, A4).

    Each student is told live, once for each transaction. Raises :class:`TransactionNotFound` where one is
    out of the actor's sight, :class:`NotAllowed` and :class:`OwnPoints` for who may not decide,
    :class:`AlreadyDecided` naming those that were decided meanwhile, and :class:`InvalidInput` for a
    rejection without a reason in bulk, or too many.
    """
    wanted = {str(pk) for pk in transactions}
    if not wanted or len(wanted) > MOST_AT_ONCE:
        raise InvalidInput(
            _("Choose from 1 to %(count)d.") % {"count": MOST_AT_ONCE}, param="transactions"
        )
    with transaction.atomic():
        rows = _locked(wanted)
        seen = set(
            PointTransaction.objects.visible_to(actor)
            .filter(pk__in=wanted)
            .values_list("pk", flat=True)
        )
        if len(rows) != len(wanted) or len(seen) != len(wanted):
            raise TransactionNotFound
        for row in rows:
            _require_decider(actor, row.student)
        decided = [str(row.pk) for row in rows if row.state != _State.PENDING]
        if decided:
            raise AlreadyDecided(transactions=decided)
        _move(rows, _State.APPROVED if approve else _State.REJECTED, actor, reason)
        tellings.tell_decided(rows, "points.approved" if approve else "points.rejected")
    return rows


def correct(
    *, transaction_id: uuid.UUID | str, points: int, reason: str, actor: Any
) -> PointTransaction:
    """Add ``points`` (below zero: take away) to what was approved, by a new row that names it (A2).

    Raises as :func:`decide` does; :class:`NotCorrectable` for what is not approved or was corrected
    already; :class:`InvalidInput` for no reason, nothing to change, or taking away more than there is.
    """
    if not reason.strip():
        raise InvalidInput(_("Say why."), param="reason")
    with transaction.atomic():
        rows = _locked([str(transaction_id)])
        if (
            not rows
            or not PointTransaction.objects.visible_to(actor).filter(pk=rows[0].pk).exists()
        ):
            raise TransactionNotFound
        [row] = rows
        _require_decider(actor, row.student)
        if row.state != _State.APPROVED or PointTransaction.objects.filter(corrects=row).exists():
            raise NotCorrectable
        if not points or not -MOST_POINTS <= points <= MOST_POINTS or _worth(row) + points < 0:
            raise InvalidInput(_("This cannot be added or taken away."), param="points")
        correction = PointTransaction.objects.create(
            student=row.student,
            category=row.category,
            points=points,
            title=row.title,
            corrects=row,
            asked_by=actor,
            state=_State.APPROVED,
            decided_by=actor,
            decided_at=timezone.now(),
            reason=reason.strip()[:300],
        )
        audit.record(
            action="points.correct",
            instance=correction,
            actor=actor,
            after={"points": points, "corrects": str(row.pk)},
            label=correction.audit_label,
            reason=correction.reason,
        )
        tellings.tell_decided([correction], "points.corrected")
    return correction


def give_up(*, student: Student, actor: Any) -> int:
    """The student is forgotten (P9): what waits is refused, what was shown for points goes; how many waited.

    May run twice. Nobody is told.
    """
    with transaction.atomic():
        waiting = PointTransaction.objects.filter(student=student).pending()
        rows = _locked([str(pk) for pk in waiting.values_list("pk", flat=True)])
        rows = [row for row in rows if row.state == _State.PENDING]
        if rows:
            _move(rows, _State.REJECTED, actor, "")
            close_actions_of([str(row.pk) for row in rows])
        for one in PointEvidence.objects.select_for_update().filter(transaction__student=student):
            if one.file:
                transaction.on_commit(partial(one.file.storage.delete, str(one.file.name)))
            one.delete()
    return len(rows)


def write_category(
    *, actor: Any, changes: Mapping[str, Any], category: PointCategory | None = None
) -> PointCategory:
    """Make or change a category. Raises :class:`NotAllowed`, and ``ValidationError`` naming fields."""
    return _write(PointCategory, "category", actor, changes, category)


def write_goal(
    *, actor: Any, changes: Mapping[str, Any], goal: PointGoal | None = None
) -> PointGoal:
    """Say how many points a program asks for. Raises as :func:`write_category`."""
    return _write(PointGoal, "goal", actor, changes, goal)


def delete_category(*, category: PointCategory, actor: Any) -> None:
    """Take a category away. Raises :class:`CategoryInUse` where points were asked for or given in it, or
    something else (an event) gives them."""
    with transaction.atomic():
        _require(actor, rules.MANAGE, category)
        audit.record(action="points.remove_category", instance=category, actor=actor)
        try:
            category.delete()
        except ProtectedError:
            raise CategoryInUse from None


def delete_goal(*, goal: PointGoal, actor: Any) -> None:
    """Ask for nothing any more."""
    with transaction.atomic():
        _require(actor, rules.MANAGE, goal)
        audit.record(action="points.remove_goal", instance=goal, actor=actor)
        goal.delete()


# --- what the above are made of -------------------------------------------------------------------


def _write(kind: Any, word: str, actor: Any, changes: Mapping[str, Any], held: Any) -> Any:
    with transaction.atomic():
        thing = kind.objects.select_for_update().get(pk=held.pk) if held else kind()
        before = {name: _json(getattr(thing, name)) for name in changes} if held else {}
        if held:
            _require(actor, rules.MANAGE, thing)
        for name, value in changes.items():
            setattr(thing, name, value)
        thing.full_clean()
        _require(actor, rules.MANAGE, thing)
        thing.save()
        after = {name: _json(getattr(thing, name)) for name in changes}
        audit.record(
            action=f"points.{'change' if held else 'add'}_{word}",
            instance=thing,
            actor=actor,
            before={name: old for name, old in before.items() if old != after[name]},
            after={name: new for name, new in after.items() if new != before.get(name)},
        )
    return thing


def _json(value: Any) -> Any:
    return value if isinstance(value, str | int | bool | None) else getattr(value, "pk", str(value))


def _locked(wanted: Iterable[str]) -> list[PointTransaction]:
    return list(
        PointTransaction.objects.select_for_update(no_key=True, of=("self",))
        .select_related("student__user", "student__mentor__user", "category")
        .filter(pk__in=wanted)
        .order_by("pk")
    )


def _move(rows: list[PointTransaction], to: _State, actor: Any, reason: str) -> None:
    """The one place where a transaction changes its state."""
    now = timezone.now()
    for row in rows:
        if to not in PointTransaction.TRANSITIONS[_State(row.state)]:
            raise AlreadyDecided(transactions=[str(row.pk)])
        row.state, row.decided_by, row.decided_at, row.reason = to, actor, now, reason.strip()[:300]
    PointTransaction.objects.filter(pk__in=[row.pk for row in rows]).update(
        state=to, decided_by=actor, decided_at=now, reason=reason.strip()[:300]
    )
    _record("points.approve" if to == _State.APPROVED else "points.reject", rows, actor)


def _record(action: str, rows: list[PointTransaction], actor: Any) -> None:
    audit.record_many(
        action=action,
        entries=[
            (
                row,
                {
                    "before": {"state": str(_State.PENDING)} if row.decided_at else {},
                    "after": {"state": str(row.state), "points": row.points},
                    **({"reason": row.reason} if row.reason else {}),
                },
            )
            for row in rows
        ],
        actor=actor,
        label=lambda row: row.audit_label,
    )


def _worth(row: PointTransaction) -> int:
    """What a row and all that it corrects, one after the other, come to. One query at most.

    A correction is of the same student and category as what it corrects, so those that correct or were
    corrected there hold the whole chain.
    """
    if row.corrects_id is None:
        return row.points
    chained = PointTransaction.objects.filter(
        Q(corrects__isnull=False) | Q(correction__isnull=False),
        student=row.student_id,
        category=row.category_id,
    )
    rows = chained.values_list("pk", "points", "corrects")
    held: dict[Any, tuple[int, Any]] = {pk: (points, old) for pk, points, old in rows}
    total, before = row.points, row.corrects_id
    while before is not None:
        points, before = held[before]
        total += points
    return total


def _require(actor: Any, permission: str, thing: Any) -> None:
    if actor is not None and not actor.has_perm(permission, thing):
        raise NotAllowed


def _require_decider(actor: Any, student: Student) -> None:
    _require(actor, rules.DECIDE, student)
    if actor is not None and student.user_id == actor.pk:
        raise OwnPoints


def _check_points(points: int) -> None:
    if not 0 < points <= MOST_POINTS:
        raise InvalidInput(
            _("Enter a number from %(least)d to %(most)d.") % {"least": 1, "most": MOST_POINTS},
            param="points",
        )


def _check_category(
    category: PointCategory, student: Student, *, even_closed: bool = False
) -> None:
    closed = not (category.is_active or even_closed)
    if closed or category.institution_id != student.institution_id:
        raise CategoryClosed(param="category")


def _check_evidence(file: File) -> None:
    """What it is stands in its first bytes, not in its name."""
    if file.size > MOST_EVIDENCE:
        raise InvalidInput(_("The file may have at most 5 MB."), param="file")
    head = file.read(8)
    file.seek(0)
    ending = next((end for magic, end in EVIDENCE.items() if head.startswith(magic)), None)
    if ending is None:
        raise InvalidInput(_("Upload a PDF, a JPEG or a PNG."), param="file")
    file.name = f"evidence{ending}"
