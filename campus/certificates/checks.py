"""Warnings at the start where this machine cannot make PDFs, or not in every script (C3)."""

from typing import Any

from django.core import checks

from campus.certificates.rendering import fonts

NO_LIBRARIES, NO_FONTS = "certificates.W001", "certificates.W002"


@checks.register("certificates")
def machine_makes_pdfs(app_configs: Any, **kwargs: Any) -> list[checks.CheckMessage]:
    """Name the Debian packages that are missing. Everything else works without them."""
    missing = fonts.missing_packages()
    if missing:
        return [
            checks.Warning(
                "Certificates get no PDF on this machine: libraries are missing.",
                hint=f"On Debian: apt install {' '.join([*missing, *fonts.FONT_PACKAGES])}",
                id=NO_LIBRARIES,
            )
        ]
    scripts = fonts.missing_scripts()
    if scripts:
        return [
            checks.Warning(
                f"No font of this machine writes {', '.join(scripts)}: such certificates wait.",
                hint=f"On Debian: apt install {' '.join(fonts.FONT_PACKAGES)}",
                id=NO_FONTS,
            )
        ]
    return []
