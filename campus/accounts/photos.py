"""Photos of people: checked, turned upright, made small, and stripped of what a camera adds."""

import io
import secrets
from typing import Any

from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.utils.translation import gettext_lazy as _
from PIL import Image, ImageOps, UnidentifiedImageError

MAX_BYTES = 5 * 1024 * 1024
MAX_PIXELS = 40_000_000
SIDE = 800
FORMATS = ("JPEG", "PNG", "WEBP")


def prepared(upload: Any, *, side: int = SIDE) -> ContentFile[bytes]:
    """``upload`` as a WebP file of at most ``side`` pixels a side, under a name that cannot be guessed.

    The type is read from the content, never from the name: SVG and whatever else is no JPEG, PNG or WebP
    raises ``ValidationError``, as do more than 5 MB and more than 40 million pixels. Writing the picture
    anew leaves out the place and the device that cameras write into it.
    """
    if upload.size > MAX_BYTES:
        raise ValidationError(_("The photo may have at most 5 MB."), code="too_large")
    flood = ValidationError(_("The photo has too many pixels."), code="too_large")
    wrong = ValidationError(_("Upload a JPEG, PNG or WebP picture."), code="invalid_image")
    try:
        with Image.open(upload, formats=FORMATS) as picture:
            if picture.width * picture.height > MAX_PIXELS:
                raise flood
            upright = ImageOps.exif_transpose(picture)
            upright.thumbnail((side, side))
            out = io.BytesIO()
            upright.convert("RGB").save(out, "WEBP", quality=85)
    except Image.DecompressionBombError:  # Pillow's own limit, at the first look into the header
        raise flood from None
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError):
        raise wrong from None
    return ContentFile(out.getvalue(), name=f"{secrets.token_urlsafe(16)}.webp")
