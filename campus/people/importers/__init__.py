"""What this app takes from files: students, and who mentors whom (P11)."""

from campus.people.importers.mentees import MenteesImporter
from campus.people.importers.students import StudentsImporter
from portal.imports.registry import register

register(StudentsImporter())
register(MenteesImporter())
