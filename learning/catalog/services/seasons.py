"""Writing seasons and programs: the admins of their institution."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from learning.catalog.lectures import follow
from learning.catalog.models import Program, Season
from learning.catalog.rules import MANAGE
from learning.catalog.services.common import refuse_if_held, remove, require, store


def write_season(*, actor: Any, changes: Mapping[str, Any], season: Season | None = None) -> Season:
    """Make a season, or correct one; both institutions must be the actor's.

    Raises NotAllowed, InvalidInput for a code that is taken or an end before the start, and StillInUse
    where one with sections would move to another institution. Other days move lectures (B4).
    """
    place = changes.get("institution")
    if season is not None:
        require(actor, MANAGE, season)
    if season is None or place is not None:
        require(actor, MANAGE, place)

    def check(row: Season) -> None:
        if season is not None and place is not None and season.institution_id != place.pk:
            refuse_if_held(row, param="institution")

    was = (season.starts, season.ends) if season is not None else None
    with transaction.atomic():
        stored = store(season or Season(), changes=changes, actor=actor, check=check)
        if was is not None and was != (stored.starts, stored.ends):
            held = stored.sections.filter(meetings__hall__isnull=False)
            follow(held.values_list("pk", flat=True), actor=actor)
    return stored


def delete_season(*, season: Season, actor: Any) -> None:
    """Take a season away that no section is in. Raises NotAllowed and StillInUse."""
    require(actor, MANAGE, season)
    remove(season, actor=actor)


def write_program(
    *, actor: Any, changes: Mapping[str, Any], program: Program | None = None
) -> Program:
    """Make a program of study, or correct one; both departments must be the actor's to manage.

    Raises NotAllowed, InvalidInput for a code that is taken, and StillInUse where one with courses would
    move to another institution.
    """
    department = changes.get("department")
    if program is not None:
        require(actor, MANAGE, program)
    if program is None or department is not None:
        require(actor, MANAGE, department)

    def check(row: Program) -> None:
        if (
            program is not None
            and department is not None
            and program.department.institution_id != department.institution_id
        ):
            refuse_if_held(row, param="department")

    return store(program or Program(), changes=changes, actor=actor, check=check)


def delete_program(*, program: Program, actor: Any) -> None:
    """Take a program away that no course is of. Raises NotAllowed and StillInUse."""
    require(actor, MANAGE, program)
    remove(program, actor=actor)
