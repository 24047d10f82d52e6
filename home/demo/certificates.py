"""Certificates of the demo: a template, and one that the first student was given."""

import datetime as dt
from decimal import Decimal

from campus.certificates import services
from campus.certificates.rendering.sources import EXAMPLE
from campus.institutions.models import Institution
from home.demo.people import Cast


def make_certificates(institution: Institution, cast: Cast) -> None:
    """The student took part in a workshop; whoever has the number can verify it."""
    template = services.write_template(
        actor=cast.admin,
        changes={"institution": institution, "name": "Taking part", **EXAMPLE},
    )
    award = services.Award(
        title="Reading data with Python",
        date=dt.date(2026, 3, 14),
        hours=Decimal(6),
        student=cast.student,
    )
    services.issue(template=template, awards=[award], reason="demo:workshop", actor=cast.admin)
