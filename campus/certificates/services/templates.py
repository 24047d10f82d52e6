"""Design templates: a look that was used never changes (C6)."""

from collections.abc import Mapping
from typing import Any

from django.core.files.base import File
from django.db import transaction
from django.db.models import ProtectedError
from django.utils.translation import gettext as _

from campus.certificates import rules
from campus.certificates.errors import TemplateUsed
from campus.certificates.models import Certificate, CertificateTemplate, TemplateVersion
from campus.certificates.rendering import sources
from campus.certificates.services.base import require
from portal import audit
from portal.errors import InvalidInput

MOST_BACKGROUND = 5 * 1024 * 1024
"""Bytes of a background."""
BACKGROUNDS = {b"\xff\xd8\xff": ".jpg", b"\x89PNG\r\n\x1a\n": ".png"}
_LOOK = ("html", "css", "background", "page_size", "direction", "language")


def write_template(
    *, actor: Any, changes: Mapping[str, Any], template: CertificateTemplate | None = None
) -> CertificateTemplate:
    """Make or change a template: its ``institution``, ``name``, ``is_active``, and its look.

    A look that was used stays as it is: a change makes the next version (C6). ``background`` is a file, None
    to take it away, or left out. Raises :class:`NotAllowed`, and ``ValidationError`` naming fields for
    what no template may hold (C7).
    """
    looks = {name: changes[name] for name in _LOOK if name in changes}
    own = {name: value for name, value in changes.items() if name not in _LOOK}
    with transaction.atomic():
        row = (
            CertificateTemplate.objects.select_for_update(no_key=True).get(pk=template.pk)
            if template
            else CertificateTemplate()
        )
        if template:
            require(actor, rules.MANAGE, row)
        before = {name: _json(getattr(row, name, None)) for name in own} if template else {}
        for name, value in own.items():
            setattr(row, name, value)
        row.full_clean()
        require(actor, rules.MANAGE, row)
        row.save()
        version = _write_version(row, looks, actor, new=template is None)
        after = {name: _json(getattr(row, name)) for name in own}
        audit.record(
            action=f"certificates.{'change' if template else 'add'}_template",
            instance=row,
            actor=actor,
            before={name: old for name, old in before.items() if old != after[name]},
            after={
                **{name: new for name, new in after.items() if new != before.get(name)},
                **({"version": version.number} if version else {}),
            },
        )
    return row


def delete_template(*, template: CertificateTemplate, actor: Any) -> None:
    """Take a template away. Raises :class:`TemplateUsed` where a certificate was issued by it."""
    with transaction.atomic():
        row = CertificateTemplate.objects.select_for_update().get(pk=template.pk)
        require(actor, rules.MANAGE, row)
        if Certificate.objects.filter(version__template=row).exists():
            raise TemplateUsed
        audit.record(action="certificates.remove_template", instance=row, actor=actor)
        try:
            row.delete()
        except ProtectedError:  # an event gives it
            raise TemplateUsed from None


def _write_version(
    template: CertificateTemplate, looks: Mapping[str, Any], actor: Any, *, new: bool
) -> TemplateVersion | None:
    """The version that now holds ``looks``; None where nothing of the look changed."""
    version = TemplateVersion(template=template, number=1) if new else template.current
    changed = {name: value for name, value in looks.items() if getattr(version, name) != value}
    if not changed and not new:
        return None
    if version.used_at is not None:
        kept = {name: getattr(version, name) for name in _LOOK}
        version = TemplateVersion(template=template, number=version.number + 1, **kept)
    for name, value in changed.items():
        is_file = name == "background" and value
        setattr(version, name, checked_background(value) if is_file else value or "")
    version.created_by = actor
    version.full_clean(exclude=["template"])
    sources.check(version.html, version.css)
    version.save()
    return version


def checked_background(file: File) -> File:
    """What it is stands in its first bytes, not in its name. Raises InvalidInput."""
    if file.size > MOST_BACKGROUND:
        raise InvalidInput(_("The file may have at most 5 MB."), param="background")
    head = file.read(8)
    file.seek(0)
    ending = next((end for magic, end in BACKGROUNDS.items() if head.startswith(magic)), None)
    if ending is None:
        raise InvalidInput(_("Upload a JPEG or a PNG."), param="background")
    file.name = f"background{ending}"
    return file


def _json(value: Any) -> Any:
    return value if isinstance(value, str | int | bool | None) else getattr(value, "pk", str(value))
