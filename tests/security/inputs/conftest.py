"""The world of the access table, and an eye on what is written."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection

from tests.access.conftest import world  # noqa: F401 (the same people and things)

MEANT = (
    *("accounts_user", "django_session", "usersessions_usersession", "django_cache"),
    *("portal_idempotencykey", "SAVEPOINT"),
)
"""Tables that any request may touch: when somebody was last here, and the session itself."""
WRITING = ("INSERT", "UPDATE", "DELETE", "REPLACE")


class Writes:
    """The statements that write and were not taken back, while the block runs."""

    def __init__(self) -> None:
        self.seen: list[str] = []
        self.marks: dict[str, int] = {}

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        """Note it and let it through; a rollback to a savepoint forgets what came after that."""
        words = sql.replace('"', "").split()
        if words[:1] == ["SAVEPOINT"]:
            self.marks[words[1]] = len(self.seen)
        elif words[:3] == ["ROLLBACK", "TO", "SAVEPOINT"]:
            del self.seen[self.marks.get(words[3], 0) :]
        if sql.lstrip("( ").upper().startswith(WRITING) and not any(
            f'"{name}"' in sql.split("(", maxsplit=1)[0].split("SET", maxsplit=1)[0]
            for name in MEANT
        ):
            self.seen.append(sql[:200])
        return execute(sql, params, many, context)


@contextmanager
def _watching() -> Iterator[Writes]:
    eye = Writes()
    with connection.execute_wrapper(eye):
        yield eye


@pytest.fixture
def watching() -> Any:
    """``with watching() as writes:`` keeps in ``writes.seen`` what was written meanwhile."""
    return _watching
