"""What this app takes from files: OneRoster 1.2 (L19)."""

from learning.rosters.oneroster.importer import OneRosterImporter
from portal.imports.registry import register

register(OneRosterImporter())
