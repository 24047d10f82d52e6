"""What this machine needs to write PDFs: libraries, and a font for each sign that is written (C3).

Asked of the libraries themselves, without loading WeasyPrint.
"""

import ctypes
import ctypes.util
import sys
from functools import lru_cache
from typing import Any

LIBRARIES = {
    "libpango-1.0.so.0": "libpango-1.0-0",
    "libpangoft2-1.0.so.0": "libpangoft2-1.0-0",
    "libharfbuzz.so.0": "libharfbuzz0b",
    "libharfbuzz-subset.so.0": "libharfbuzz-subset0",
    "libfontconfig.so.1": "libfontconfig1",
}
"""Names of libraries, and the Debian packages that bring them.

Without ``libharfbuzz-subset`` PDFs are slow, differ from run to run, and threads mix them up.
"""
FONT_PACKAGES = ("fonts-noto-core", "fonts-noto-cjk")
SCRIPTS = {"Latin": "Aé", "Arabic": "محمد", "Bangla": "রবি", "Kannada": "ಕನ್ನಡ", "Chinese": "李小龙"}
"""Scripts that certificates must be written in, and some of their signs."""
_INVISIBLE = frozenset("\u00a0\u00ad\u200b\u200c\u200d\u200e\u200f\u202f\u2060\ufeff") | frozenset(
    chr(code) for code in (*range(0x20), *range(0x2066, 0x206A), *range(0xFE00, 0xFE10))
)


def missing_packages() -> list[str]:
    """The Debian packages whose libraries are not on this machine; empty where PDFs can be made."""
    return [package for name, package in LIBRARIES.items() if not _is_there(name)]


def _is_there(name: str) -> bool:
    if not sys.platform.startswith("linux"):
        return ctypes.util.find_library(name.removeprefix("lib").split(".so")[0]) is not None
    try:
        ctypes.CDLL(name)
    except OSError:
        return False
    return True


@lru_cache(maxsize=1)
def _fontconfig() -> Any:
    found = ctypes.util.find_library("fontconfig") if sys.platform == "darwin" else None
    library = ctypes.CDLL(found or "libfontconfig.so.1")
    pointer, text = ctypes.c_void_p, ctypes.c_char_p
    for name, takes, gives in (
        ("FcPatternCreate", [], pointer),
        ("FcPatternAddCharSet", [pointer, text, pointer], ctypes.c_int),
        ("FcPatternDestroy", [pointer], None),
        ("FcCharSetCreate", [], pointer),
        ("FcCharSetAddChar", [pointer, ctypes.c_uint32], ctypes.c_int),
        ("FcCharSetDestroy", [pointer], None),
        ("FcObjectSetCreate", [], pointer),
        ("FcObjectSetAdd", [pointer, text], ctypes.c_int),
        ("FcObjectSetDestroy", [pointer], None),
        ("FcFontList", [pointer, pointer, pointer], pointer),
        ("FcFontSetDestroy", [pointer], None),
    ):
        function = getattr(library, name)
        function.argtypes, function.restype = takes, gives
    return library


@lru_cache(maxsize=50_000)
def has_font(sign: str) -> bool:
    """Whether some font of this machine has ``sign`` (one character)."""
    fc = _fontconfig()
    pattern, signs, wanted = fc.FcPatternCreate(), fc.FcCharSetCreate(), fc.FcObjectSetCreate()
    try:
        fc.FcObjectSetAdd(wanted, b"file")
        fc.FcCharSetAddChar(signs, ord(sign))
        fc.FcPatternAddCharSet(pattern, b"charset", signs)
        found = fc.FcFontList(None, pattern, wanted)
        # (struct FcFontSet begins with the number of fonts.)
        number = ctypes.cast(found, ctypes.POINTER(ctypes.c_int)).contents.value if found else 0
        if found:
            fc.FcFontSetDestroy(found)
        return number > 0
    finally:
        fc.FcPatternDestroy(pattern)
        fc.FcCharSetDestroy(signs)
        fc.FcObjectSetDestroy(wanted)


def missing_signs(text: str) -> str:
    """The characters of ``text`` that no font here has, each once; a PDF would show boxes for them."""
    return "".join(
        sign for sign in dict.fromkeys(text) if sign not in _INVISIBLE and not has_font(sign)
    )


def missing_scripts() -> list[str]:
    """The names of the scripts in :data:`SCRIPTS` that cannot be written here."""
    return [name for name, text in SCRIPTS.items() if missing_signs(text)]
