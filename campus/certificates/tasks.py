"""Jobs of certificates: PDFs are made after the issuing (C5)."""

from campus.certificates import services
from campus.certificates.models import Certificate
from portal.jobs import scheduled


def render(reason: str) -> int:
    """Make the PDFs that are missing for ``reason``; again makes none twice (C1)."""
    return services.render_all(reason=reason)


@scheduled("*/10 * * * *")
def render_what_waits() -> dict[str, int]:
    """The sweep (every ten minutes): whatever kept a PDF from being made, a library or a font, is tried
    again once this machine can make PDFs."""
    if not services.machine_can():
        return {"made": 0, "waiting": Certificate.objects.without_pdf().count()}
    reasons = Certificate.objects.without_pdf().order_by("reason").values_list("reason", flat=True)
    made = sum(services.render_all(reason=reason) for reason in list(reasons.distinct()[:100]))
    return {"made": made, "waiting": Certificate.objects.without_pdf().count()}
