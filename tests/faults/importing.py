"""What the driver does for imports under faults: brings an archive, applies it, tells how it stands."""

import io
import uuid
from typing import Any

from wagtail.models import ModelLogEntry

from campus.people.models import Student
from learning.catalog.models import Section
from learning.enrollments.models import Enrollment
from portal.imports import progress, services
from portal.imports.models import Import
from portal.models import StreamEvent
from portal.realtime.streams import user_stream
from portal.roles import Role
from tests import factories
from tests.learning.rosters.archives import parts, zipped


def bring_roster(count: int) -> str:
    """Upload a OneRoster archive of an institution of its own with so many students; the import's id."""
    word = uuid.uuid4().hex[:12]
    place = factories.institution(slug=word, name=f"Institution {word}")
    content = zipped(parts(place, students=count))
    actor = factories.user(Role.ADMIN)
    owner = services.upload(
        kind="oneroster", file=io.BytesIO(content), name=f"{word}.zip", actor=actor
    )
    return str(owner.pk)


def apply_import(pk: str) -> None:
    """Have a worker write it."""
    owner = Import.objects.get(pk=pk)
    services.apply(owner=owner, actor=owner.actor)


def stand_of_import(pk: str) -> dict[str, Any]:
    """Its state and how far it is, what others see of it, and what was told of it live."""
    owner = Import.objects.get(pk=pk)
    done, total = progress.of(owner)
    slug = owner.file_name.removesuffix(".zip")
    seats = Enrollment.objects.filter(section__season__institution__slug=slug)
    sections = Section.objects.filter(season__institution__slug=slug)
    events = StreamEvent.objects.filter(
        stream__name=user_stream(owner.actor_id or 0), type="import.progressed"
    ).order_by("number")
    return {
        "state": owner.state,
        "done": done,
        "total": total,
        "result": owner.result,
        "rows": owner.rows.count(),
        "wrong": owner.rows_wrong,
        "students": Student.objects.filter(institution__slug=slug).count(),
        "seats": seats.count(),
        "of_students": seats.values("student").distinct().count(),
        "counters": list(sections.values_list("seats_taken", flat=True)),
        "applied": ModelLogEntry.objects.filter(action="imports.apply", object_id=pk).count(),
        "told": [(one.payload["state"], one.payload["done"]) for one in events],
        "numbers": list(events.values_list("number", flat=True)),
    }
