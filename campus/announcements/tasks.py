"""Background jobs of announcements."""

from campus.announcements import services
from portal.jobs import scheduled


def tell(notice_id: int) -> None:
    """Tell the audience of an announcement, batch by batch; running again goes on where it stopped."""
    while services.tell_batch(notice_id):
        pass


@scheduled("*/5 * * * *")
def sweep_untold() -> dict[str, int]:
    """Begin to tell of what was published while a crash kept it from being told."""
    return {"found": sum(services.announce(page) for page in services.untold())}
