"""Exclusion constraints in models that also run on SQLite, which has none."""

from typing import Any

from django.contrib.postgres.constraints import ExclusionConstraint
from django.db import DEFAULT_DB_ALIAS, connections


class PostgresExclusion(ExclusionConstraint):
    """An exclusion constraint on PostgreSQL; elsewhere nothing, so that one migration serves both.

    What it forbids has to be kept from happening by a serialized check there; here it is the last guard.
    """

    def constraint_sql(self, model: Any, schema_editor: Any) -> Any:
        """The constraint as part of a table; none off PostgreSQL."""
        if schema_editor.connection.vendor != "postgresql":
            return None
        return super().constraint_sql(model, schema_editor)

    def create_sql(self, model: Any, schema_editor: Any) -> Any:
        """The statement that adds it; none off PostgreSQL."""
        if schema_editor.connection.vendor != "postgresql":
            return None
        return super().create_sql(model, schema_editor)

    def remove_sql(self, model: Any, schema_editor: Any) -> Any:
        """The statement that takes it away; none off PostgreSQL."""
        if schema_editor.connection.vendor != "postgresql":
            return None
        return super().remove_sql(model, schema_editor)

    def validate(
        self, model: Any, instance: Any, exclude: Any = None, using: str = DEFAULT_DB_ALIAS
    ) -> None:
        """Checked before saving on PostgreSQL alone."""
        if connections[using].vendor == "postgresql":
            super().validate(model, instance, exclude=exclude, using=using)
