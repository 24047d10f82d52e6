"""The HTML and CSS of templates: what they may hold (C7), and how facts are put in.

A field is ``{{ name }}`` in the text. It becomes ``<span data-field="name">…</span>`` (the QR code an
``<img>``), so that CSS reaches it. Values are text, never HTML; and fields stand nowhere but in text.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import formats, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

FIELDS = {
    "name": gettext_lazy("the holder's name"),
    "title": gettext_lazy("what is certified"),
    "hours": gettext_lazy("so many hours, or nothing"),
    "date": gettext_lazy("the date, in the language of the template"),
    "institution": gettext_lazy("the institution's name"),
    "number": gettext_lazy("the certificate's number"),
    "address": gettext_lazy("the address at which it is verified"),
    "qr": gettext_lazy("the QR code of that address"),
}
NEEDED = ("name", "title", "qr")
BACKGROUND = "template:background"
"""The address of the template's one file, in its HTML and CSS."""
QR = "template:qr"

EXAMPLE = {
    "html": """<div class="frame">
  <p class="kind">Certificate</p>
  <p>This is to certify that</p>
  <p class="name">{{ name }}</p>
  <p>has taken part in</p>
  <p class="title">{{ title }}</p>
  <p>{{ date }}</p>
  <p>{{ hours }}</p>
  <p class="place">{{ institution }}</p>
  <p class="number">{{ number }}<br>{{ address }}</p>
  {{ qr }}
</div>
""",
    "css": """.certificate { color: #1c2733; text-align: center; font-size: 14pt; }
.frame { position: absolute; inset: 10mm; border: 1mm solid #24478f; padding: 14mm 24mm; }
.frame p { margin: 0 0 5mm; }
.kind { font-size: 30pt; letter-spacing: .12em; text-transform: uppercase; color: #24478f; }
.name { font-size: 34pt; font-weight: bold; }
.title { font-size: 22pt; }
.place { font-weight: bold; }
.frame .number { position: absolute; left: 12mm; bottom: 7mm; font-size: 8pt; text-align: left; }
[data-field=qr] { position: absolute; right: 12mm; bottom: 12mm; }
""",
}
"""A look to start from."""

_FIELD = re.compile(r"\{\{\s*([a-z]*)\s*\}\}")
_TAG = re.compile(r"<[^>]*(?:>|$)", re.DOTALL)
_BANNED_TAGS = re.compile(
    r"<\s*/?\s*(script|style|link|meta|base|object|embed|iframe|frame|form|input|html|head|body|title"
    r"|template|noscript|video|audio|svg|math)\b",
    re.IGNORECASE,
)
_ADDRESS = re.compile(
    r"(?:\b(?:src|href|srcset|data|poster|rel)\s*=|url\s*\()\s*[\"']?\s*([^\"'\s)>]*)", re.I
)
_HANDLER = re.compile(r"[\s\"'/]on[a-z]+\s*=", re.IGNORECASE)
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)


@dataclass(frozen=True)
class Facts:
    """What one certificate says, as text; ``address`` goes into the QR code too."""

    name: str
    title: str
    hours: str
    date: str
    institution: str
    number: str
    address: str

    @property
    def text(self) -> str:
        """All of it, for asking whether there are fonts."""
        return "".join(vars(self).values())


def facts_of(certificate: Any, address: str) -> Facts:
    """The facts of a certificate, its date and hours written in the language of its template."""
    with translation.override(certificate.version.language):
        hours = ""
        if certificate.hours is not None:
            # (Which form of the word it takes is asked of a whole number: half an hour is "0.5 hours".)
            whole = int(certificate.hours) if certificate.hours == int(certificate.hours) else 100
            number = formats.number_format(f"{certificate.hours.normalize():f}")
            hours = ngettext("%(number)s hour", "%(number)s hours", whole) % {"number": number}
        return Facts(
            name=certificate.name,
            title=certificate.title,
            hours=hours,
            date=formats.date_format(certificate.date, "DATE_FORMAT"),
            institution=certificate.institution_name,
            number=certificate.number,
            address=address,
        )


def fields_in(html: str) -> list[str]:
    """The names in ``{{ … }}``, in order."""
    return _FIELD.findall(html)


def fill(html: str, facts: Facts) -> str:
    """``html`` with the facts in it, as text."""

    def put(match: "re.Match[str]") -> str:
        field = match.group(1)
        if field == "qr":
            return f'<img data-field="qr" src="{QR}" alt="">'
        return f'<span data-field="{field}">{escape(getattr(facts, field))}</span>'

    return _FIELD.sub(put, html)


def check(html: str, css: str) -> None:
    """Raise ``ValidationError`` naming ``html`` or ``css`` for what no template may hold.

    The first wall of C7: the second is that the engine refuses every address but the template's own.
    """
    if found := wrong(html, css):
        raise ValidationError(found)


def wrong(html: str, css: str) -> dict[str, list[str]]:
    """What of it no template may hold, as sentences by field; empty where all is well."""
    errors: dict[str, list[str]] = {"html": list(_wrong_html(html)), "css": list(_wrong_css(css))}
    return {field: told for field, told in errors.items() if told}


def _wrong_html(html: str) -> Iterator[str]:
    used = fields_in(html)
    for field in dict.fromkeys(used):
        if field not in FIELDS:
            yield _("There is no field “%(field)s”.") % {"field": field}
    for field in NEEDED:
        if field not in used:
            yield _("The field “%(field)s” is missing.") % {"field": field}
    if used.count("qr") > 1:
        yield _("The QR code stands there more than once.")
    if any("{{" in tag for tag in _TAG.findall(html)):
        yield _("A field stands inside of a tag; it may stand in text alone.")
    banned = _BANNED_TAGS.search(html)
    if banned:
        yield _("The tag <%(tag)s> may not be used.") % {"tag": banned.group(1).lower()}
    if any(_HANDLER.search(tag) for tag in _TAG.findall(html)):
        yield _("Scripts may not be used.")
    yield from _foreign(html)


def _wrong_css(css: str) -> Iterator[str]:
    plain = _COMMENT.sub("", css)
    lowered = plain.lower()
    if "</" in plain or "\\" in plain:
        # (An escape could write an address or a rule in a way that no check reads.)
        yield _("“</” and “\\” may not be used.")
    for word in ("@import", "@page", "@font-face", "@namespace", "expression("):
        if word in lowered:
            yield _("“%(word)s” may not be used.") % {"word": word}
    if "{{" in plain:
        yield _("Fields stand in the HTML alone.")
    yield from _foreign(plain)


def _foreign(text: str) -> Iterator[str]:
    for address in _ADDRESS.findall(text):
        if address != BACKGROUND:
            yield _("“%(address)s” is no file of the template.") % {"address": address[:80]}
            return
