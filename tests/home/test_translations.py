"""S2: every text of the site is there in Arabic, and says the same things as the English one.

After new strings: ``manage.py makemessages -l ar --no-location --no-wrap --no-obsolete -i .venv -i var
-i tests -i bench``, then translate what is empty or fuzzy in ``locale/ar/LC_MESSAGES/django.po``.
"""

import re
from pathlib import Path

import polib
import pytest
from django.conf import settings

CATALOG = Path(settings.BASE_DIR) / "locale" / "ar" / "LC_MESSAGES" / "django.po"
NAMED = re.compile(r"%\((\w+)\)[sd]")


@pytest.fixture(scope="module")
def catalog() -> polib.POFile:
    return polib.pofile(str(CATALOG))


def test_s2_nothing_is_untranslated_or_fuzzy(catalog: polib.POFile) -> None:
    assert len(catalog) > 300
    assert [entry.msgid for entry in catalog.untranslated_entries()] == []
    assert [entry.msgid for entry in catalog.fuzzy_entries()] == []


def test_s2_arabic_has_its_six_plural_forms(catalog: polib.POFile) -> None:
    plurals = [entry for entry in catalog if entry.msgid_plural]
    assert plurals
    assert [e.msgid for e in plurals if len([s for s in e.msgstr_plural.values() if s]) != 6] == []


def test_s2_translations_name_no_fact_that_the_original_lacks(catalog: polib.POFile) -> None:
    """A placeholder that is misspelled would be an error at the moment someone reads the page."""
    wrong = []
    for entry in catalog:
        known = set(NAMED.findall(entry.msgid + entry.msgid_plural))
        if entry.msgid_plural:
            used = {name for text in entry.msgstr_plural.values() for name in NAMED.findall(text)}
            fits = used <= known
        else:
            fits = set(NAMED.findall(entry.msgstr)) == known
        if not fits:
            wrong.append(entry.msgid)
    assert wrong == []


def test_s2_the_templates_hold_no_string_that_the_catalog_lacks(catalog: polib.POFile) -> None:
    """What was written after the last run of makemessages fails here, by its words."""
    known = {entry.msgid for entry in catalog}
    found = set()
    for template in (Path(settings.BASE_DIR) / "templates").rglob("*.html"):
        text = template.read_text()
        for quote in "'\"":
            found |= set(re.findall(rf"{{% translate {quote}([^{quote}]+){quote}", text))
    assert found
    assert found - known == set()
