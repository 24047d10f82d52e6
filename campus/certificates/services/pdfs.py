"""Making the PDFs of certificates that were issued: in batches, each claimed by one worker (C1, C5).

A worker claims some rows for ``LEASE``, draws their PDFs without holding a lock, and then, with the rows
locked, writes the files and their hashes for those that still have none. If it dies, its claim ends and the
next one does the same; a PDF is written once, whoever comes first. Files are named by what is in them:
what a dead worker left behind is found again, or lies there unreachable.
"""

import datetime as dt
import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence

import structlog
from django.core.files.base import ContentFile
from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from campus.certificates import tellings
from campus.certificates.errors import CannotRender
from campus.certificates.models import Certificate, TemplateVersion
from campus.certificates.queries import verify_address
from campus.certificates.rendering import fonts, sources
from portal.storages import private_storage

LEASE = dt.timedelta(minutes=5)
BATCH = 50
logger = structlog.get_logger(__name__)


def machine_can() -> bool:
    """Whether the libraries for PDFs are here."""
    return not fonts.missing_packages()


def render_all(*, reason: str, batch: int = BATCH) -> int:
    """Make every PDF of ``reason`` that is missing and that no other worker makes; how many.

    Raises :class:`CannotRender`, and leaves the sentence on the rows, where this machine cannot: the job
    is tried again, and so is all that waits once it can. What one row lacks (a font for a name) keeps the
    others from nothing.
    """
    began = timezone.now()
    if not machine_can():
        _cannot(reason)
    made = 0
    while claimed := _claim(reason, batch, began):
        made += len(_render(claimed))
    return made


def _cannot(reason: str) -> None:
    from campus.certificates.rendering import engine  # noqa: PLC0415 (see `_look_of`)

    waiting = Certificate.objects.filter(reason=reason).without_pdf()
    if not waiting.exists():
        return
    try:
        engine.check_machine()
    except CannotRender as refusal:
        waiting.update(problem=str(refusal)[:300])
        raise


def _claim(reason: str, batch: int, began: dt.datetime) -> list[Certificate]:
    """Some of those without PDF that nobody works on, and that this run has not tried yet."""
    now = timezone.now()
    with transaction.atomic():
        free = (
            Certificate.objects.filter(
                Q(claimed_until__isnull=True) | Q(claimed_until__lt=now), reason=reason
            )
            .without_pdf()
            .exclude(problem__gt="", claimed_until__gte=began)
            .order_by("version", "pk")
        )
        if connection.features.has_select_for_update_skip_locked:
            free = free.select_for_update(skip_locked=True, no_key=True)
        found = list(free.values_list("pk", flat=True)[:batch])
        Certificate.objects.filter(pk__in=found).update(claimed_until=now + LEASE)
    rows = Certificate.objects.filter(pk__in=found).select_related("version")
    return list(rows.order_by("version", "pk"))


def _render(rows: Sequence[Certificate]) -> list[Certificate]:
    by_version: dict[TemplateVersion, list[Certificate]] = defaultdict(list)
    problems: dict[Certificate, str] = {}
    for row in rows:
        by_version[row.version].append(row)
    done: list[Certificate] = []
    for version, group in by_version.items():
        facts = {row: sources.facts_of(row, verify_address(row)) for row in group}
        for row, one in facts.items():
            if missing := fonts.missing_signs(one.text + version.html):
                problems[row] = _(
                    "No font on this machine has the signs %(signs)s. On Debian: apt install %(packages)s"
                ) % {"signs": missing[:20], "packages": " ".join(fonts.FONT_PACKAGES)}
        able = [row for row in group if row not in problems]
        try:
            pdfs = _draw(version, [facts[row] for row in able])
        except CannotRender as refusal:
            problems |= dict.fromkeys(able, str(refusal))
        else:
            done += _keep(able, pdfs)
    for row, problem in problems.items():
        logger.warning("certificate_not_rendered", certificate=str(row.pk), problem=problem)
        Certificate.objects.filter(pk=row.pk, pdf="").update(problem=problem[:300])
    return done


def _draw(version: TemplateVersion, facts: Sequence[sources.Facts]) -> list[bytes]:
    # (pikepdf and WeasyPrint are loaded by workers alone, when there is something to draw.)
    from campus.certificates.rendering import batch  # noqa: PLC0415

    return batch.render(batch.look_of(version), facts) if facts else []


def _keep(rows: Sequence[Certificate], pdfs: Iterable[bytes]) -> list[Certificate]:
    """Write files and hashes of those that have none yet, and tell their holders, in one transaction."""
    made = dict(zip([row.pk for row in rows], pdfs, strict=True))
    storage, now = private_storage(), timezone.now()
    kept = []
    with transaction.atomic():
        locked = (
            Certificate.objects.select_for_update(no_key=True, of=("self",))
            .select_related("student__user", "user")
            .filter(pk__in=list(made), pdf="")
            .order_by("pk")
        )
        for row in locked:
            data = made[row.pk]
            row.sha256 = hashlib.sha256(data).hexdigest()
            name = f"certificate/{row.pk.hex}-{row.sha256[:16]}.pdf"
            if not storage.exists(name):
                name = storage.save(name, ContentFile(data))
            row.pdf.name = name
            row.rendered_at, row.claimed_until, row.problem = now, None, ""
            kept.append(row)
        Certificate.objects.bulk_update(
            kept, ["pdf", "sha256", "rendered_at", "claimed_until", "problem"]
        )
        tellings.tell_issued([row for row in kept if row.is_valid])
    return kept
