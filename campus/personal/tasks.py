"""Jobs of this app."""

from campus.personal import services
from portal.jobs import scheduled


def build_export(export_id: str) -> None:
    """Make a download."""
    services.build_export(export_id=export_id)


def erase(request_id: str) -> None:
    """Erase an account whose day has come."""
    services.carry_out(request_id=request_id)


@scheduled("35 * * * *")
def forget_exports() -> dict[str, int]:
    """Delete downloads that have had their time."""
    return {"files": services.forget_exports()}
