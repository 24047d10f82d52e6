"""Taking a real catalog in (L1): read the file, then write what the source changed."""

from learning.catalog.imports.report import ImportReport
from learning.catalog.imports.service import import_catalog

__all__ = ["ImportReport", "import_catalog"]
