"""The README tells the truth about what can be configured and where things stand."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text()


def variables() -> set[str]:
    """What the settings read from the environment."""
    settings = "\n".join(
        path.read_text()
        for path in [ROOT / "portal" / "settings.py", *ROOT.glob("portal/settings/*.py")]
        if path.exists()
    )
    return set(re.findall(r"""env(?:\.\w+)?\(\s*"([A-Z][A-Z0-9_]+)\"""", settings)) | set(
        re.findall(r"""require\(env, "([A-Z][A-Z0-9_]+)"\)""", settings)
    )


def test_o5_the_table_names_every_variable_that_the_settings_read() -> None:
    read = variables()
    assert "DATABASE_URL" in read
    table = README.split("## Configuration")[1].split("## Deployment")[0]
    told = set(re.findall(r"`([A-Z][A-Z0-9_]+)`", table))
    assert read - told == set()
    assert told - read == set()


def test_links_lead_to_files_that_exist() -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)\)", README)
    assert len(links) > 3
    assert [link for link in links if not (ROOT / link).exists()] == []
