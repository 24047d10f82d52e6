"""Every icon that our blocks and menus name is one that Wagtail has."""

import re
from pathlib import Path

import pytest
import wagtail.admin

ROOT = Path(__file__).resolve().parent.parent.parent
NAMED = re.compile(r"icon\s*=\s*\"([a-z0-9-]+)\"")


@pytest.mark.parametrize("room", ["portal", "campus", "learning", "home"])
def test_s5_no_menu_or_block_names_an_icon_that_is_not_there(room: str) -> None:
    folder = Path(wagtail.admin.__file__).parent / "templates/wagtailadmin/icons"
    known = {path.stem for path in folder.glob("*.svg")}
    named = {
        name
        for path in (ROOT / room).rglob("*.py")
        if path.name in {"wagtail_hooks.py", "viewsets.py", "blocks.py"}
        for name in NAMED.findall(path.read_text())
    }
    assert known
    assert named <= known, named - known
