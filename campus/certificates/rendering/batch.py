"""Many certificates at once (C5): what they share is drawn once, what differs in one document for all.

The background becomes a form that each PDF draws first. The text of all certificates is laid out by
WeasyPrint, shaped as any script needs it (C3), on one long page, one certificate below the other; each is
clipped to its own place, at which the page's content is cut. The QR code is drawn into the square that
its image left free. ``reference`` makes one PDF by WeasyPrint alone; tests hold the two against each other
as pictures.
"""

import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pikepdf
from django.utils.translation import gettext as _

from campus.certificates.errors import CannotRender
from campus.certificates.rendering import codes, engine, sources
from campus.certificates.rendering.sources import Facts

_PIXELS = 96 / 25.4
_POINTS = 72 / 25.4
_MARK = "#01fe03"
_MARK_SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1">'
    f'<rect width="1" height="1" fill="{_MARK}"/></svg>'
).encode()
_MARK_DRAWN = re.compile(rb"0\.003922 0\.996078 0\.011765 rg\n(?:[^\n]* [dJjM]\n)*0 0 1 1 re\nf\n")
_RECTANGLE = re.compile(rb"^([\d.]+) ([\d.]+) ([\d.]+) ([\d.]+) re$")
_NAME = re.compile(rb"/([^\s/<>\[\]()]+)")
_KINDS = ("/Font", "/XObject", "/ExtGState", "/Shading", "/ColorSpace")


class _Uncut(Exception):
    """The content could not be told apart, certificate by certificate."""


@dataclass(frozen=True)
class Look:
    """A version of a template as the renderer needs it; ``background`` is its image and content type."""

    version: Any
    background: tuple[bytes, str] | None

    @property
    def files(self) -> dict[str, tuple[bytes, str]]:
        """What its HTML and CSS may read."""
        return {sources.BACKGROUND: self.background} if self.background else {}


def reference(look: Look, facts: Facts) -> bytes:
    """One certificate by WeasyPrint alone: slow, and what every other way must look like."""
    styles = engine.sheet(look.version, background=True)
    html = engine.document(look.version, styles, [sources.fill(look.version.html, facts)])
    code = {sources.QR: (codes.svg(facts.address), "image/svg+xml")}
    return _finish(pikepdf.open(io.BytesIO(engine.write(html, look.files | code))), look, facts)


def render(look: Look, batch: Sequence[Facts]) -> list[bytes]:
    """The PDFs of ``batch``, in its order. Raises :class:`CannotRender`.

    The same facts in the same batch give the same bytes. What cannot be cut apart (gradients that repeat,
    a template that moves its own sheet) is drawn one by one.
    """
    engine.check_machine()
    try:
        return _cut(look, batch)
    except _Uncut:
        return [reference(look, facts) for facts in batch]


def _cut(look: Look, batch: Sequence[Facts]) -> list[bytes]:
    version = look.version
    html = engine.document(
        version,
        engine.sheet(version, pages=len(batch)),
        [sources.fill(version.html, facts) for facts in batch],
    )
    mark = {sources.QR: (_MARK_SVG, "image/svg+xml")}
    pdf = pikepdf.open(io.BytesIO(engine.write(html, look.files | mark)))
    if len(pdf.pages) != 1:
        raise _Uncut
    page = pdf.pages[0]
    if _has_patterns(page.obj.Resources):
        raise _Uncut  # (they are placed on the page, not where they are drawn)
    pieces = _pieces(page.Contents.read_bytes(), version, len(batch))
    backdrop = _backdrop(look, pdf)
    width, height = version.millimeters
    done = []
    for index, (facts, piece) in enumerate(zip(batch, pieces, strict=True)):
        code = codes.content(facts.address) + b"\n"
        drawn, marks = _MARK_DRAWN.subn(code, piece)
        if marks != 1:
            raise _Uncut
        content = (
            (b"q\n/Backdrop Do\nQ\n" if backdrop is not None else b"")
            + f"q\n1 0 0 -1 0 {height * _POINTS:.6f} cm\n0.75 0 0 0.75 0 0 cm\n"
            f"1 0 0 1 0 {-height * _PIXELS * index:.6f} cm\n".encode()
            + drawn
            + b"Q\n"
        )
        made = pdf.add_blank_page(page_size=(width * _POINTS, height * _POINTS))
        made.obj.Contents = pdf.make_stream(content)
        made.obj.Resources = _resources(page.obj.Resources, piece, backdrop)
        out = pikepdf.new()
        out.pages.append(made)
        done.append(_finish(out, look, facts))
    return done


