"""Writes to many students at once, for imports: a fixed number of statements for each thousand."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from campus.people.models import StaffProfile, Student
from campus.people.signals import mentor_assigned
from portal import audit
from portal.pagecache import touch


@dataclass
class StudentChange:
    """What becomes of one student, whom the caller has locked; ``before`` and ``after`` are for the log."""

    student: Student
    fields: Mapping[str, Any]
    before: Mapping[str, Any] = field(default_factory=dict)
    after: Mapping[str, Any] = field(default_factory=dict)


@dataclass
class StaffChange:
    """What becomes of one of the staff, whom the caller has locked; as ``StudentChange``."""

    staff: StaffProfile
    fields: Mapping[str, Any]
    before: Mapping[str, Any] = field(default_factory=dict)
    after: Mapping[str, Any] = field(default_factory=dict)


def add_students(
    rows: Sequence[tuple[Mapping[str, Any], Mapping[str, Any]]], *, actor: Any
) -> list[Student]:
    """Store new students: checked values of each, and what the log tells. Raises ``IntegrityError`` for a
    number or an account that another student has."""
    students = Student.objects.bulk_create([Student(**fields) for fields, _told in rows])
    audit.record_many(
        action="people.add_student",
        entries=[
            (student, {"before": {}, "after": dict(told)})
            for student, (_fields, told) in zip(students, rows, strict=True)
        ],
        actor=actor,
        label=_label,
    )
    return students


def change_students(changes: Sequence[StudentChange], *, actor: Any) -> None:
    """Store changed fields of locked students. Logged."""
    if not changes:
        return
    touched: set[str] = set()
    for change in changes:
        for name, value in change.fields.items():
            setattr(change.student, name, value)
            touched.add(name)
    Student.objects.bulk_update([change.student for change in changes], sorted(touched))
    _log("people.change_student", changes, actor)


def add_staff(
    rows: Sequence[tuple[Mapping[str, Any], Mapping[str, Any]]], *, actor: Any
) -> list[StaffProfile]:
    """Store new staff: checked values of each, and what the log tells. Raises ``IntegrityError`` for a
    number or an account that another has."""
    if not rows:
        return []
    staff = StaffProfile.objects.bulk_create([StaffProfile(**fields) for fields, _told in rows])
    told = [{"before": {}, "after": dict(after)} for _fields, after in rows]
    _log_staff("people.add_staff", list(zip(staff, told, strict=True)), actor)
    return staff


def change_staff(changes: Sequence[StaffChange], *, actor: Any) -> None:
    """Store changed fields of locked staff. Logged."""
    if not changes:
        return
    touched: set[str] = set()
    for change in changes:
        for name, value in change.fields.items():
            setattr(change.staff, name, value)
            touched.add(name)
    StaffProfile.objects.bulk_update([change.staff for change in changes], sorted(touched))
    told = [(c.staff, {"before": dict(c.before), "after": dict(c.after)}) for c in changes]
    _log_staff("people.change_staff", told, actor)


def _log_staff(
    action: str, entries: Sequence[tuple[StaffProfile, dict[str, Any]]], actor: Any
) -> None:
    audit.record_many(action=action, entries=entries, actor=actor, label=lambda one: f"#{one.pk}")
    touch("institutions", "courses")


def assign_mentors(changes: Sequence[StudentChange], *, actor: Any) -> None:
    """Give locked students other mentors (``fields["mentor"]``). Logged, and told by ``mentor_assigned``."""
    if not changes:
        return
    by_mentor: dict[StaffProfile | None, list[Student]] = {}
    for change in changes:
        change.student.mentor = change.fields["mentor"]
        by_mentor.setdefault(change.fields["mentor"], []).append(change.student)
    Student.objects.bulk_update([change.student for change in changes], ["mentor"])
    _log("people.assign_mentor", changes, actor)
    for mentor, students in by_mentor.items():
        mentor_assigned.send(sender=Student, students=students, mentor=mentor, actor=actor)


def _log(action: str, changes: Iterable[StudentChange], actor: Any) -> None:
    audit.record_many(
        action=action,
        entries=[(c.student, {"before": c.before, "after": c.after}) for c in changes],
        actor=actor,
        label=_label,
    )


def _label(student: Student) -> str:
    return student.number
