"""Rosters: who is in which section, in the forms that other systems read and write (L19)."""
