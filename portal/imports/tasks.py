"""Background jobs of imports. Both passes look again at the state and may run twice."""

from uuid import UUID

from portal.imports import engine, services
from portal.jobs import scheduled


def check(import_id: str) -> None:
    """Check the file of an import."""
    engine.check(UUID(import_id))


def apply(import_id: str) -> None:
    """Write what an import holds."""
    engine.apply(UUID(import_id))


@scheduled("50 4 * * *")
def forget_old_imports() -> dict[str, int]:
    """Remove files and rows that have had their time: they hold what people are called."""
    return {"emptied": services.forget_old()}


@scheduled("*/10 * * * *")
def end_stuck_imports() -> dict[str, int]:
    """Tell what no worker will finish."""
    return {"failed": services.end_stuck()}
