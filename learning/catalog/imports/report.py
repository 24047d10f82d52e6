"""What an import tells: what was made, what changed, and which lines were not taken as they stood."""

from collections import Counter
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Issue:
    """One thing to tell about one line (1 is the header)."""

    line: int
    reason: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.reason}"


@dataclass
class ImportReport:
    """The outcome of one import.

    ``bad_rows`` were left out; ``notices`` were taken in without the part that the reason names;
    ``clashes`` are pairs of rows that want one room at one time, the later of which lost the hall.
    """

    rows: int = 0
    courses: int = 0
    sections: int = 0
    created: Counter[str] = field(default_factory=Counter)
    changed: Counter[str] = field(default_factory=Counter)
    bad_rows: list[Issue] = field(default_factory=list)
    notices: list[Issue] = field(default_factory=list)
    clashes: list[Issue] = field(default_factory=list)

    @property
    def changes(self) -> int:
        """How many rows of the database were made or changed; 0 on a second run (L1)."""
        return self.created.total() + self.changed.total()
