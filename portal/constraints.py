"""Names of broken database constraints, on PostgreSQL and SQLite alike.

PostgreSQL tells the name. SQLite tells a check's name, but of a unique constraint only the columns;
those are looked up among the models' constraints.
"""

import re
from functools import cache
from typing import Any

from django.apps import apps
from django.db import IntegrityError
from django.db.models import BaseConstraint, UniqueConstraint
from django.utils.translation import gettext as _

_SQLITE = re.compile(r"^(UNIQUE|CHECK|FOREIGN KEY) constraint failed(?:: (.*))?$")


@cache
def _constraints() -> dict[str, BaseConstraint]:
    """Every named constraint of our models."""
    return {
        constraint.name: constraint
        for model in apps.get_models()
        for constraint in model._meta.constraints
    }


@cache
def _by_columns() -> dict[frozenset[str], str]:
    """Names of what makes columns unique: ``{"table.a", "table.b"}`` → its constraint's name."""
    found: dict[frozenset[str], str] = {}
    for model in apps.get_models():
        table, meta = model._meta.db_table, model._meta
        for field in meta.local_fields:
            if field.unique:
                found[frozenset({f"{table}.{field.column}"})] = f"{table}_{field.column}_unique"
        for constraint in meta.constraints:
            if isinstance(constraint, UniqueConstraint) and constraint.fields:
                fields: list[Any] = [meta.get_field(name) for name in constraint.fields]
                columns = {f"{table}.{field.column}" for field in fields}
                found[frozenset(columns)] = constraint.name
    return found


def broken_constraint(exc: IntegrityError) -> str | None:
    """The name of the constraint that ``exc`` tells of, or None if it is not one (a NOT NULL)."""
    cause: Any = exc.__cause__
    diagnosis = getattr(cause, "diag", None)
    if diagnosis is not None:
        return diagnosis.constraint_name or None
    match = _SQLITE.match(str(cause if cause is not None else exc))
    if match is None:
        return None
    kind, rest = match.group(1), match.group(2) or ""
    if kind == "FOREIGN KEY":
        return "foreign_key"
    if kind == "CHECK":
        return rest
    if rest.startswith("index "):
        return rest.removeprefix("index ").strip("'")
    return _by_columns().get(frozenset(rest.split(", ")), rest)


def constraint_message(name: str) -> str:
    """A sentence for people: the constraint's own, or one that names it."""
    constraint = _constraints().get(name)
    if constraint is not None and constraint.violation_error_message != (
        constraint.default_violation_error_message
    ):
        return str(constraint.violation_error_message)
    return _("This conflicts with what is stored (%(constraint)s).") % {"constraint": name}
