"""What anyone may ask of certificates: whether one holds (C2), and how far a batch is (C5)."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from django.conf import settings
from django.db.models import Count, Q

from campus.certificates.models import Certificate


def verify_address(certificate: Certificate) -> str:
    """The address in the QR code; without a language, so that each reader gets their own."""
    return f"{settings.SITE_URL.rstrip('/')}/certificates/verify/{certificate.hash}/"


def find(key: str) -> Certificate | None:
    """The certificate that ``key`` names: its hash, the SHA-256 of its PDF, or its number."""
    text = "".join(key.split())
    found = Certificate.objects.select_related("superseded_by")
    if len(text) == 64:
        return found.filter(sha256=text.lower()).first()
    if len(text) == 32:
        return found.filter(hash=text.lower()).first()
    return found.filter(number=text.upper()).first() if text else None


def sha256_of(chunks: Iterable[bytes]) -> str:
    """The SHA-256 of a file that comes in pieces."""
    digest = hashlib.sha256()
    for chunk in chunks:
        digest.update(chunk)
    return digest.hexdigest()


@dataclass(frozen=True)
class Progress:
    """How far the PDFs of one reason are; ``problem`` is the first sentence of what is in the way."""

    total: int
    done: int
    problem: str = ""

    @property
    def waiting(self) -> int:
        """Those that have no PDF yet."""
        return self.total - self.done


def progress_of(reason: str) -> Progress:
    """How far the PDFs of ``reason`` are: two queries."""
    rows = Certificate.objects.filter(reason=reason)
    counts = rows.aggregate(total=Count("pk"), done=Count("pk", filter=~Q(pdf="")))
    stuck = rows.without_pdf().exclude(problem="").order_by("pk")
    return Progress(**counts, problem=stuck.values_list("problem", flat=True).first() or "")
