"""Issue, revoke, supersede.

**Locks.** Issuing locks the row of the template; revoking and superseding the certificate's.
That nobody has two certificates for one reason is a constraint of the database (C1).
"""

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from campus.accounts.models import User
from campus.certificates import rules, tellings
from campus.certificates.errors import (
    CertificateNotFound,
    NotValid,
    TemplateNotUsable,
)
from campus.certificates.models import Certificate, CertificateTemplate, TemplateVersion
from campus.certificates.services.base import require
from campus.people.models import Student
from portal import audit
from portal.errors import InvalidInput
from portal.jobs.outbox import enqueue

RENDER = "campus.certificates.tasks.render"
_State = Certificate.State


@dataclass(frozen=True)
class Award:
    """What is certified to one person: a student, or else an account that is no student's.

    ``name`` is what stands on it; empty: the student's or the account's own. ``hours`` may be nothing.
    """

    title: str
    date: dt.date
    student: Student | None = None
    user: User | None = None
    hours: Decimal | None = None
    name: str = ""

    @property
    def holder(self) -> tuple[str, Any]:
        """The kind of the holder and its key."""
        return (
            ("student", self.student.pk) if self.student else ("user", self.user and self.user.pk)
        )

    @property
    def written_name(self) -> str:
        """The name as it is frozen."""
        held = self.student.name if self.student else str(self.user)
        return " ".join((self.name or held).split())[:200]


def issue(
    *,
    template: CertificateTemplate,
    awards: Sequence[Award],
    reason: str,
    actor: Any,
) -> list[Certificate]:
    """Certify each of ``awards`` once for ``reason``: those that are new and those that were there (C1).

    The answer is in the order of ``awards``. Everything is frozen as it is now (C6); PDFs are made by a job
    after the commit. May be called in the caller's transaction, and again. A fixed number of statements,
    however many. Whether ``actor`` may is the caller's to ask. Raises :class:`InvalidInput` for an award
    without exactly one holder or without words, :class:`TemplateNotUsable` for an inactive template.
    """
    if not reason.strip():
        raise InvalidInput(_("Say what the certificates are for."), param="reason")
    for one in awards:
        if (one.student is None) == (one.user is None):
            raise InvalidInput(_("A certificate has one holder."), param="student")
        if not one.written_name or not one.title.strip():
            raise InvalidInput(_("A certificate has a name and a title."), param="title")
    if not awards:
        return []
    with transaction.atomic():
        version = _version_to_use(template)
        rows = [_frozen(one, version, reason, actor) for one in awards]
        Certificate.objects.bulk_create(rows, ignore_conflicts=True)
        held = _held_for(reason, awards)
        mine = {row.pk for row in rows}
        new = [row for row in held.values() if row.pk in mine]
        _record("certificates.issue", new, actor)
        if new:
            enqueue(RENDER, reason=reason)
    return [held[one.holder] for one in awards]


def revoke(*, certificate_id: uuid.UUID | str, reason: str, actor: Any) -> Certificate:
    """Say that a certificate holds no more, and why (C6); its public page says so from now on.

    Raises :class:`CertificateNotFound`, :class:`NotAllowed`, :class:`NotValid`, and :class:`InvalidInput`
    without a reason.
    """
    if not reason.strip():
        raise InvalidInput(_("Say why."), param="reason")
    with transaction.atomic():
        row = _locked(certificate_id, actor)
        _end(row, _State.REVOKED, actor, reason)
        tellings.tell_revoked(row)
    return row


