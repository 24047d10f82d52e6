"""Every write to places."""

from typing import Any

from django.db import transaction

from campus.institutions.models import Institution
from campus.venues.models import Building, Hall
from portal import audit

BUILDING = "Main Building"
HALLS: tuple[tuple[str, str, int], ...] = (
    ("A1", "Auditorium", 400),
    ("L1", "Lecture Hall 1", 180),
    ("L2", "Lecture Hall 2", 120),
    ("S1", "Seminar Room 1", 40),
    ("S2", "Seminar Room 2", 40),
    ("C1", "Computer Room", 30),
    ("B1", "Laboratory", 24),
    ("M1", "Meeting Room", 12),
)


def seed_halls(*, institution: Institution, actor: Any) -> int:
    """Give ``institution`` a building with eight halls to begin with; how many were missing.

    A hall that is there keeps what people changed of it, so a second call does nothing.
    """
    with transaction.atomic():
        Institution.objects.select_for_update(no_key=True).get(pk=institution.pk)
        building, made = Building.objects.get_or_create(institution=institution, name=BUILDING)
        known = set(Hall.objects.filter(building=building).values_list("code", flat=True))
        missing = [
            Hall(building=building, code=code, name=name, capacity=seats)
            for code, name, seats in HALLS
            if code not in known
        ]
        halls = Hall.objects.bulk_create(missing)
        new: list[Any] = [building] if made else []
        for things in (new, halls):
            audit.record_many(
                action="wagtail.create", entries=[(one, {}) for one in things], actor=actor
            )
    return len(halls)
