"""What backup and restore refuse with."""


class BackupError(Exception):
    """It cannot be done; the sentence says why. Nothing was changed unless it says so."""


class BadArchive(BackupError):
    """The file is no archive of ours, or not what was written."""


class PlaceNotEmpty(BackupError):
    """There is something already where the backup would be put."""
