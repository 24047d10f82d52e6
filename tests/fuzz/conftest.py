"""The world of the table of access, for whoever asks without end."""

from tests.access.conftest import world

__all__ = ["world"]
