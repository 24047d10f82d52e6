"""What one pass over an archive remembers, and by which names things are known again."""

import hashlib
import re
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from campus.institutions.models import Department, Institution
from learning.catalog.models import Course, Season, Section
from portal.imports.errors import BadFile
from portal.imports.registry import Run

STUDENT, TEACHER, OTHER = 1, 2, 4
_SLUG = re.compile(r"[-a-zA-Z0-9_]+\Z")
OWN_STAFF = "staff-"


@dataclass
class Roster:
    """The things of the file by their ``sourcedId``, stored or about to be; people by their numbers alone.

    An org of None is one that is not here (a district), a course, class or person of None one whose row is
    wrong. ``people`` holds the student number, and of the staff the key of whom there is or else the number
    of who will be.
    """

    place: Institution | None = None
    modes: dict[str, str] = field(default_factory=dict)
    orgs: dict[str, Institution | Department | None] = field(default_factory=dict)
    sessions: dict[str, Season] = field(default_factory=dict)
    courses: dict[str, Course | None] = field(default_factory=dict)
    classes: dict[str, Section | None] = field(default_factory=dict)
    roles: dict[str, int] = field(default_factory=dict)
    people: dict[str, tuple[str, str | int] | None] = field(default_factory=dict)
    lines: dict[tuple[str, object], int] = field(default_factory=dict)

    def here(self) -> Institution:
        """The one institution of the file; raises ``BadFile`` where it names none within reach."""
        if self.place is None:
            raise BadFile(
                _("orgs.csv names no institution that you manage, by its short name or its name.")
            )
        return self.place

    def twice(self, kind: str, key: object, line: int) -> int | None:
        """The earlier line that was about the same thing, if there is one."""
        first = self.lines.setdefault((kind, key), line)
        return None if first == line else first


def roster_of(run: Run) -> Roster:
    """The roster of a pass."""
    roster: Roster = run.facts.setdefault("roster", Roster())
    return roster


def short(sourced_id: str, length: int, *, slug: bool = False) -> str:
    """A ``sourcedId`` as a name of at most ``length`` characters: itself, or a digest that stays the same."""
    if len(sourced_id) <= length and (not slug or _SLUG.match(sourced_id)):
        return sourced_id
    digest = hashlib.sha256(sourced_id.encode()).hexdigest()
    return f"or-{digest}"[: min(length, 20)]
