"""Every field of what a role may write is sent by that role: those that are not theirs to set stay.

Each column of the row is tried alone, with another value than it holds, under its own name and as the
id of what it points to; beside them names that somebody might hope for.
"""

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any, NamedTuple

import pytest
from django.db import models

from tests.access import asking
from tests.access.table import ROWS
from tests.access.world import World

HOPED_FOR = {
    "roles": ["admin"],
    "groups": [1, 2, 3, 4, 5, 6, 7],
    "user_permissions": [1],
    "is_admin": True,
    "role": "admin",
    "email_verified": True,
}
TOUCHED = {"updated_at", "last_seen", "last_login"}
"""What any request may change by itself."""


class Write(NamedTuple):
    """Who writes what by which row, and which of its columns they may set."""

    key: str
    role: str
    thing: Callable[[World], models.Model]
    theirs: set[str]


PROFILE = {
    *("full_name", "second_phone", "date_of_birth", "gender", "identity_number", "photo"),
    *("language", "timezone"),
}
STUDENTS = {"semester", "batch", "program", "guardians_may_see"}
WORDS = {
    *("title", "description", "level", "category", "credit_min", "credit_max", "notes"),
    "prerequisite_text",
}
LESSONS = {
    *("code", "title", "kind", "delivery", "place", "starts", "ends", "enrollment_opens"),
    *("enrollment_closes", "needs_approval"),
}
OFFERED = {
    *("season", "number", "credit_hours", "price", "currency", "capacity", "drop_until"),
    *("access_days", "is_cancelled"),
}
WRITES = [
    *(
        Write("PATCH api/v1/profile/", role, lambda world, role=role: world.user(role), PROFILE)  # type: ignore[misc]
        for role in ("student", "parent", "teacher", "editor", "admin")
    ),
    Write("PATCH api/v1/profile/student/", "student", lambda w: w.learner, STUDENTS),
    Write(
        "PATCH api/v1/profile/staff/",
        "teacher",
        lambda w: w.user("teacher").staff_profile,
        {"title", "qualifications", "is_listed", "public_email", "public_phone", "office"},
    ),
    Write(
        "PATCH api/v1/profile/children/{child}/",
        "parent",
        lambda w: w.child,
        {"name", "date_of_birth", "department", "program", "semester", "batch"},
    ),
    Write("PATCH api/v1/courses/{course}/", "teacher", lambda w: w.course, WORDS),
    Write("PATCH api/v1/modules/{module}/", "teacher", lambda w: w.module, {"title", "position"}),
    Write(
        "PATCH api/v1/contents/{content}/",
        "teacher",
        lambda w: w.content,
        {"title", "kind", "text", "video_url", "video_seconds", "is_preview", "position"},
    ),
    Write("PUT api/v1/sections/{section}/capacity/", "admin", lambda w: w.section, {"capacity"}),
    Write("PATCH api/v1/sections/{section}/", "teacher", lambda w: w.section, LESSONS),
    Write("PATCH api/v1/sections/{section}/", "admin", lambda w: w.section, LESSONS | OFFERED),
    Write(
        "PATCH api/v1/resources/{resource}/",
        "teacher",
        lambda w: w.resource,
        {"title", "department", "semester", "is_public"},
    ),
    Write(
        "PATCH api/v1/seasons/{season}/",
        "local",
        lambda w: w.section.season,
        {"code", "name", "kind", "starts", "ends", "is_active"},
    ),
    Write(
        "PATCH api/v1/programs/{program}/",
        "local",
        lambda w: w.program,
        {"department", "code", "name", "degree", "duration_months"},
    ),
]


def another(field: models.Field[Any, Any], value: Any) -> Any:
    """A value of the field's kind that is not the one it holds."""
    if field.is_relation:
        related: Any = field.related_model
        others = related._default_manager.exclude(pk=value)
        return others.values_list("pk", flat=True).first()
    if field.choices:
        return next(choice for choice, _label in field.flatchoices if choice != value)
    if isinstance(field, models.BooleanField):
        return not value
    if isinstance(field, models.DateTimeField):
        return "2020-01-02T03:04:05Z"
    if isinstance(field, models.DateField):
        return "2001-02-03"
    if isinstance(field, models.DecimalField):
        return str((value or Decimal(0)) + 1)
    if isinstance(field, models.IntegerField):
        return (value or 0) + 3
    if isinstance(field, models.JSONField):
        return {"set": True}
    if isinstance(field, models.UUIDField):
        return "00000000-0000-4000-8000-000000000000"
    if isinstance(field, models.EmailField):
        return "taken@elsewhere.example"
    return f"set{dt.date.today().year}"


def stored(thing: models.Model) -> dict[str, Any]:
    """The row as the database holds it, with who is in which group and holds which permission."""
    manager = type(thing)._default_manager
    row: dict[str, Any] = manager.filter(pk=thing.pk).values().get()
    for many in type(thing)._meta.many_to_many:
        row[many.name] = sorted(map(str, getattr(thing, many.name).values_list("pk", flat=True)))
    return row


@pytest.mark.parametrize("write", WRITES, ids=lambda write: f"{write.key} as {write.role}")
def test_a_role_sets_only_what_is_its_own_to_set(write: Write, world: World) -> None:
    row = next(row for row in ROWS if row.key == write.key)
    person, thing = world.person(write.role, owner=True), write.thing(world)
    before = stored(thing)
    sent: list[dict[str, Any]] = [{name: value} for name, value in HOPED_FOR.items()]
    for field in thing._meta.concrete_fields:
        value = another(field, before[field.attname])
        sent += [{name: value} for name in {field.name, field.attname}]
    columns = {field.attname for field in thing._meta.concrete_fields if field.name in write.theirs}
    set_once: set[str] = set()
    wrong = []
    for body in sent:
        with asking.undone():
            answer = asking.send(person, row.method, asking.fill(row, world, write.role), body)
            after = stored(thing)
        changed = {name for name in before if before[name] != after[name]}
        set_once |= changed
        if changed - columns - TOUCHED:
            wrong.append(f"{body} changed {sorted(changed - columns)} ({answer.status_code})")
        if answer.status_code >= 500:
            wrong.append(f"{body} was answered {answer.status_code}")
    assert not wrong, "\n".join(wrong)
    assert set_once & columns, "the control: what is theirs can be set by this very request"
