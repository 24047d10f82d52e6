"""What the driver does for certificates under faults: issues many, tells how their PDFs stand."""

import datetime as dt
import hashlib
import uuid
from collections import Counter
from typing import Any

from campus.certificates import services
from campus.certificates.models import Certificate
from campus.notifications.models import Notification
from campus.people.models import Student
from tests import factories

TOLD = 6
"""So many of the holders have an account, in which they are told."""


def certify(count: int) -> str:
    """Issue so many for one reason, whose PDFs a worker is to make; the reason."""
    word = uuid.uuid4().hex[:12]
    place = factories.institution(slug=word, name=f"Institution {word}")
    template = factories.certificate_template(institution=place)
    students = [factories.student(institution=place, number=f"{word}{n}") for n in range(TOLD)]
    students += Student.objects.bulk_create(
        Student(institution=place, name=f"Holder {n}", number=f"{word}{n}")
        for n in range(TOLD, count)
    )
    services.issue(
        template=template,
        awards=[
            services.Award(title="Fair", date=dt.date(2026, 5, 12), student=one) for one in students
        ],
        reason=f"fault:{word}",
        actor=None,
    )
    return f"fault:{word}"


def drawn(reason: str) -> int:
    """How many have their PDF."""
    return Certificate.objects.filter(reason=reason).exclude(pdf="").count()


def stand_of_certificates(reason: str) -> dict[str, Any]:
    """How many there are, for how many people, with a file whose hash is theirs, and who was told."""
    rows = list(Certificate.objects.filter(reason=reason))
    right = set()
    for row in rows:
        if not row.pdf:
            continue
        with row.pdf.open("rb") as file:
            data = file.read()
        if data.startswith(b"%PDF") and hashlib.sha256(data).hexdigest() == row.sha256:
            right.add(row.sha256)
    users = [row.student.user_id for row in rows if row.student and row.student.user_id]
    told = Notification.objects.filter(user_id__in=users, type="certificates.issued")
    return {
        "rows": len(rows),
        "people": len({row.student_id for row in rows}),
        "right": len(right),
        "hashes": {str(row.pk): row.sha256 for row in rows if row.pdf},
        "told": sorted(Counter(told.values_list("user_id", flat=True)).values()),
    }
