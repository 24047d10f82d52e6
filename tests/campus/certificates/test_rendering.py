"""From facts to PDFs: readable codes (C2), every script (C3), equal to drawing one by one (C5), and
nothing read from outside (C7)."""

import datetime as dt
import io
import threading
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pikepdf
import pytest

from campus.certificates import checks
from campus.certificates.errors import CannotRender
from campus.certificates.rendering import batch, engine, fonts, sources
from campus.certificates.rendering.batch import Look
from campus.certificates.rendering.sources import Facts
from tests import factories
from tests.campus.certificates import drawing

needs_libraries = pytest.mark.skipif(not drawing.CAN_DRAW, reason=drawing.WHY_NOT)

NAMES = {
    "Latin": "Zoë Łukasiewicz",
    "Arabic": "محمد عبد الرحمن",
    "Bangla": "রবীন্দ্রনাথ ঠাকুর",
    "Kannada": "ಕುವೆಂಪು ಪುಟ್ಟಪ್ಪ",
    "Chinese": "李小龙",
    "long": "A very long name that needs a second line on the page " * 2,
    "marks": "Zoe\u0308 A\u030a\u0323\u0301\u0327ngstro\u0308m",
    "signs": '<b>O\'Neil</b> & "Söhne"',
}


def look(**changes: Any) -> Look:
    version: Any = {
        **factories.TEMPLATE,
        "language": "en",
        "direction": "ltr",
        "millimeters": (297, 210),
        "background": True,
        **changes,
    }
    files = (drawing.background(), "image/png") if version["background"] else None
    return Look(SimpleNamespace(**version), files)


def facts(name: str = "Ada", n: int = 0) -> Facts:
    return Facts(
        name=name,
        title="Machine learning",
        hours="12",
        date="12 May 2026",
        institution="Quad University",
        number=f"2026-{n:04}",
        address=f"https://portal.example.edu/certificates/verify/{n:032x}/",
    )


BATCH = [facts(name, n) for n, name in enumerate(NAMES.values())]


@needs_libraries
@pytest.mark.parametrize("direction", ["ltr", "rtl"])
def test_c5_a_batch_looks_as_if_each_was_drawn_alone(direction: str) -> None:
    one = look(direction=direction)
    pdfs = batch.render(one, BATCH)
    for each, pdf in zip(BATCH, pdfs, strict=True):
        assert drawing.difference(pdf, batch.reference(one, each)) <= 8, each.name
    # (that they differ at all is seen)
    assert drawing.difference(pdfs[0], pdfs[1]) > 100


@needs_libraries
def test_c5_the_same_batch_gives_the_same_bytes() -> None:
    assert batch.render(look(), BATCH) == batch.render(look(), BATCH)


