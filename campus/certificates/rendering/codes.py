"""QR codes of addresses (C2): as SVG for WeasyPrint, and as a path for a PDF's content."""

from functools import lru_cache

import segno

BORDER = 2
"""Free modules around the code."""


@lru_cache(maxsize=64)
def modules(text: str) -> tuple[bytes, ...]:
    """The rows of the code of ``text``, a byte for each module: 1 is dark.

    The mask is chosen beforehand. Any is read; trying all eight is four fifths of the work.
    """
    return tuple(bytes(row) for row in segno.make(text, error="m", micro=False, mask=2).matrix)


def runs(text: str) -> list[tuple[int, int, int]]:
    """Dark runs as (column, row, length), the free border counted."""
    found = []
    for y, row in enumerate(modules(text)):
        x = 0
        while x < len(row):
            if not row[x]:
                x += 1
                continue
            start = x
            while x < len(row) and row[x]:
                x += 1
            found.append((start + BORDER, y + BORDER, x - start))
    return found


def size(text: str) -> int:
    """Modules on each side, the free border counted."""
    return len(modules(text)) + 2 * BORDER


def svg(text: str) -> bytes:
    """The code as an SVG that fills its square, white behind."""
    side = size(text)
    path = "".join(f"M{x} {y}h{n}v1h-{n}z" for x, y, n in runs(text))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}">'
        f'<path fill="#fff" d="M0 0h{side}v{side}h-{side}z"/><path fill="#000" d="{path}"/></svg>'
    ).encode()


def content(text: str) -> bytes:
    """The code in the operators of PDF, in a square of side 1 whose first row is at 0."""
    side = size(text)
    dark = "\n".join(f"{x} {y} {n} 1 re" for x, y, n in runs(text))
    scale = 1 / side
    return (f"1 g\n0 0 1 1 re\nf\n0 g\n{scale:.8f} 0 0 {scale:.8f} 0 0 cm\n{dark}\nf").encode()
