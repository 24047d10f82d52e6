"""What tests of certificates look at: PDFs as pictures, as text, and their QR codes."""

import io

import pypdfium2
import zxingcpp
from PIL import Image, ImageChops

from campus.certificates.rendering import fonts

CAN_DRAW = not fonts.missing_packages() and not fonts.missing_scripts()
WHY_NOT = "no libraries or fonts for PDFs on this machine"


def picture(pdf: bytes, scale: float = 2) -> Image.Image:
    """The one page of a PDF."""
    document = pypdfium2.PdfDocument(pdf)
    assert len(document) == 1
    return document[0].render(scale=scale).to_pil().convert("RGB")


def text(pdf: bytes) -> str:
    """What a PDF says, without its spaces and ends of lines."""
    found = pypdfium2.PdfDocument(pdf)[0].get_textpage().get_text_range()
    return "".join(found.split())


def codes(pdf: bytes) -> list[str]:
    """What an independent reader finds in the QR codes of a page."""
    return [found.text for found in zxingcpp.read_barcodes(picture(pdf))]


def difference(one: bytes, other: bytes) -> int:
    """By how much the most different sample of two pages differs, of 255."""
    extremes = ImageChops.difference(picture(one), picture(other)).getextrema()
    return max(high for _low, high in extremes)


def background(color: str = "#e8eef7") -> bytes:
    """A small PNG."""
    out = io.BytesIO()
    image = Image.new("RGB", (297, 210), color)
    image.paste("#24478f", (0, 0, 297, 6))
    image.save(out, "PNG")
    return out.getvalue()