def supersede(
    *, certificate_id: uuid.UUID | str, changes: Mapping[str, Any], reason: str, actor: Any
) -> Certificate:
    """Issue another certificate in the place of one: with a name, title, date or hours corrected (C6).

    The old one's page names its follower. The follower stands for the same reason and is made by the
    newest version of the same template. Raises as :func:`revoke`, and :class:`InvalidInput` for a change
    of anything else.
    """
    unknown = set(changes) - {"name", "title", "date", "hours"}
    if unknown:
        raise InvalidInput(param=min(unknown))
    if not reason.strip():
        raise InvalidInput(_("Say why."), param="reason")
    with transaction.atomic():
        old = _locked(certificate_id, actor)
        facts = {name: getattr(old, name) for name in ("name", "title", "date", "hours")}
        award = Award(student=old.student, user=old.user, **{**facts, **changes})
        if not award.title.strip():
            raise InvalidInput(_("A certificate has a name and a title."), param="title")
        version = _version_to_use(old.version.template, even_inactive=True)
        new = _frozen(award, version, old.reason, actor)
        # The old one makes room for the new; the reference is checked at the end of the transaction.
        old.superseded_by_id = new.pk
        _end(old, _State.SUPERSEDED, actor, reason)
        new.save(force_insert=True)
        _record("certificates.issue", [new], actor)
        enqueue(RENDER, reason=new.reason)
    return new


# --- what the above are made of -------------------------------------------------------------------


def _version_to_use(
    template: CertificateTemplate, *, even_inactive: bool = False
) -> TemplateVersion:
    """The newest version, frozen from now on; its template's row stays locked."""
    row = (
        CertificateTemplate.objects.select_for_update(no_key=True, of=("self",))
        .select_related("institution")
        .get(pk=template.pk)
    )
    if not (row.is_active or even_inactive):
        raise TemplateNotUsable(param="template")
    version = row.current
    version.template = row
    if version.used_at is None:
        version.used_at = timezone.now()
        version.save(update_fields=["used_at"])
    return version


def _frozen(award: Award, version: TemplateVersion, reason: str, actor: Any) -> Certificate:
    institution = version.template.institution
    row = Certificate(
        institution=institution,
        institution_name=institution.name,
        student=award.student,
        user=award.user,
        reason=reason,
        name=award.written_name,
        title=" ".join(award.title.split())[:300],
        hours=award.hours,
        date=award.date,
        version=version,
        issued_by=actor,
    )
    row.hash = row.make_hash()
    return row


def _held_for(reason: str, awards: Sequence[Award]) -> dict[tuple[str, Any], Certificate]:
    """By holder, the one certificate that stands for ``reason``: a superseded one's follower."""
    wanted = Q(student__in=[one.student.pk for one in awards if one.student])
    wanted |= Q(user__in=[one.user.pk for one in awards if one.user])
    rows = Certificate.objects.filter(wanted, reason=reason).exclude(state=_State.SUPERSEDED)
    return {
        ("student", row.student_id) if row.student_id else ("user", row.user_id): row
        for row in rows.order_by("pk")
    }


def _locked(certificate_id: uuid.UUID | str, actor: Any) -> Certificate:
    row = (
        Certificate.objects.select_for_update(no_key=True, of=("self",))
        .select_related("student__user", "user", "institution", "version__template")
        .filter(pk=certificate_id)
        .first()
    )
    visible = (
        actor is None or Certificate.objects.visible_to(actor).filter(pk=certificate_id).exists()
    )
    if row is None or not visible:
        raise CertificateNotFound
    require(actor, rules.REVOKE, row)
    return row


def _end(row: Certificate, to: _State, actor: Any, reason: str) -> None:
    """The one place where a certificate changes its state."""
    if to not in Certificate.TRANSITIONS[_State(row.state)]:
        raise NotValid(state=str(row.state))
    before = str(row.state)
    row.state, row.ended_at, row.ended_by = to, timezone.now(), actor
    row.why_ended = reason.strip()[:300]
    row.save(update_fields=["state", "ended_at", "ended_by", "why_ended", "superseded_by"])
    audit.record(
        action="certificates.revoke" if to == _State.REVOKED else "certificates.supersede",
        instance=row,
        actor=actor,
        before={"state": before},
        after={"state": str(to)},
        label=row.audit_label,
        reason=row.why_ended,
    )


def _record(action: str, rows: Sequence[Certificate], actor: Any) -> None:
    audit.record_many(
        action=action,
        entries=[(row, {"after": {"state": str(row.state), "reason": row.reason}}) for row in rows],
        actor=actor,
        label=lambda row: row.audit_label,
    )
