"""What the tests of the catalog share."""

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from campus.institutions.models import Institution
from learning.catalog.imports.rows import REQUIRED_COLUMNS

CATALOG = (
    Path(__file__).resolve().parents[3]
    / "learning/catalog/data/uiuc-course-catalog-2025-summer.csv"
)


@pytest.fixture
def institution(db: None) -> Institution:
    """An institution of its own."""
    return Institution.objects.create(name="University of the Test", slug="test")


Rows = Callable[..., Path]


@pytest.fixture
def catalog_file(tmp_path: Path) -> Rows:
    """Write a small catalog: each argument is a row's differences from a plain one."""
    plain = dict.fromkeys(sorted(REQUIRED_COLUMNS), "") | {
        "Year": "2025",
        "Term": "Summer",
        "Subject": "TST",
        "Number": "101",
        "Name": "Testing &amp; Trust",
        "Description": "About tests.",
        "Credit Hours": "3 hours.",
        "CRN": "1",
        "Section": "A",
        "Part of Term": "S2",
        "Section Status": "A",
        "Type": "Lecture",
        "Start Time": "ARRANGED",
    }

    def write(*rows: dict[str, Any], name: str = "catalog.csv") -> Path:
        path = tmp_path / name
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, fieldnames=list(plain))
            writer.writeheader()
            writer.writerows({**plain, **row} for row in rows)
        return path

    return write