def _pieces(content: bytes, version: Any, number: int) -> list[bytes]:
    """What each certificate draws, in its own clip, as it stands on the long page."""
    width, height = (side * _PIXELS for side in version.millimeters)
    found: list[bytes] = []
    depth, opened, lines, moves = 0, None, [], 0
    for line in content.split(b"\n"):
        if opened is not None:
            if line == b"Q" and depth == opened:
                found.append(b"\n".join([*lines, b""]))
                opened, lines = None, []
            else:
                lines.append(line)
        elif (match := _RECTANGLE.match(line)) is not None:
            wanted = (0, height * len(found), width, height)
            place = [float(one) for one in match.groups()]
            if all(abs(one - other) < 0.01 for one, other in zip(place, wanted, strict=True)):
                opened, lines = depth, [line]
        moves += opened is None and line.endswith(b" cm")
        depth += (line == b"q") - (line == b"Q")
    # (Two moves make the page's coordinates those of CSS; a third one would move the certificates.)
    if len(found) != number or moves != 2:
        raise _Uncut
    return found


def _resources(all_of_them: Any, piece: bytes, backdrop: Any) -> pikepdf.Dictionary:
    """Of the long page's resources those that the piece names, so that no PDF carries another's fonts."""
    names = {b"/" + name for name in _NAME.findall(piece)}
    found = pikepdf.Dictionary()
    for kind in _KINDS:
        here = all_of_them.get(kind)
        if here is None:
            continue
        used = {name: here[name] for name in here.keys() if name.encode() in names}  # noqa: SIM118
        if used:
            found[kind] = pikepdf.Dictionary(used)
    if backdrop is not None:
        if "/XObject" not in found:
            found.XObject = pikepdf.Dictionary()
        found.XObject.Backdrop = backdrop
    return found


def _has_patterns(resources: Any) -> bool:
    if len(resources.get("/Pattern", {})):
        return True
    forms = resources.get("/XObject", {})
    return any(
        _has_patterns(form.Resources)
        for form in (forms[name] for name in forms.keys())  # noqa: SIM118 (no iterator of names)
        if form.get("/Resources") is not None
    )


def _backdrop(look: Look, target: pikepdf.Pdf) -> Any:
    """The sheet without any certificate, as a form; None where there is nothing on it."""
    plain = "background" in look.version.css
    if look.background is None and not plain:
        return None
    html = engine.document(look.version, engine.sheet(look.version, background=True), [])
    with pikepdf.open(io.BytesIO(engine.write(html, look.files))) as pdf:
        form = target.copy_foreign(pdf.make_indirect(pdf.pages[0].as_form_xobject()))
    # What draws after it must find the coordinates as they were; WeasyPrint leaves them turned.
    form.write(b"q\n" + form.read_bytes() + b"\nQ")
    return form


def _finish(pdf: pikepdf.Pdf, look: Look, facts: Facts) -> bytes:
    """One page with its title and language; equal facts give equal bytes."""
    if len(pdf.pages) != 1:
        raise CannotRender(_("The template does not fit on one page."))
    pdf.Root.Lang = pikepdf.String(look.version.language)
    pdf.Root.ViewerPreferences = pikepdf.Dictionary(DisplayDocTitle=True)
    pdf.docinfo["/Title"] = f"{facts.title} · {facts.name}"
    pdf.docinfo["/Subject"] = facts.number
    pdf.docinfo["/Producer"] = "Quad"
    out = io.BytesIO()
    pdf.save(out, deterministic_id=True)
    return out.getvalue()


def look_of(version: Any) -> Look:
    """A stored version with its background read from the storage."""
    if not version.background:
        return Look(version, None)
    with version.background.open("rb") as file:
        return Look(version, picture(file.read()))


def picture(data: bytes) -> tuple[bytes, str]:
    """A background (``services.templates`` takes no others than PNG and JPEG) with its type."""
    return data, "image/png" if data.startswith(b"\x89PNG") else "image/jpeg"
