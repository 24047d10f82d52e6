"""Compile translations (``.po`` to ``.mo``) in Python, so that gettext need not be installed."""

from pathlib import Path

import polib

ROOT = Path(__file__).resolve().parent.parent


def compile_messages(root: Path = ROOT) -> list[Path]:
    """Compile what is newer than its result; returns the sources that were compiled."""
    compiled = []
    for source in sorted(root.glob("locale/*/LC_MESSAGES/*.po")):
        result = source.with_suffix(".mo")
        if not result.exists() or result.stat().st_mtime < source.stat().st_mtime:
            polib.pofile(str(source)).save_as_mofile(str(result))
            compiled.append(source)
    return compiled


if __name__ == "__main__":
    for path in compile_messages():
        print(f"Compiled {path.relative_to(ROOT)}")
