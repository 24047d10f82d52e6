"""Where the files of contents and resources lie: in storage without a public address (L2)."""

from portal.storages import private_path, private_storage

__all__ = ["private_path", "private_storage"]
