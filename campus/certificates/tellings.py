"""What a transaction has to tell of certificates, written at its end in one call."""

from collections.abc import Iterable
from typing import Any

from campus.certificates.models import Certificate
from campus.notifications.services import Message, notify_all
from campus.people.queries import guardians_to_tell


def tell_issued(rows: Iterable[Certificate]) -> None:
    """The PDF is there: holders and guardians learn it."""
    _tell(rows, "certificates.issued")


def tell_revoked(row: Certificate) -> None:
    """The certificate holds no more, and why."""
    _tell([row], "certificates.revoked", reason=row.why_ended)


def _tell(rows: Iterable[Certificate], type: str, **more: Any) -> None:
    """Rows must be loaded with ``student__user`` and ``user``."""
    found = list(rows)
    guardians = guardians_to_tell(
        {row.student_id: row.student for row in found if row.student}.values()
    )
    messages: list[Message] = []
    for row in found:
        facts = {"title": row.title, "number": row.number, **more}
        path = f"/certificates/{row.pk}/"
        if row.holder_user is not None and row.holder_user.is_active:
            messages.append((row.holder_user, type, facts, path, "", ""))
        if row.student is not None:
            facts = {**facts, "child": row.student.name}
            messages.extend(
                (guardian, type, facts, path, "", "")
                for guardian in guardians.get(row.student.pk, ())
            )
    notify_all(messages)