@needs_libraries
def test_c5_threads_do_not_mix_their_certificates_up() -> None:
    alone = {n: batch.render(look(), BATCH[n : n + 2]) for n in range(4)}
    found: dict[int, list[bytes]] = {}

    def draw(n: int) -> None:
        found[n] = batch.render(look(), BATCH[n : n + 2])

    threads = [threading.Thread(target=draw, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == alone


@needs_libraries
def test_c2_an_independent_reader_reads_each_code_and_no_other() -> None:
    for each, pdf in zip(BATCH, batch.render(look(), BATCH), strict=True):
        assert drawing.codes(pdf) == [each.address]


@needs_libraries
def test_c3_names_of_every_script_are_shaped_with_their_fonts() -> None:
    assert fonts.missing_signs("".join(NAMES.values())) == ""
    pdfs = dict(zip(NAMES, batch.render(look(), BATCH), strict=True))
    for script in ("Latin", "Chinese"):
        assert NAMES[script].replace(" ", "") in drawing.text(pdfs[script])
    # (Shaped scripts come out of a PDF in another order: the fonts tell that they were shaped.)
    for script, font in (
        ("Arabic", b"Noto-Naskh-Arabic"),
        ("Bangla", b"Noto-Sans-Bengali"),
        ("Kannada", b"Noto-Sans-Kannada"),
        ("Chinese", b"Noto-Sans-CJK-SC"),
    ):
        assert font in _fonts_of(pdfs[script])
        assert font not in _fonts_of(pdfs["Latin"])
    # Joined and stacked letters are fewer and other glyphs than the letters one by one.
    apart = batch.render(look(), [facts("م ح م د"), facts("محمد")])
    assert drawing.difference(*apart) > 100


def _fonts_of(pdf: bytes) -> bytes:
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        found = opened.pages[0].obj.Resources.Font
        return b" ".join(str(font.BaseFont).encode() for font in found.as_dict().values())


@needs_libraries
def test_c7_names_are_text_and_never_html() -> None:
    [pdf] = batch.render(look(), [facts(NAMES["signs"])])
    assert '<b>O\'Neil</b>&"Söhne"' in drawing.text(pdf)


@needs_libraries
@pytest.mark.parametrize(
    "reaching",
    [
        "<img src='{url}'>",
        "<link rel=stylesheet href='{url}'>",
        "<style>@import url('{url}');</style>",
        "<style>.certificate{{background:url('{url}')}}</style>",
        "<style>@font-face{{font-family:x;src:url('{url}')}} p{{font-family:x}}</style>",
        "<object data='{url}'></object>",
        "<embed src='{url}'>",
        "<iframe src='{url}'></iframe>",
        "<a rel=attachment href='{url}'>a</a>",
        "<link rel=attachment href='{url}'>",
        "<svg xmlns:xlink='http://www.w3.org/1999/xlink'><image href='{url}'/><use href='{url}#a'/></svg>",
        "<script src='{url}'></script><script>fetch('{url}')</script>",
        "<base href='{url}'><img src='a.png'>",
        "<p style='broken: {{{{ ;;; }} url({url}'>",
    ],
)
def test_c7_whatever_a_template_says_nothing_is_read_but_its_own_files(
    reaching: str, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second wall: what got past the check of sources still reaches nothing."""
    secret = tmp_path / "secret.svg"
    secret.write_text(
        '<svg xmlns="http://www.w3.org/2000/svg" width="99" height="99"><text>SECRET</text></svg>'
    )
    asked: list[Any] = []
    monkeypatch.setattr("socket.socket.connect", lambda *args: asked.append(args))
    monkeypatch.setattr("urllib.request.OpenerDirector.open", lambda *args, **_: asked.append(args))
    plain = batch.render(look(), [facts()])
    for url in (
        f"file://{secret}",
        str(secret),
        "http://127.0.0.1:9/a.svg",
        "data:image/svg+xml,<svg/>",
    ):
        html = factories.TEMPLATE["html"] + reaching.format(url=url)
        try:
            pdfs = batch.render(look(html=html), [facts(), facts("Bob", 1)])
        except CannotRender:
            continue  # drawn on more than a page: refused, not read
        assert not any(b"SECRET" in pdf for pdf in pdfs)
        assert "SECRET" not in "".join(drawing.text(pdf) for pdf in pdfs)
        assert all(b"/EmbeddedFile" not in pdf for pdf in pdfs)
    assert not asked
    assert plain


@needs_libraries
def test_c7_the_engine_hands_out_the_templates_files_alone() -> None:
    fetcher = engine._fetcher()({"template:a": (b"a", "text/plain")})
    assert fetcher("template:a").read() == b"a"
    for url in (
        "template:b",
        "file:///etc/hostname",
        "http://localhost/",
        "data:,x",
        "/etc/hostname",
        "",
    ):
        with pytest.raises(ValueError, match="No file of the template"):
            fetcher(url)


@needs_libraries
@pytest.mark.parametrize(
    "css",
    [
        "p{background:linear-gradient(45deg,red,blue) 0 0/5mm 5mm}",
        ".certificate{top:20mm !important}",
        ".certificate{opacity:.5} p{opacity:.9}",
        "@media print{.certificate{transform:rotate(3deg)}}",
        "html{background:#ffe} body{background:#eff}",
        "p{color:;;;{{{}}",
    ],
)
def test_c5_what_cannot_be_cut_apart_is_drawn_one_by_one(css: str) -> None:
    one = look(css=factories.TEMPLATE["css"] + css)
    try:
        wanted = [batch.reference(one, each) for each in BATCH[:2]]
    except CannotRender:
        with pytest.raises(CannotRender):
            batch.render(one, BATCH[:2])
        return
    for pdf, alone in zip(batch.render(one, BATCH[:2]), wanted, strict=True):
        assert drawing.difference(pdf, alone) <= 8


def test_c3_a_machine_without_libraries_is_told_which(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(fonts.LIBRARIES, "libnothing-here.so.0", "libnothing0")
    [warning] = checks.machine_makes_pdfs(None)
    assert "libnothing0" in warning.hint
    assert warning.id == checks.NO_LIBRARIES
    with pytest.raises(CannotRender, match="libnothing0"):
        batch.render(look(), [facts()])


@needs_libraries
def test_c3_a_machine_without_a_font_is_told_for_which_script(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert checks.machine_makes_pdfs(None) == []
    monkeypatch.setitem(fonts.SCRIPTS, "Nothing", "\U000e0fff")
    [warning] = checks.machine_makes_pdfs(None)
    assert "Nothing" in warning.msg
    assert fonts.missing_signs("a\u200d\U000e0fffb") == "\U000e0fff"


def test_c2_dates_and_hours_are_written_in_the_templates_language() -> None:
    row: Any = SimpleNamespace(
        version=SimpleNamespace(language="ar"),
        hours=Decimal("12.50"),
        date=dt.date(2026, 5, 12),
        **dict.fromkeys(("name", "title", "institution_name", "number"), "x"),
    )
    told = sources.facts_of(row, "https://x")
    assert "مايو" in told.date
    assert "12" in told.hours
    assert "ساع" in told.hours
