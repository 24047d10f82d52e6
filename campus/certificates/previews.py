"""A picture of what an unsaved template makes, for the editor of templates."""

import io
from collections.abc import Mapping
from typing import Any

import pypdfium2
from django import forms
from django.conf import settings
from django.core.files.base import File
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from campus.certificates.models import MOST_SOURCE, TemplateVersion
from campus.certificates.rendering import sources
from campus.certificates.rendering.batch import Look, look_of, picture, reference
from campus.certificates.services.templates import checked_background
from portal.errors import DomainError

SCALE = 1.25
"""Pixels of the picture for each point of the page: some 1,050 across an A4 in landscape."""


class LookForm(forms.Form):
    """The look of a template as it stands in the editor's form, saved or not."""

    html = forms.CharField(max_length=MOST_SOURCE, required=False, strip=False)
    css = forms.CharField(max_length=MOST_SOURCE, required=False, strip=False)
    background = forms.FileField(required=False)
    without_background = forms.BooleanField(required=False)
    page_size = forms.ChoiceField(choices=TemplateVersion.PageSize.choices)
    direction = forms.ChoiceField(choices=TemplateVersion.Direction.choices)
    language = forms.ChoiceField(choices=settings.LANGUAGES)

    def clean(self) -> dict[str, Any]:
        """Refuse what no template may hold (C7): nothing of it is drawn."""
        data: dict[str, Any] = super().clean() or {}
        for field, told in sources.wrong(data.get("html", ""), data.get("css", "")).items():
            self.add_error(field, told)
        return data

    def clean_background(self) -> File | None:
        """A picture, by its first bytes, and no larger than templates keep."""
        found: File | None = self.cleaned_data["background"]
        try:
            return found and checked_background(found)
        except DomainError as refusal:
            raise forms.ValidationError(str(refusal)) from None

    @property
    def sentences(self) -> list[str]:
        """What is wrong, in the order of the fields."""
        return [str(one) for told in self.errors.values() for one in told]


def picture_of(look: Mapping[str, Any], *, held: TemplateVersion | None, place: str) -> bytes:
    """A PNG of the one page that a certificate of ``look`` (a valid :class:`LookForm`'s data) has.

    ``held`` is the stored version whose background stays where no other is given; ``place`` the
    institution's name. It is drawn by the renderer of certificates, with facts that nobody holds. Raises
    ``CannotRender``.
    """
    words = ("html", "css", "page_size", "direction", "language")
    version = TemplateVersion(**{name: look[name] for name in words})
    background = None
    if given := look["background"]:
        background = picture(given.read())
    elif held is not None and held.background and not look["without_background"]:
        background = look_of(held).background
    if background is not None:
        version.background = "background"  # the renderer asks whether there is one
    document = pypdfium2.PdfDocument(
        reference(Look(version, background), example(version.language, place))
    )
    try:
        drawn = document[0].render(scale=SCALE).to_pil()
    finally:
        document.close()
    out = io.BytesIO()
    drawn.save(out, "PNG")
    return out.getvalue()


def example(language: str, place: str) -> sources.Facts:
    """What the certificate in the picture says, in the language of the template."""
    with translation.override(language):
        return sources.Facts(
            name=_("Amina Rahman"),
            title=_("Night of small robots"),
            hours=ngettext("%(number)s hour", "%(number)s hours", 6) % {"number": 6},
            date=date_format(timezone.localdate(), "DATE_FORMAT"),
            institution=place,
            number="2026-000000",
            address="https://quad.example/certificates/verify/example/",
        )
