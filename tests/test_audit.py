"""``make audit``: what cannot be asked about is never called harmless, and a finding needs its sentence."""

import re
from typing import Any

import pytest

from scripts.audit import FINE, FOUND, NOT_AUDITED, explained, judge
from tests.processes import ROOT

ADVISORY = {
    "id": "PYSEC-2026-1",
    "aliases": ["CVE-2026-1"],
    "fix_versions": ["2.0"],
    "description": "It reads files that it should not.",
}
SOUND: dict[str, Any] = {"name": "sound", "version": "1.0", "vulns": []}
WEAK: dict[str, Any] = {"name": "weak", "version": "1.0", "vulns": [ADVISORY]}
UNKNOWN: dict[str, Any] = {"name": "dark", "skip_reason": "Dependency not found on PyPI: dark"}


@pytest.mark.parametrize("packages", [[], [UNKNOWN], [UNKNOWN, UNKNOWN]])
def test_without_the_database_it_says_so_and_fails(packages: list[dict[str, Any]]) -> None:
    code, lines = judge(packages, {})
    assert code == NOT_AUDITED
    assert lines[0].startswith("NOT AUDITED")


def test_one_that_could_not_be_asked_about_fails_too() -> None:
    code, lines = judge([SOUND, UNKNOWN], {})
    assert code == NOT_AUDITED
    assert "NOT AUDITED: Dependency not found on PyPI: dark" in lines


def test_a_finding_fails_until_it_is_explained() -> None:
    code, lines = judge([SOUND, WEAK], {})
    assert code == FOUND
    assert "weak 1.0: PYSEC-2026-1, mended in 2.0" in lines
    assert any("NOT EXPLAINED: It reads files" in line for line in lines)
    for name in ("PYSEC-2026-1", "CVE-2026-1"):
        code, lines = judge([SOUND, WEAK], {name: "We give it no file of others."})
        assert code == FINE
        assert "  We give it no file of others." in lines


def test_a_sentence_for_nothing_goes() -> None:
    code, lines = judge([SOUND], {"CVE-2020-1": "Long ago."})
    assert code == FOUND
    assert "Explained in pyproject.toml and not found any more: CVE-2020-1" in lines


def test_all_is_fine() -> None:
    assert judge([SOUND], {}) == (FINE, ["1 packages asked about, 0 not, 0 advisories."])


def test_every_requirement_is_pinned_and_what_is_explained_has_words() -> None:
    for name in ("requirements.txt", "requirements-dev.txt"):
        for line in (ROOT / name).read_text().splitlines():
            if line and not line.startswith(("#", "-r ")):
                assert re.fullmatch(r"[\w.\[\],-]+==[\w.]+", line), line
    assert all(len(reason.split()) > 5 for reason in explained().values())
